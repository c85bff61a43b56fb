package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.Articles;
import io.tsunagi.bot.Texts;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.dispatch.Offers;
import io.tsunagi.inquiry.AdviceBook;
import io.tsunagi.inquiry.Cards;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Mentions;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Store;
import io.tsunagi.survey.Survey;
import io.tsunagi.voice.Calls;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Header;

/**
 * What the console asks for and does about one inquiry, one method a call of the API; its draft is {@link DraftApi}'s, who has
 * it {@link TeamApi}'s. The gate in front has checked who calls and whether their role may; here the request is read, the desk
 * acts, and the answer is written as the API's document says. Safe for use by any number of threads.
 */
public final class ConsoleApi {
    private static final String CALLER = "tsunagi-operator";
    private static final Set<String> CLOSE_REASONS = Set.of("solved", "no-answer", "other");

    private final Screens screens;
    private final MessageCards cards;
    private final Desk desk;
    private final Offers offers;
    private final Survey survey;
    private final Articles articles;
    private final Mentions mentions;
    private final Heartbeats heartbeats;
    private final AdviceBook advice;
    private final Calls calls;
    private final Cards ready;
    private final Texts texts;
    private final Operators operators;
    private final Audit audit;
    private final Store store;
    private final Duration identityWindow;
    private final long identityDays;

    public ConsoleApi(
            Screens screens,
            MessageCards cards,
            Desk desk,
            Offers offers,
            Survey survey,
            Articles articles,
            Mentions mentions,
            Heartbeats heartbeats,
            AdviceBook advice,
            Calls calls,
            Cards ready,
            Texts texts,
            Operators operators,
            Audit audit,
            Store store,
            Duration identityWindow,
            long identityDays) {
        this.screens = screens;
        this.cards = cards;
        this.desk = desk;
        this.offers = offers;
        this.survey = survey;
        this.articles = articles;
        this.mentions = mentions;
        this.heartbeats = heartbeats;
        this.advice = advice;
        this.calls = calls;
        this.ready = ready;
        this.texts = texts;
        this.operators = operators;
        this.audit = audit;
        this.store = store;
        this.identityWindow = identityWindow;
        this.identityDays = identityDays;
    }

    public Object workspace(@Header(CALLER) String caller) {
        return screens.workspace(person(caller));
    }

    public Object inquiry(
            @Header(CALLER) String caller, @Header("tsunagi-origin") String origin, @Header("id") String id) {
        return view(caller, origin, Requests.inquiryId(id));
    }

    /** Finds the inquiry of a Case by what stands in its field LineInquiryKey__c: the inquiry's UUID without hyphens. */
    public Object inquiryOfCase(
            @Header(CALLER) String caller, @Header("tsunagi-origin") String origin, @Header("key") String key) {
        String id = key.toLowerCase(Locale.ROOT)
                .replaceFirst("^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$", "$1-$2-$3-$4-$5");
        return view(caller, origin, Requests.inquiryId(id));
    }

    /** It shows the customer's name and Case: whoever neither has the inquiry nor is there to look on is audited. */
    private Object view(String caller, String origin, InquiryId inquiry) {
        Person person = person(caller);
        Object shown = screens.inquiry(inquiry, person);
        if (!isThere(person.id(), inquiry)) {
            auditView(caller, origin, inquiry);
        }
        return shown;
    }

    private boolean isThere(OperatorId reader, InquiryId inquiry) {
        return reader.equals(screens.find(inquiry).operator())
                || heartbeats.viewers(inquiry).contains(reader);
    }

    private void auditView(String caller, String origin, InquiryId inquiry) {
        store.inTransaction(() -> audit.write(caller, "view-inquiry", "inquiry/" + inquiry, Audit.OK, origin, null));
    }

    /** Reading an inquiry is audited, but for a screen that follows its changes: its coming is audited by its heartbeat. */
    public Object messages(
            @Header(CALLER) String caller,
            @Header("tsunagi-origin") String origin,
            @Header("id") String id,
            @Header("since") String since) {
        try {
            long version = since == null || since.isEmpty() ? 0 : Long.parseLong(since);
            InquiryId inquiry = Requests.inquiryId(id);
            OperatorId reader = new OperatorId(UUID.fromString(caller));
            boolean follows = version > 0 && isThere(reader, inquiry);
            if (!follows) {
                auditView(caller, origin, inquiry);
            }
            return cards.since(inquiry, version);
        } catch (NumberFormatException e) {
            throw new BadRequestException(400, "since", "The parameter since must be a whole number");
        }
    }

    public Answer note(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        String text = Requests.read(body).path("text").asText("").strip();
        if (text.isEmpty() || text.length() > Requests.LONGEST_NOTE) {
            throw new BadRequestException(422, "note", "A note has 1 to " + Requests.LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        Message note = desk.note(
                person, Requests.inquiryId(id), text, kept -> mentions.call(kept, person.id(), operators.all()));
        return new Answer(201, cards.cards(note.inquiry(), List.of(note)).get(0));
    }

    /** Whoever was called in a note of the inquiry has looked at it. */
    public Answer mentionSeen(@Header(CALLER) String caller, @Header("id") String id) {
        mentions.seen(person(caller).id(), Requests.inquiryId(id));
        return Answer.nothing();
    }

    /** Answers with the words that ask, in the customer's language, for the draft. */
    public Object askIdentity(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        InquiryId inquiry = Requests.inquiryId(id);
        desk.askIdentity(person, inquiry, identityWindow);
        String words = texts.say(
                screens.find(inquiry).language(), "identity.ask", Map.of("days", String.valueOf(identityDays)));
        return Map.of("inquiry", screens.inquiry(inquiry, person), "text", words);
    }

    public Object takeChat(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.takeChat(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object offerCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.offer(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object beginCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.begin(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object withdrawCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.withdraw(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    /** Writes down how a call went; its outcome is needed, a note may be left out. */
    public Object endCall(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String outcome = request.path("outcome").asText("");
        if (!calls.outcomes().contains(outcome)) {
            throw new BadRequestException(422, "outcome", "The outcome is one of " + calls.outcomes());
        }
        Person person = person(caller);
        calls.end(person, Requests.inquiryId(id), outcome, Requests.line(request, "note", 0, Requests.LONGEST_NOTE));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object hold(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String memo = request.path("memo").asText("").strip();
        if (memo.isEmpty() || memo.length() > Requests.LONGEST_NOTE) {
            throw new BadRequestException(
                    422, "memo", "A hold needs a memo of at most " + Requests.LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        desk.hold(
                person,
                Requests.inquiryId(id),
                memo,
                instant(request.path("until").asText("")));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object resume(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.resume(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object requeue(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.requeue(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object handBack(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.handBack(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object reopen(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.reopen(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Object accept(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        offers.accept(person, Requests.inquiryId(id));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Answer decline(@Header(CALLER) String caller, @Header("id") String id) {
        offers.decline(person(caller), Requests.inquiryId(id));
        return Answer.nothing();
    }

    /** Takes an inquiry that waits, or from the operator whom {@code from} names. */
    public Object take(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        Person person = person(caller);
        String from = Requests.read(body).path("from").asText("");
        desk.take(
                person,
                Requests.inquiryId(id),
                from.isEmpty() ? null : new OperatorId(Requests.uuid(from, "operator")));
        return screens.inquiry(Requests.inquiryId(id), person);
    }

    public Answer advise(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        advice.give(person(caller), Requests.inquiryId(id), Requests.line(Requests.read(body), "words", 1, 2000));
        return Answer.nothing();
    }

    public Answer decideAdvice(
            @Header(CALLER) String caller, @Header("id") String id, @Header("advice") String which, @Body String body) {
        String outcome = Requests.read(body).path("outcome").asText("");
        if (!Set.of("TAKEN", "EDITED", "REFUSED").contains(outcome)) {
            throw new BadRequestException(422, "outcome", "Advice is TAKEN, EDITED or REFUSED");
        }
        if (!advice.decide(
                person(caller),
                Requests.inquiryId(id),
                Requests.uuid(which, "advice"),
                AdviceBook.Outcome.valueOf(outcome))) {
            throw new BadRequestException(409, "decided", "This advice was decided before");
        }
        return Answer.nothing();
    }

    public Answer help(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        if (request.path("raised").asBoolean(true)) {
            advice.raiseHand(person(caller), Requests.inquiryId(id), Requests.line(request, "words", 0, 200));
        } else {
            advice.lowerHand(person(caller), Requests.inquiryId(id));
        }
        return Answer.nothing();
    }

    public Object close(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String reason = request.path("reason").asText("solved");
        if (!CLOSE_REASONS.contains(reason)) {
            throw new BadRequestException(422, "reason", "The reason is one of " + CLOSE_REASONS);
        }
        InquiryId inquiry = Requests.inquiryId(id);
        if (calls.openIn(inquiry)
                .filter(call -> call.state() != Calls.State.OFFERED)
                .isPresent()) {
            throw new WrongStateException("call-running", "Write down first how the call went");
        }
        boolean ask = request.path("survey").asBoolean(true);
        Person person = person(caller);
        desk.close(person, inquiry, reason, () -> {
            if (ask) {
                survey.ask(screens.find(inquiry));
            }
        });
        return screens.inquiry(inquiry, person);
    }

    public Answer read(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        desk.read(
                person(caller),
                Requests.inquiryId(id),
                Requests.read(body).path("seq").asInt(0));
        return Answer.nothing();
    }

    /** The list of a customer's inquiries is audited, without the words that were looked for. */
    public Object earlier(
            @Header(CALLER) String caller,
            @Header("tsunagi-origin") String origin,
            @Header("id") String id,
            @Header("q") String words) {
        if (words != null && words.length() > 100) {
            throw new BadRequestException(422, "q", "What is looked for has at most 100 characters");
        }
        CustomerId customer = new CustomerId(Requests.uuid(id, "customer"));
        store.inTransaction(() -> audit.write(
                caller,
                "view-history",
                "customer/" + customer,
                Audit.OK,
                origin,
                Map.of("words", String.valueOf(Requests.given(words)))));
        return screens.earlier(person(caller), customer, words);
    }

    public Answer knowledgeUsed(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        String article = Requests.read(body).path("articleId").asText("");
        if (!articles.used(article, Requests.inquiryId(id), person(caller).id())) {
            throw new BadRequestException(404, "not-found", "There is no article " + article);
        }
        return Answer.nothing();
    }

    public Object cards() {
        return ready.all();
    }

    public Object stickers() {
        return Stickers.all();
    }

    private static Instant instant(String text) {
        if (text.isEmpty() || text.equals("null")) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new BadRequestException(400, "until", "The time must be an ISO instant such as 2026-04-01T09:00:00Z");
        }
    }

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }
}
