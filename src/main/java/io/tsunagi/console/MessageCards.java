package io.tsunagi.console;

import io.tsunagi.bot.MessageText;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaRow;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Store;
import io.tsunagi.translate.Translations;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Reads messages as the screen shows them: words, medium, and what became of their delivery. Safe for use by any number of
 * threads.
 */
public final class MessageCards {
    record Cards(long version, List<Card> messages) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    record Quoted(Integer seq, String from, String type, String text, boolean unsent) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    record Medium(
            UUID id,
            String state,
            boolean identity,
            String contentType,
            Integer width,
            Integer height,
            Long size,
            Instant dueAt,
            String url,
            String preview) {}

    record Delivery(
            UUID id,
            String state,
            String cost,
            Instant undoUntil,
            String cause,
            String reason,
            String requestId,
            Instant at) {}

    record Card(
            UUID id,
            int seq,
            long version,
            String from,
            String author,
            String type,
            String lineMessageId,
            String text,
            String language,
            List<Translations.Kept> translations,
            Instant at,
            boolean late,
            boolean unsent,
            boolean purged,
            boolean edited,
            List<Content.Version> earlier,
            List<Content.Emoji> emojis,
            List<Content.Mention> mentions,
            boolean quotable,
            Content.Sticker sticker,
            Medium media,
            Content.PictureSet imageSet,
            Long duration,
            boolean external,
            Content.Place location,
            Content.Attachment file,
            Quoted quoted,
            Content.Shown card,
            Content.Spoken call,
            List<String> quickReplies,
            Delivery delivery) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private final Store store;
    private final Messages messages;
    private final Media media;
    private final Screens screens;
    private final Translations translations;
    private final Clock clock;

    public MessageCards(
            Store store, Messages messages, Media media, Screens screens, Translations translations, Clock clock) {
        this.store = store;
        this.messages = messages;
        this.media = media;
        this.screens = screens;
        this.translations = translations;
        this.clock = clock;
    }

    Cards since(InquiryId inquiry, long version) {
        long now = screens.find(inquiry).version();
        List<Message> changed = messages.since(inquiry, version);
        return new Cards(now, cards(inquiry, changed));
    }

    List<Card> cards(InquiryId inquiry, List<Message> shown) {
        if (shown.isEmpty()) {
            return List.of();
        }
        Map<UUID, Delivery> deliveries = deliveries(inquiry);
        Map<UUID, List<Translations.Kept>> translated = translations.of(shown);
        String spoken = screens.find(inquiry).language();
        return shown.stream()
                .map(message -> card(message, spoken, translated, deliveries))
                .toList();
    }

    private Map<UUID, Delivery> deliveries(InquiryId inquiry) {
        Map<UUID, Delivery> byId = new HashMap<>();
        store.jdbc()
                .sql("""
                        select id, state, called_by, due_at, tries, error, request_id, answered_at, created_at
                        from deliveries where inquiry = ?
                        """)
                .param(inquiry.value())
                .query((row, i) -> {
                    UUID id = row.getObject("id", UUID.class);
                    String state = row.getString("state");
                    Instant due = Store.instant(row.getTimestamp("due_at"));
                    boolean undo = state.equals("QUEUED")
                            && row.getInt("tries") == 0
                            && row.getString("error") == null
                            && due.isAfter(clock.instant());
                    String by = row.getString("called_by");
                    Instant answered = Store.instant(row.getTimestamp("answered_at"));
                    return byId.put(
                            id,
                            new Delivery(
                                    id,
                                    state.toLowerCase(Locale.ROOT).replace('_', '-'),
                                    by == null ? null : by.equals("reply") ? "free" : "paid",
                                    undo ? due : null,
                                    cause(row.getString("error")),
                                    row.getString("error"),
                                    row.getString("request_id"),
                                    answered != null ? answered : Store.instant(row.getTimestamp("created_at"))));
                })
                .list();
        return byId;
    }

    /** Gives the word screens have for why LINE did not take it; null for what they have no word for. */
    static String cause(String error) {
        if (Deliveries.RESERVED.equals(error)) {
            return "reserve";
        }
        if (Deliveries.FREE_ONLY.equals(error)) {
            return "free-only";
        }
        return error == null
                ? null
                : error.contains("(429)")
                        ? "busy"
                        : error.startsWith("LINE did not answer")
                                ? "no-answer"
                                : error.startsWith("LINE answered 5")
                                        ? "broken"
                                        : error.startsWith("LINE refused it") ? "refused" : null;
    }

    private Card card(
            Message message,
            String spoken,
            Map<UUID, List<Translations.Kept>> translated,
            Map<UUID, Delivery> deliveries) {
        Content content = message.content();
        return new Card(
                message.id().value(),
                message.seq(),
                message.version(),
                Screens.from(message),
                message.author() == null ? null : screens.name(message.author()),
                message.type(),
                message.lineMessageId(),
                content.text(),
                content.text() == null ? null : MessageText.languageOf(content.text(), spoken),
                translated.getOrDefault(message.id().value(), List.of()),
                message.at(),
                message.late(),
                message.unsentAt() != null,
                message.purgedAt() != null,
                message.editedAt() != null,
                content.earlier(),
                content.emojis(),
                content.mentions(),
                content.quoteToken() != null,
                content.sticker(),
                medium(message),
                content.set(),
                content.duration(),
                Boolean.TRUE.equals(content.external()),
                content.location(),
                content.file(),
                quoted(message),
                content.card(),
                content.call(),
                content.choices() == null
                        ? List.of()
                        : content.choices().stream().map(Bubble.Choice::label).toList(),
                message.delivery() == null ? null : deliveries.get(message.delivery()));
    }

    private Medium medium(Message message) {
        if (message.media() == null) {
            return null;
        }
        boolean sent = message.sender() != Message.Sender.CUSTOMER;
        return media.find(new MediaId(message.media()))
                .map(row -> medium(row, sent))
                .orElse(null);
    }

    /** A video of ours has a picture that stands for it until it is played. */
    private Medium medium(MediaRow row, boolean sent) {
        UUID id = row.id().value();
        return new Medium(
                id,
                row.preparing() && row.state() == MediaState.FETCHING
                        ? "preparing"
                        : row.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                row.identity(),
                row.contentType(),
                row.width(),
                row.height(),
                row.size(),
                row.dueAt(),
                "/api/media/" + id,
                sent && row.kind().equals("video")
                        ? "/api/media/" + Media.previewOf(row.id()).value()
                        : null);
    }

    private Quoted quoted(Message message) {
        String lineId = message.content().quoted();
        if (lineId == null) {
            return null;
        }
        UUID customer = store.jdbc()
                .sql("select customer from messages where id = ?")
                .param(message.id().value())
                .query(UUID.class)
                .single();
        return messages.byLineId(new CustomerId(customer), lineId)
                .map(m -> new Quoted(
                        m.inquiry().equals(message.inquiry()) ? m.seq() : null,
                        Screens.from(m),
                        m.type(),
                        m.content().plainText("☺"),
                        m.unsentAt() != null))
                .orElse(null);
    }
}
