package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.Articles;
import io.tsunagi.bot.Texts;
import io.tsunagi.config.Settings;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.dispatch.Offers;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.inquiry.AdviceBook;
import io.tsunagi.inquiry.ApprovalRules;
import io.tsunagi.inquiry.Cards;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.Desk.Sending;
import io.tsunagi.inquiry.Draft;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Mentions;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.MessageId;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Notices;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaRow;
import io.tsunagi.store.Store;
import io.tsunagi.survey.Survey;
import io.tsunagi.translate.Translations;
import io.tsunagi.voice.Calls;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the console asks for, one method a call of the API. The gate in front has checked who calls and whether their role
 * may; here the request is read, the desk acts, and the answer is written as the API's document says.
 */
public final class ConsoleApi {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleApi.class);
    private static final String CALLER = "tsunagi-operator";
    private static final Set<String> CLOSE_REASONS = Set.of("solved", "no-answer", "other");
    private static final int LONGEST_NOTE = 5000;
    private static final int MOST_HANDED_OVER = 200;

    private final Screens screens;
    private final MessageCards cards;
    private final Desk desk;
    private final Seats seats;
    private final Offers offers;
    private final Survey survey;
    private final Articles articles;
    private final Media media;
    private final Mentions mentions;
    private final Notices notices;
    private final Heartbeats heartbeats;
    private final AdviceBook advice;
    private final Calls calls;
    private final Cards ready;
    private final Texts texts;
    private final Duration identityWindow;
    private final long identityDays;
    private final Operators operators;
    private final Audit audit;
    private final Store store;

    /**
     * Builds the API on what it shows and what it acts with.
     *
     * @param identityDays after how many days an identity document's image is gone at the latest
     */
    public static ConsoleApi of(
            Screens screens,
            Messages messages,
            Media media,
            Desk desk,
            Seats seats,
            Offers offers,
            Survey survey,
            Articles articles,
            Mentions mentions,
            Notices notices,
            Heartbeats heartbeats,
            AdviceBook advice,
            Calls calls,
            Cards ready,
            Texts texts,
            Operators operators,
            Audit audit,
            Store store,
            Translations translations,
            Settings settings,
            Clock clock,
            long identityDays) {
        MessageCards cards = new MessageCards(store, messages, media, screens, translations, clock);
        return new ConsoleApi(
                screens,
                cards,
                desk,
                seats,
                offers,
                survey,
                articles,
                media,
                mentions,
                notices,
                heartbeats,
                advice,
                calls,
                ready,
                texts,
                operators,
                audit,
                store,
                settings.duration("hub.media.identity-window"),
                identityDays);
    }

    private ConsoleApi(
            Screens screens,
            MessageCards cards,
            Desk desk,
            Seats seats,
            Offers offers,
            Survey survey,
            Articles articles,
            Media media,
            Mentions mentions,
            Notices notices,
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
        this.seats = seats;
        this.offers = offers;
        this.survey = survey;
        this.articles = articles;
        this.media = media;
        this.mentions = mentions;
        this.notices = notices;
        this.heartbeats = heartbeats;
        this.advice = advice;
        this.calls = calls;
        this.ready = ready;
        this.texts = texts;
        this.identityWindow = identityWindow;
        this.identityDays = identityDays;
        this.operators = operators;
        this.audit = audit;
        this.store = store;
    }

    public Object workspace(@Header(CALLER) String caller) {
        return screens.workspace(person(caller));
    }

    public Object presence(@Header(CALLER) String caller, @Body String body) {
        Person person = person(caller);
        JsonNode request = Requests.read(body);
        String reason = request.path("reason").asText("");
        if (!reason.isEmpty() && !screens.busyReasons().contains(reason)) {
            throw new BadRequestException(422, "reason", "The reason is one of " + screens.busyReasons());
        }
        present(person.id(), request.path("presence").asText(), reason.isEmpty() ? null : reason);
        return screens.me(person);
    }

    /**
     * A supervisor changes somebody's presence, who is told why; with {@code handOver} all that they have open goes into the
     * waiting line it came from, each inquiry in a step of its own, with the reason as a note.
     */
    public Answer presenceOf(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        Person person = person(caller);
        OperatorId of = seated(id);
        String why = line(request, "why", 1, 200);
        String presence = request.path("presence").asText();
        if (request.path("handOver").asBoolean() && !presence.equals("away")) {
            throw new BadRequestException(422, "handOver", "Only who is away hands over");
        }
        store.inTransaction(() -> {
            present(of, presence, null);
            audit.write(caller, "set-presence", "operator/" + of, Audit.OK, null, Map.of("presence", presence));
            notices.tell(person, List.of(of), Notices.Kind.PRESENCE, why, "operator/" + of);
        });
        if (request.path("handOver").asBoolean()) {
            for (Inquiry open : screens.openOf(of)) {
                try {
                    desk.transfer(person, of, open.id(), new Desk.Destination(lineOf(open, of), null), why);
                } catch (WrongStateException e) {
                    LOG.info("Inquiry {} is not theirs any more: {}", open.id(), e.code());
                }
            }
        }
        return Answer.nothing();
    }

    private void present(OperatorId of, String presence, String reason) {
        try {
            seats.present(of, presence, reason);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "presence", e.getMessage());
        }
    }

    /** Tells everybody of a team something. */
    public Answer tellTeam(@Header(CALLER) String caller, @Body String body) {
        JsonNode request = Requests.read(body);
        String team = request.path("team").asText("");
        List<OperatorId> people = seats.all().stream()
                .filter(seat -> seat.team().equals(team))
                .map(Seats.Seat::operator)
                .toList();
        if (people.isEmpty()) {
            throw new BadRequestException(422, "team", "Nobody works in the team " + team);
        }
        notices.tell(person(caller), people, Notices.Kind.TEAM, line(request, "words", 1, 500), "team/" + team);
        return Answer.nothing();
    }

    public Answer noticeRead(@Header(CALLER) String caller, @Header("notice") String notice) {
        notices.read(new OperatorId(UUID.fromString(caller)), uuid(notice, "notice"));
        return Answer.nothing();
    }

    /**
     * Passes on what the caller has open, each inquiry in a step of its own, with a summary. The caller is away first, so
     * that nothing comes back to them. What the receiver has no room for, or what changed meanwhile, stays where it is, and
     * is named with the reason.
     */
    public Object handOver(@Header(CALLER) String caller, @Body String body) {
        Person person = person(caller);
        JsonNode items = Requests.read(body).path("items");
        wishes(items);
        seats.present(person.id(), "away", null);
        List<Map<String, Object>> left = new ArrayList<>();
        for (JsonNode item : items) {
            InquiryId inquiry = inquiryId(item.path("inquiry").asText());
            try {
                handOver(person, inquiry, item);
            } catch (WrongStateException e) {
                left.add(Map.of("inquiry", inquiry.value(), "code", e.code()));
            } catch (BadRequestException e) {
                left.add(Map.of("inquiry", inquiry.value(), "code", e.code()));
            }
        }
        return Map.of("left", left, "me", screens.me(person));
    }

    /** What somebody else has open, for a supervisor who passes it on. */
    public Object inquiriesOf(@Header(CALLER) String caller, @Header("id") String id) {
        OperatorId of = seated(id);
        store.inTransaction(() -> audit.write(caller, "list-inquiries", "operator/" + of, Audit.OK, null, null));
        return screens.summariesOf(of);
    }

    /**
     * A supervisor passes on all that somebody has open, each inquiry in a step of its own: as its item says, or into the
     * waiting line it came from. That person is away first. What a receiver has no room for, or what changes meanwhile,
     * stays where it is, and is named with the reason; an item of what is not theirs any more is passed over. Both are told
     * why: who had them, also where nothing could be passed on, and who has them now.
     */
    public Object handOverOf(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        Person person = person(caller);
        OperatorId of = seated(id);
        String why = line(request, "why", 1, 200);
        Map<InquiryId, JsonNode> wished = wishes(request.path("items"));
        store.inTransaction(() -> {
            present(of, "away", null);
            audit.write(caller, "set-presence", "operator/" + of, Audit.OK, null, Map.of("presence", "away"));
        });
        List<Map<String, Object>> left = new ArrayList<>();
        Map<OperatorId, Integer> given = new LinkedHashMap<>();
        int passed = 0;
        for (Inquiry open : screens.openOf(of)) {
            JsonNode item = wished.getOrDefault(open.id(), MissingNode.getInstance());
            try {
                Desk.Destination to = item.hasNonNull("operator") || item.hasNonNull("team")
                        ? destination(item)
                        : new Desk.Destination(lineOf(open, of), null);
                String summary = line(item, "summary", 0, LONGEST_NOTE);
                desk.transfer(person, of, open.id(), to, summary.isBlank() ? why : summary);
                passed++;
                if (to.operator() != null) {
                    given.merge(to.operator().id(), 1, Integer::sum);
                }
            } catch (WrongStateException e) {
                left.add(Map.of("inquiry", open.id().value(), "code", e.code()));
            } catch (BadRequestException e) {
                left.add(Map.of("inquiry", open.id().value(), "code", e.code()));
            }
        }
        tellOfHandOver(person, of, why, passed, given, left.size());
        return Map.of("left", left);
    }

    private void tellOfHandOver(
            Person by, OperatorId of, String why, int passed, Map<OperatorId, Integer> given, int left) {
        store.inTransaction(() -> {
            audit.write(
                    by.id().toString(),
                    "hand-over",
                    "operator/" + of,
                    Audit.OK,
                    null,
                    Map.of("passed", "" + passed, "left", "" + left));
            notices.tell(
                    by, List.of(of), passed > 0 ? Notices.Kind.PASSED : Notices.Kind.PRESENCE, why, "operator/" + of);
            String whose = screens.name(of);
            given.forEach((to, count) -> notices.tell(
                    by, List.of(to), Notices.Kind.GIVEN, whose + " (" + count + ") · " + why, "operator/" + to));
        });
    }

    /** Reads what is to become of which inquiry; what cannot be read changes nothing. */
    private static Map<InquiryId, JsonNode> wishes(JsonNode items) {
        if (items.size() > MOST_HANDED_OVER) {
            throw new BadRequestException(422, "items", "At most " + MOST_HANDED_OVER + " inquiries at once");
        }
        Map<InquiryId, JsonNode> wished = new HashMap<>();
        for (JsonNode item : items) {
            line(item, "summary", 0, LONGEST_NOTE);
            wished.put(inquiryId(item.path("inquiry").asText()), item);
        }
        return wished;
    }

    private OperatorId seated(String id) {
        OperatorId of = new OperatorId(uuid(id, "operator"));
        if (seats.of(of).isEmpty()) {
            throw new BadRequestException(404, "not-found", "This person takes no inquiries");
        }
        return of;
    }

    private void handOver(Person by, InquiryId id, JsonNode item) {
        Inquiry inquiry = screens.find(id);
        if (inquiry.offered()) {
            offers.decline(by, id);
            return;
        }
        boolean named = item.hasNonNull("operator") || item.hasNonNull("team");
        Desk.Destination to = named ? destination(item) : new Desk.Destination(lineOf(inquiry, by.id()), null);
        desk.transfer(by, by.id(), id, to, line(item, "summary", 0, LONGEST_NOTE));
    }

    /** The waiting line it came from; one that never waited goes to its operator's team. */
    private String lineOf(Inquiry inquiry, OperatorId owner) {
        return inquiry.team() != null
                ? inquiry.team()
                : seats.of(owner).map(Seats.Seat::team).orElseThrow();
    }

    /** The caller's screen is there, with this inquiry on it. */
    public Answer heartbeat(@Header(CALLER) String caller, @Body String body) {
        String shown = Requests.read(body).path("inquiry").asText("");
        heartbeats.beat(
                new OperatorId(UUID.fromString(caller)),
                shown.isEmpty() || shown.equals("null") ? null : inquiryId(shown));
        return Answer.nothing();
    }

    public Object inquiry(@Header(CALLER) String caller, @Header("id") String id) {
        return screens.inquiry(inquiryId(id), person(caller));
    }

    /** Finds the inquiry of a Case by what stands in its field LineInquiryKey__c: the inquiry's UUID without hyphens. */
    public Object inquiryOfCase(@Header(CALLER) String caller, @Header("key") String key) {
        String id = key.toLowerCase(Locale.ROOT)
                .replaceFirst("^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$", "$1-$2-$3-$4-$5");
        return screens.inquiry(inquiryId(id), person(caller));
    }

    /** Reading an inquiry is audited, but for a screen that follows its changes: its coming is audited by its heartbeat. */
    public Object messages(
            @Header(CALLER) String caller,
            @Header("tsunagi-origin") String origin,
            @Header("id") String id,
            @Header("since") String since) {
        try {
            long version = since == null || since.isEmpty() ? 0 : Long.parseLong(since);
            InquiryId inquiry = inquiryId(id);
            OperatorId reader = new OperatorId(UUID.fromString(caller));
            boolean follows = version > 0
                    && (reader.equals(screens.find(inquiry).operator())
                            || heartbeats.viewers(inquiry).contains(reader));
            if (!follows) {
                store.inTransaction(
                        () -> audit.write(caller, "view-inquiry", "inquiry/" + inquiry, Audit.OK, origin, null));
            }
            return cards.since(inquiry, version);
        } catch (NumberFormatException e) {
            throw new BadRequestException(400, "since", "The parameter since must be a whole number");
        }
    }

    /** Only the owner, and supervisors, see what is being prepared. */
    public Object draft(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        InquiryId inquiry = inquiryId(id);
        boolean may = person.role() != Role.OPERATOR
                || person.id().equals(screens.find(inquiry).operator());
        return may ? screens.draft(inquiry) : Draft.NONE;
    }

    public Object saveDraft(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode draft = Requests.read(body);
        InquiryId inquiry = inquiryId(id);
        Person writer = person(caller);
        boolean watched = heartbeats.viewers(inquiry).stream().anyMatch(viewer -> !viewer.equals(writer.id()));
        return desk.save(writer, watched, inquiry, draft.path("version").asLong(0), DraftForm.read(draft))
                .<Object>map(saved -> saved)
                .orElseGet(() -> draftChanged(screens.draft(inquiry)));
    }

    public Answer send(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        InquiryId inquiry = inquiryId(id);
        List<String> confirmed = new ArrayList<>();
        request.path("confirm").forEach(code -> confirmed.add(code.asText()));
        Sending sending = desk.send(
                person(caller),
                inquiry,
                uuid(request.path("clientId").asText(), "clientId"),
                request.path("draftVersion").asLong(-1),
                request.path("seenSeq").asInt(0),
                confirmed);
        return answer(inquiry, sending);
    }

    private Answer answer(InquiryId inquiry, Sending sending) {
        if (sending instanceof Sending.Accepted accepted) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("messages", cards.cards(inquiry, accepted.messages()));
            answer.put("draft", accepted.draft());
            answer.put("undoUntil", accepted.undoUntil());
            return new Answer(202, answer);
        }
        if (sending instanceof Sending.NewerMessages newer) {
            return conflict("newer-message", "messages", cards.cards(inquiry, newer.messages()));
        }
        if (sending instanceof Sending.DraftChanged changed) {
            return draftChanged(changed.draft());
        }
        if (sending instanceof Sending.OtherCustomer other) {
            return conflict("other-customer", "name", other.name());
        }
        if (sending instanceof Sending.NeedsApproval needed) {
            return conflict(
                    "needs-approval",
                    "names",
                    needed.rules().stream().map(ApprovalRules.Rule::names).toList());
        }
        if (sending instanceof Sending.AwaitsApproval awaits) {
            return new Answer(202, Map.of("approval", awaits.approval().id(), "messages", List.of()));
        }
        String code = ((Sending.Refused) sending).code();
        int status = Set.of(
                                "card-number",
                                "sensitive-words",
                                "empty",
                                "too-long",
                                "image-gone",
                                "placeholder",
                                "card-gone",
                                "card-too-long")
                        .contains(code)
                ? 422
                : 409;
        return error(status, code, "It was not sent", Map.of());
    }

    /** Sends what waits for a supervisor; with {@code text} in the supervisor's own words. */
    public Answer approve(
            @Header(CALLER) String caller,
            @Header("id") String id,
            @Header("approval") String approval,
            @Body String body) {
        JsonNode request = Requests.read(body);
        InquiryId inquiry = inquiryId(id);
        return answer(
                inquiry,
                desk.approve(
                        person(caller),
                        inquiry,
                        uuid(approval, "approval"),
                        request.path("draftVersion").asLong(-1),
                        request.has("text") ? DraftForm.read(request) : null));
    }

    public Answer returnDraft(
            @Header(CALLER) String caller,
            @Header("id") String id,
            @Header("approval") String approval,
            @Body String body) {
        desk.returnDraft(
                person(caller), inquiryId(id), uuid(approval, "approval"), line(Requests.read(body), "note", 1, 2000));
        return Answer.nothing();
    }

    public Answer withdrawDraft(
            @Header(CALLER) String caller, @Header("id") String id, @Header("approval") String approval) {
        desk.withdraw(person(caller), inquiryId(id), uuid(approval, "approval"));
        return Answer.nothing();
    }

    /** Takes a picture for the draft; the body is the file itself. */
    public Answer uploadImage(@Header(CALLER) String caller, @Header("id") String id, @Body byte[] body) {
        return upload(caller, id, "image", body, (inquiry, customer) -> {
            MediaRow kept = media.upload(inquiry, customer, body);
            uploaded(caller, "upload-image", kept, inquiry);
            return Media.image(kept);
        });
    }

    /** Takes a video for the draft; the body is the file itself. It waits for its preview. */
    public Answer uploadVideo(@Header(CALLER) String caller, @Header("id") String id, @Body byte[] body) {
        return upload(caller, id, "video", body, (inquiry, customer) -> {
            MediaRow kept = media.uploadVideo(inquiry, customer, body);
            uploaded(caller, "upload-video", kept, inquiry);
            return Map.of("id", kept.id().value());
        });
    }

    /** Takes the picture a phone shows before the video is played; the body is the file itself. */
    public Answer uploadPreview(
            @Header(CALLER) String caller, @Header("id") String id, @Header("video") String video, @Body byte[] body) {
        MediaId of = new MediaId(uuid(video, "video"));
        return upload(caller, id, "image", body, (inquiry, customer) -> media.uploadPreview(inquiry, customer, of, body)
                .map(Media::image)
                .orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such video to send")));
    }

    /** Keeps a file for a draft; what is wrong with it is said in the exception. */
    private interface Upload {
        Object keep(InquiryId inquiry, Customer customer) throws IOException;
    }

    private Answer upload(String caller, String id, String kind, byte[] body, Upload upload) {
        Inquiry inquiry = screens.find(inquiryId(id));
        if (!person(caller).id().equals(inquiry.operator())) {
            return error(409, "not-owner", "Another operator has the inquiry", Map.of());
        }
        if (body == null || body.length == 0) {
            throw new BadRequestException(422, kind, "The body is the file of the " + kind + ", and it is empty");
        }
        try {
            return new Answer(201, upload.keep(inquiry.id(), screens.customer(inquiry.customer())));
        } catch (IOException e) {
            throw new BadRequestException(422, kind, e.getMessage());
        }
    }

    private void uploaded(String caller, String act, MediaRow kept, InquiryId inquiry) {
        store.inTransaction(() -> audit.write(
                caller, act, "media/" + kept.id().value(), Audit.OK, null, Map.of("inquiry", "" + inquiry)));
    }

    public Answer typing(@Header(CALLER) String caller, @Header("id") String id) {
        desk.typing(person(caller), inquiryId(id));
        return Answer.nothing();
    }

    public Answer undo(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        MessageId message =
                new MessageId(uuid(Requests.read(body).path("messageId").asText(), "messageId"));
        return desk.undo(person(caller), inquiryId(id), message)
                .map(draft -> Answer.ok(Map.of("draft", draft)))
                .orElseGet(() -> error(409, "too-late", "LINE has been called already", Map.of()));
    }

    public Answer note(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        String text = Requests.read(body).path("text").asText("").strip();
        if (text.isEmpty() || text.length() > LONGEST_NOTE) {
            throw new BadRequestException(422, "note", "A note has 1 to " + LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        Message note =
                desk.note(person, inquiryId(id), text, kept -> mentions.call(kept, person.id(), operators.all()));
        return new Answer(201, cards.cards(note.inquiry(), List.of(note)).get(0));
    }

    /** Whoever was called in a note of the inquiry has looked at it. */
    public Answer mentionSeen(@Header(CALLER) String caller, @Header("id") String id) {
        mentions.seen(person(caller).id(), inquiryId(id));
        return Answer.nothing();
    }

    public Answer resend(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        MessageId message =
                new MessageId(uuid(Requests.read(body).path("messageId").asText(), "messageId"));
        desk.resend(person(caller), inquiryId(id), message);
        return Answer.nothing();
    }

    /** Answers with the words that ask, in the customer's language, for the draft. */
    public Object askIdentity(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        InquiryId inquiry = inquiryId(id);
        desk.askIdentity(person, inquiry, identityWindow);
        String words = texts.say(
                screens.find(inquiry).language(), "identity.ask", Map.of("days", String.valueOf(identityDays)));
        return Map.of("inquiry", screens.inquiry(inquiry, person), "text", words);
    }

    public Object takeChat(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.takeChat(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object offerCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.offer(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object beginCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.begin(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object withdrawCall(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        calls.withdraw(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    /** Writes down how a call went; its outcome is needed, a note may be left out. */
    public Object endCall(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String outcome = request.path("outcome").asText("");
        if (!calls.outcomes().contains(outcome)) {
            throw new BadRequestException(422, "outcome", "The outcome is one of " + calls.outcomes());
        }
        Person person = person(caller);
        calls.end(person, inquiryId(id), outcome, line(request, "note", 0, LONGEST_NOTE));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object hold(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String memo = request.path("memo").asText("").strip();
        if (memo.isEmpty() || memo.length() > LONGEST_NOTE) {
            throw new BadRequestException(
                    422, "memo", "A hold needs a memo of at most " + LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        desk.hold(person, inquiryId(id), memo, instant(request.path("until").asText("")));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object resume(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.resume(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object requeue(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.requeue(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object handBack(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.handBack(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object reopen(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        desk.reopen(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Object accept(@Header(CALLER) String caller, @Header("id") String id) {
        Person person = person(caller);
        offers.accept(person, inquiryId(id));
        return screens.inquiry(inquiryId(id), person);
    }

    public Answer decline(@Header(CALLER) String caller, @Header("id") String id) {
        offers.decline(person(caller), inquiryId(id));
        return Answer.nothing();
    }

    /** Takes an inquiry that waits, or from the operator whom {@code from} names. */
    public Object take(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        Person person = person(caller);
        String from = Requests.read(body).path("from").asText("");
        desk.take(person, inquiryId(id), from.isEmpty() ? null : new OperatorId(uuid(from, "operator")));
        return screens.inquiry(inquiryId(id), person);
    }

    /** Passes an inquiry to a person or a team; who is no supervisor passes only their own. */
    public Object transfer(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String summary = request.path("summary").asText("").strip();
        if (summary.length() > LONGEST_NOTE) {
            throw new BadRequestException(422, "summary", "A summary has at most " + LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        InquiryId inquiry = inquiryId(id);
        OperatorId from = person.role() == Role.OPERATOR ? person.id() : null;
        desk.transfer(person, from, inquiry, destination(request), summary);
        return screens.inquiry(inquiry, person);
    }

    private Desk.Destination destination(JsonNode request) {
        String operator = request.path("operator").asText("");
        if (operator.isEmpty()) {
            String team = request.path("team").asText("");
            if (seats.all().stream().noneMatch(seat -> seat.team().equals(team))) {
                throw new BadRequestException(422, "team", "Nobody works in the team " + team);
            }
            return new Desk.Destination(team, null);
        }
        OperatorId to = new OperatorId(uuid(operator, "operator"));
        Seats.Seat seat = seats.of(to)
                .orElseThrow(() -> new BadRequestException(422, "operator", "This person takes no inquiries"));
        if (seat.presence().equals("away")) {
            throw new BadRequestException(409, "away", "This person is away");
        }
        return new Desk.Destination(seat.team(), operators.find(to).orElseThrow());
    }

    public Object colleagues() {
        return screens.colleagues();
    }

    public Answer advise(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        advice.give(person(caller), inquiryId(id), line(Requests.read(body), "words", 1, 2000));
        return Answer.nothing();
    }

    public Answer decideAdvice(
            @Header(CALLER) String caller, @Header("id") String id, @Header("advice") String which, @Body String body) {
        String outcome = Requests.read(body).path("outcome").asText("");
        if (!Set.of("TAKEN", "EDITED", "REFUSED").contains(outcome)) {
            throw new BadRequestException(422, "outcome", "Advice is TAKEN, EDITED or REFUSED");
        }
        if (!advice.decide(person(caller), inquiryId(id), uuid(which, "advice"), AdviceBook.Outcome.valueOf(outcome))) {
            throw new BadRequestException(409, "decided", "This advice was decided before");
        }
        return Answer.nothing();
    }

    public Answer help(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        if (request.path("raised").asBoolean(true)) {
            advice.raiseHand(person(caller), inquiryId(id), line(request, "words", 0, 200));
        } else {
            advice.lowerHand(person(caller), inquiryId(id));
        }
        return Answer.nothing();
    }

    private static String line(JsonNode request, String key, int least, int most) {
        String words = request.path(key).asText("").strip();
        if (words.length() < least || words.length() > most) {
            throw new BadRequestException(422, key, "It has " + least + " to " + most + " characters");
        }
        return words;
    }

    public Object close(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String reason = request.path("reason").asText("solved");
        if (!CLOSE_REASONS.contains(reason)) {
            throw new BadRequestException(422, "reason", "The reason is one of " + CLOSE_REASONS);
        }
        InquiryId inquiry = inquiryId(id);
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
        desk.read(person(caller), inquiryId(id), Requests.read(body).path("seq").asInt(0));
        return Answer.nothing();
    }

    public Object earlier(@Header("id") String id, @Header("q") String words) {
        if (words != null && words.length() > 100) {
            throw new BadRequestException(422, "q", "What is looked for has at most 100 characters");
        }
        return screens.earlier(new CustomerId(uuid(id, "customer")), words);
    }

    public Answer knowledgeUsed(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        String article = Requests.read(body).path("articleId").asText("");
        if (!articles.used(article, inquiryId(id), person(caller).id())) {
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

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }

    private static InquiryId inquiryId(String id) {
        return new InquiryId(uuid(id, "inquiry"));
    }

    static UUID uuid(String text, String what) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(400, "id", "The " + what + " must be a UUID");
        }
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

    private static Answer draftChanged(Draft draft) {
        return conflict("draft-changed", "draft", draft);
    }

    private static Answer conflict(String code, String key, Object value) {
        return error(409, code, "It was not done", Map.of(key, value));
    }

    static Answer error(int status, String code, String message, Map<String, Object> more) {
        Map<String, Object> error = Answers.error(UUID.randomUUID().toString().substring(0, 8), code, message);
        error.putAll(more);
        Map<String, Object> answer = new LinkedHashMap<>(more);
        answer.put("error", error);
        return new Answer(status, answer);
    }
}
