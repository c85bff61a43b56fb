package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.MessageId;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Store;
import io.tsunagi.translate.NotTranslatedException;
import io.tsunagi.translate.Translations;
import io.tsunagi.translate.Translator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.support.SynchronizationAdapter;

/** What the screen has translated: messages as they are shown, and a draft before it is sent. */
public final class TranslationApi {
    private static final String CALLER = "tsunagi-operator";
    private static final String ORIGIN = "tsunagi-origin";
    private static final int MOST_MESSAGES = 10;

    private final Store store;
    private final Inquiries inquiries;
    private final Customers customers;
    private final Translations translations;
    private final Translator translator;
    private final Operators operators;
    private final Audit audit;

    public TranslationApi(
            Store store,
            Inquiries inquiries,
            Customers customers,
            Translations translations,
            Translator translator,
            Operators operators,
            Audit audit) {
        this.store = store;
        this.inquiries = inquiries;
        this.customers = customers;
        this.translations = translations;
        this.translator = translator;
        this.operators = operators;
        this.audit = audit;
    }

    /** What became of one message; {@code code} is null where its translation is kept. */
    public record Outcome(UUID message, String code) {}

    /** A draft on its way into the customer's language and back. */
    public record Asked(String words, String to, String back) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * Reads which messages are wanted: {@code {"to": language, "messages": [ids]}}, and {@code "again": true} where a person
     * asks although the service was away a moment ago.
     */
    public List<Translations.Piece> wanted(
            Exchange exchange,
            @Header(CALLER) String caller,
            @Header(ORIGIN) String origin,
            @Header("id") String id,
            @Body String body) {
        JsonNode request = Requests.read(body);
        String to = language(request, "to");
        Inquiry inquiry = find(id);
        Set<MessageId> ids = new LinkedHashSet<>();
        request.path("messages").forEach(each -> ids.add(new MessageId(Requests.uuid(each.asText(), "message"))));
        if (ids.size() > MOST_MESSAGES) {
            throw new BadRequestException(
                    422, "messages", "At most " + MOST_MESSAGES + " messages are translated at once");
        }
        if (!translator.on()) {
            throw off();
        }
        if (request.path("again").asBoolean()) {
            translator.askAgain();
        }
        List<Translations.Piece> wanted = translations.wanted(inquiry.id(), ids, to);
        if (!wanted.isEmpty()) {
            enter(exchange);
            audit(caller, origin, inquiry, "translate-messages", Map.of("to", to, "messages", "" + wanted.size()));
        }
        return wanted;
    }

    public Outcome kept(Translations.Piece piece, Translator.Translated translated) {
        translations.keep(piece, translated);
        return new Outcome(piece.message().value(), null);
    }

    public Outcome failed(Translations.Piece piece, Throwable why) {
        return new Outcome(piece.message().value(), translator.failed(why));
    }

    /** Takes room at the service until this call of the API is over, however it ends. */
    private void enter(Exchange exchange) {
        try {
            translator.enter();
        } catch (NotTranslatedException e) {
            throw new BadRequestException(503, e.code(), e.getMessage());
        }
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                translator.leave();
            }

            @Override
            public boolean allowHandover() {
                return false;
            }
        });
    }

    /** Reads a draft that its owner wants in the customer's language: {@code {"text", "from": the owner's language}}. */
    public Asked draft(
            Exchange exchange,
            @Header(CALLER) String caller,
            @Header(ORIGIN) String origin,
            @Header("id") String id,
            @Body String body) {
        JsonNode request = Requests.read(body);
        String from = language(request, "from");
        String text = request.path("text").asText("");
        if (text.isBlank()) {
            throw new BadRequestException(422, "empty", "There is nothing to translate");
        }
        Person person = Requests.person(operators, caller);
        Inquiry inquiry = find(id);
        if (!person.id().equals(inquiry.operator())) {
            throw new WrongStateException(WrongStateException.NOT_OWNER, "Only its operator prepares an answer");
        }
        if (!translator.on()) {
            throw off();
        }
        enter(exchange);
        translator.askAgain();
        String to = customers.find(inquiry.customer()).orElseThrow().language();
        audit(caller, origin, inquiry, "translate-draft", Map.of("to", to));
        return new Asked(text, to, from);
    }

    /** Answers with the draft in the customer's language, and with what that says in the owner's. */
    public Answer drafted(Translator.Translated there, Translator.Translated back) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("text", there.words());
        answer.put("back", back.words());
        return Answer.ok(answer);
    }

    /** Answers that a draft was not translated, and why in one word. */
    public Answer refused(Throwable why) {
        String code = translator.failed(why);
        int status = Set.of("too-long", "refused").contains(code) ? 422 : code.equals("daily-limit") ? 429 : 503;
        return Answer.error(status, code, "It was not translated", Map.of());
    }

    private static BadRequestException off() {
        return new BadRequestException(503, "off", "No translation service is configured (hub.translate.url)");
    }

    private static String language(JsonNode request, String field) {
        String language = request.path(field).asText("");
        if (!Translations.isLanguage(language)) {
            throw new BadRequestException(422, field, field + " must be a language such as ja or en");
        }
        return language;
    }

    private Inquiry find(String id) {
        return inquiries
                .find(new InquiryId(Requests.uuid(id, "inquiry")))
                .orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such inquiry"));
    }

    private void audit(String caller, String origin, Inquiry inquiry, String act, Map<String, String> detail) {
        store.inTransaction(() -> audit.write(caller, act, "inquiry/" + inquiry.id(), Audit.OK, origin, detail));
    }
}
