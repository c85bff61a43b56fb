package io.tsunagi.translate;

import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.MessageId;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Keeps what messages say in other languages, sealed beside them; {@code Messages} and {@code Erase} delete it as soon as
 * the message says something else or nothing any more. Safe for many threads and nodes.
 */
public final class Translations {
    private static final String TABLE = "translations";
    private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}");
    private static final Set<Message.Sender> SPEAKERS =
            Set.of(Message.Sender.CUSTOMER, Message.Sender.BOT, Message.Sender.OPERATOR);

    private final Store store;
    private final Messages messages;
    private final InquiryVersions versions;
    private final Clock clock;

    public Translations(Store store, Messages messages, InquiryVersions versions, Clock clock) {
        this.store = store;
        this.messages = messages;
        this.versions = versions;
        this.clock = clock;
    }

    /** What is to be translated: only words, without the names of those who are mentioned in them. */
    public record Piece(MessageId message, String words, String language) {
        @Override
        public String toString() {
            return "Piece of " + message;
        }
    }

    /** What a message says in a language; {@code words} is null where it is written in it. */
    public record Kept(String language, String writtenIn, String words) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** Whether the text has the form of a language's tag, such as {@code ja} or {@code zh-Hant}. */
    public static boolean isLanguage(String text) {
        return LANGUAGE.matcher(text).matches();
    }

    /** Gives what of these messages is to be translated: what somebody said in words in this inquiry, and not yet known. */
    public List<Piece> wanted(InquiryId inquiry, Collection<MessageId> ids, String language) {
        return ids.stream()
                .distinct()
                .map(messages::find)
                .flatMap(Optional::stream)
                .filter(message -> message.inquiry().equals(inquiry))
                .filter(message -> words(message) != null && !known(message.id(), language))
                .map(message -> new Piece(message.id(), words(message), language))
                .toList();
    }

    private static String words(Message message) {
        if (!SPEAKERS.contains(message.sender()) || !message.type().equals("text")) {
            return null;
        }
        String text = message.content().plainText("☺");
        if (text == null || text.isBlank()) {
            return null;
        }
        StringBuilder words = new StringBuilder(text);
        if (message.content().mentions() != null) {
            message.content().mentions().stream()
                    .sorted(Comparator.comparingInt(Content.Mention::index).reversed())
                    .filter(mention -> mention.index() >= 0 && mention.index() + mention.length() <= words.length())
                    .forEach(mention -> words.replace(mention.index(), mention.index() + mention.length(), "@"));
        }
        return words.toString();
    }

    private boolean known(MessageId message, String language) {
        return store.jdbc()
                        .sql("select count(*) from translations where id = ?")
                        .param(id(message, language))
                        .query(Long.class)
                        .single()
                > 0;
    }

    private static UUID id(MessageId message, String language) {
        return Ids.derived("translation", message, language.toLowerCase(Locale.ROOT));
    }

    /** Keeps a translation, unless the message says something else by now; the screens that show it are told. */
    public void keep(Piece piece, Translator.Translated translated) {
        store.inTransaction(() -> {
            // Locks the inquiry first, as whoever changes or erases a message does: what they delete is all there is.
            versions.messageChanged(piece.message());
            boolean same = messages.find(piece.message())
                    .map(Translations::words)
                    .filter(piece.words()::equals)
                    .isPresent();
            if (!same) {
                return;
            }
            UUID id = id(piece.message(), piece.language());
            boolean already = piece.language().equalsIgnoreCase(translated.writtenIn());
            store.jdbc()
                    .sql("""
                            insert into translations (id, message, language, written_in, words, at)
                            values (?, ?, ?, ?, ?, ?) on conflict do nothing
                            """)
                    .params(
                            id,
                            piece.message().value(),
                            piece.language(),
                            translated.writtenIn(),
                            already ? null : store.sealing().seal(TABLE, id, translated.words()),
                            Store.at(clock.instant()))
                    .update();
        });
    }

    /** Gives what is known of these messages. */
    public Map<UUID, List<Kept>> of(List<Message> shown) {
        Map<UUID, List<Kept>> found = new HashMap<>();
        store.jdbc()
                .sql("select id, message, language, written_in, words from translations where message = any(?)")
                .param(Store.uuids(
                        shown.stream().map(message -> message.id().value()).toList()))
                .query((row, i) -> {
                    Kept kept = new Kept(
                            row.getString("language"),
                            row.getString("written_in"),
                            store.sealing().openText(TABLE, row.getObject("id", UUID.class), row.getBytes("words")));
                    return found.merge(
                            row.getObject("message", UUID.class),
                            List.of(kept),
                            (a, b) -> java.util.stream.Stream.concat(a.stream(), b.stream())
                                    .toList());
                })
                .list();
        return found;
    }
}
