package io.tsunagi.console;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.AuditSearch;
import io.tsunagi.audit.Reveals;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.store.Store;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Header;

/**
 * The audit as auditors look through it. What customers said is masked for them, letter by letter, until they reveal an
 * inquiry for a reason; then they also read what is {@link Withheld}. Each look is audited in the same transaction.
 */
public final class AuditApi {
    private static final String CALLER = "tsunagi-operator";
    private static final String ORIGIN = "tsunagi-origin";

    /**
     * A message as an auditor sees it.
     *
     * @param text masked unless the inquiry is revealed; null when there are no words. Of a message that the customer took
     *     back, what a legal hold keeps, and only while the inquiry is revealed
     * @param writtenAt when these words were written, which is later than {@code at} where they were edited; null when there
     *     are none
     * @param earlier what stood there before, the oldest first; while it is masked, nothing
     * @param withheldMedia whether a legal hold keeps a picture or file that the customer took back; no screen shows it
     */
    public record Line(
            int seq,
            Instant at,
            String sender,
            String type,
            String text,
            boolean unsent,
            Instant writtenAt,
            List<Earlier> earlier,
            boolean withheldMedia) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** Words that stood in a message until they were edited. */
    public record Earlier(Instant writtenAt, String text) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** @param revealedUntil null while it is masked */
    public record Transcript(UUID inquiry, long number, Instant revealedUntil, List<Line> messages) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private final Store store;
    private final AuditSearch search;
    private final Reveals reveals;
    private final Messages messages;
    private final Withheld withheld;
    private final SensitiveWords sensitive;
    private final Audit audit;

    public AuditApi(
            Store store,
            AuditSearch search,
            Reveals reveals,
            Messages messages,
            SensitiveWords sensitive,
            Audit audit) {

        this.store = store;
        this.search = search;
        this.reveals = reveals;
        this.messages = messages;
        this.withheld = new Withheld(store);
        this.sensitive = sensitive;
        this.audit = audit;
    }

    public Object list(
            @Header(CALLER) String caller,
            @Header(ORIGIN) String origin,
            @Header("act") String act,
            @Header("object") String object,
            @Header("actor") String actor,
            @Header("from") String from,
            @Header("until") String until,
            @Header("before") String before) {
        AuditSearch.Wanted wanted =
                new AuditSearch.Wanted(act, object, actor, time("from", from), time("until", until), number(before));
        Map<String, String> said = new HashMap<>();
        put(said, "act", act);
        put(said, "object", object);
        put(said, "actor", actor);
        put(said, "from", from);
        put(said, "until", until);
        return store.inTransaction(() -> {
            List<AuditSearch.Found> found = search.find(wanted);
            audit.write(caller, "view-audit", "audit", Audit.OK, origin, said);
            return Map.of("rows", found);
        });
    }

    /** What is looked for stands in the audit for good. */
    private void put(Map<String, String> said, String name, String value) {
        if (value != null && !value.isBlank()) {
            String masked = sensitive.mask(value);
            said.put(name, masked.length() <= 120 ? masked : masked.substring(0, 120));
        }
    }

    private static Instant time(String name, String value) {
        try {
            return value == null || value.isBlank()
                    ? null
                    : OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeException e) {
            throw new BadRequestException(
                    422, name, "A time stands with its offset, such as 2026-04-01T00:00:00+09:00");
        }
    }

    private static Long number(String value) {
        try {
            return value == null || value.isBlank() ? null : Long.valueOf(value);
        } catch (NumberFormatException e) {
            throw new BadRequestException(422, "before", "The parameter before is a row's number");
        }
    }

    public Object transcript(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id) {
        UUID inquiry = Requests.uuid(id, "id");
        UUID auditor = UUID.fromString(caller);
        return store.inTransaction(() -> {
            long number = numberOf(inquiry);
            Optional<Instant> until = reveals.until(auditor, inquiry);
            Map<UUID, Withheld.Words> takenBack = until.isPresent() ? withheld.of(new InquiryId(inquiry)) : Map.of();
            Set<UUID> media = until.isPresent() ? withheld.media(new InquiryId(inquiry)) : Set.of();
            Map<String, String> said = new HashMap<>(Map.of("words", until.isPresent() ? "revealed" : "masked"));
            if (!takenBack.isEmpty()) {
                said.put("withheld", String.valueOf(takenBack.size()));
            }
            if (!media.isEmpty()) {
                said.put("withheld-media", String.valueOf(media.size()));
            }
            audit.write(caller, "view-inquiry", "inquiry/" + inquiry, Audit.OK, origin, said);
            List<Line> lines = messages.since(new InquiryId(inquiry), 0).stream()
                    .map(message -> line(
                            message,
                            until.isPresent(),
                            takenBack.get(message.id().value()),
                            message.media() != null && media.contains(message.media())))
                    .toList();
            return new Transcript(inquiry, number, until.orElse(null), lines);
        });
    }

    public Object reveal(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id, @Body String body) {
        UUID inquiry = Requests.uuid(id, "id");
        numberOf(inquiry);
        try {
            reveals.reveal(
                    UUID.fromString(caller),
                    inquiry,
                    sensitive.mask(Requests.read(body).path("reason").asText("")),
                    origin);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "reason", e.getMessage());
        }
        return transcript(caller, origin, id);
    }

    /** Gives supervisors who read what customers said, why and for how long; {@code before} goes on from an earlier part. */
    public Object reveals(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("before") String before) {
        return Map.of("reveals", reveals.report(time("before", before), caller, origin), "part", Reveals.PART);
    }

    private long numberOf(UUID inquiry) {
        return store.jdbc()
                .sql("select number from inquiries where id = ?")
                .param(inquiry)
                .query(Long.class)
                .optional()
                .orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such inquiry"));
    }

    /** @param withheld null where nothing is */
    private static Line line(Message message, boolean revealed, Withheld.Words withheld, boolean withheldMedia) {
        Content content = withheld == null ? message.content() : withheld.content();
        boolean hub = message.sender() == Message.Sender.SYSTEM;
        String text =
                content.text() == null && withheld != null ? String.join(" ", content.words()) : content.plainText("☺");
        Instant edited = message.editedAt() == null ? message.at() : message.editedAt();
        return new Line(
                message.seq(),
                message.at(),
                message.sender().name(),
                message.type(),
                text == null || revealed || hub ? text : masked(text),
                message.unsentAt() != null,
                text == null ? null : withheld == null ? edited : withheld.writtenAt(),
                revealed ? earlier(content) : List.of(),
                withheldMedia);
    }

    private static List<Earlier> earlier(Content content) {
        return content.earlier() == null
                ? List.of()
                : content.earlier().stream()
                        .filter(version -> version.text() != null)
                        .map(version -> new Earlier(Instant.ofEpochMilli(version.at()), version.text()))
                        .toList();
    }

    /** Letters and digits go; what is left tells how long it was and where its lines end. */
    private static String masked(String text) {
        return text.codePoints()
                .map(point -> Character.isWhitespace(point) ? point : '•')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
