package io.tsunagi.inquiry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The words of one message, as they are sealed. Every part may be absent; {@link #change} gives a copy with other parts.
 *
 * @param emojis LINE's own emojis in the text, at their places
 * @param mentions who is named in the text
 * @param set the pictures it was sent together with
 * @param duration of a video or a recording, in milliseconds
 * @param external whether its bytes lie at an address of the sender's choice, which is never asked
 * @param params what a picker gave with a pressed button, such as {@code date}
 * @param earlier what stood there before each edit, oldest first
 * @param quoted LINE's id of the message it quotes
 * @param choices the quick replies shown with it
 * @param card a card; its words where it cannot be shown are the text
 * @param call how a call went; what was noted of it is the text
 * @param quoteToken lets this message be quoted; {@code readToken} lets it be marked as read. Neither ends.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Content(
        String text,
        List<Emoji> emojis,
        List<Mention> mentions,
        Sticker sticker,
        Place location,
        Attachment file,
        PictureSet set,
        Long duration,
        Boolean external,
        Map<String, String> params,
        List<Version> earlier,
        String quoted,
        List<Bubble.Choice> choices,
        Shown card,
        Spoken call,
        String quoteToken,
        String readToken) {

    /** An emoji of LINE's; place and length in UTF-16 units. */
    public record Emoji(int index, int length, String productId, String emojiId) {}

    /** Somebody named in the text; place and length in UTF-16 units. {@code self} is the account itself. */
    public record Mention(int index, int length, boolean self) {}

    /** A sticker: LINE's ids, the words LINE gives with it, and the text on it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sticker(String packageId, String stickerId, List<String> keywords, String text) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Place(String title, String address, double latitude, double longitude) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Attachment(String name, long size) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** A card that was sent: its kind, the words on its buttons, and what the operator had filled in. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Shown(String kind, List<String> labels, Draft.Card from) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** How a call went: its outcome in a word of the configuration, and its length in seconds where it began. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spoken(String outcome, Long seconds) {}

    /** Pictures sent together; LINE may leave out which and how many. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PictureSet(String id, Integer index, Integer total) {}

    /** Words that stood in a message until they were edited; {@code at} is when they were written, in milliseconds. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Version(String text, List<Emoji> emojis, long at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** What is said where nothing is. */
    public static final Content NOTHING = new Change().done();

    public static Content ofText(String text) {
        return NOTHING.change().text(text).done();
    }

    public static Content ofSticker(Sticker sticker) {
        return NOTHING.change().sticker(sticker).done();
    }

    public Change change() {
        Change change = new Change();
        change.text = text;
        change.emojis = emojis;
        change.mentions = mentions;
        change.sticker = sticker;
        change.location = location;
        change.file = file;
        change.set = set;
        change.duration = duration;
        change.external = external;
        change.params = params;
        change.earlier = earlier;
        change.quoted = quoted;
        change.choices = choices;
        change.card = card;
        change.call = call;
        change.quoteToken = quoteToken;
        change.readToken = readToken;
        return change;
    }

    /** Gives the content with the words of {@code newer} in place of its own, which are kept as written at {@code writtenAt}. */
    Content edited(Content newer, Instant writtenAt) {
        return change().text(newer.text)
                .emojis(newer.emojis)
                .mentions(newer.mentions)
                .quoteToken(newer.quoteToken == null ? quoteToken : newer.quoteToken)
                .earlier(withEarlier(this, writtenAt))
                .done();
    }

    /** Gives the content with older words kept beside it. */
    Content after(Content older, Instant writtenAt) {
        return change().quoted(quoted == null ? older.quoted : quoted)
                .readToken(readToken == null ? older.readToken : readToken)
                .earlier(withEarlier(older, writtenAt))
                .done();
    }

    /** Gives the content with what stands in it now, and stood there before it was edited, in other words. */
    Content reworded(UnaryOperator<String> words) {
        return change().text(words.apply(text))
                .earlier(
                        earlier == null
                                ? null
                                : earlier.stream()
                                        .map(version ->
                                                new Version(words.apply(version.text), version.emojis, version.at))
                                        .toList())
                .done();
    }

    /** Gives everything in words that stands there now: a sticker's keywords, a file's name and a place's, too. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        words.add(text);
        if (sticker != null) {
            words.add(sticker.text());
            words.addAll(sticker.keywords() == null ? List.of() : sticker.keywords());
        }
        if (file != null) {
            words.add(file.name());
        }
        if (location != null) {
            words.add(location.title());
            words.add(location.address());
        }
        words.removeIf(Objects::isNull);
        return words;
    }

    /**
     * Gives the text for where no emoji of LINE's can be shown.
     *
     * @param sign what stands in place of each that has no words of its own, as those the account sends; the others have
     */
    public String plainText(String sign) {
        if (text == null || emojis == null) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text);
        emojis.stream()
                .map(Emoji::index)
                .filter(index -> index >= 0 && index < text.length() && text.charAt(index) == '$')
                .sorted(Comparator.reverseOrder())
                .forEach(index -> plain.replace(index, index + 1, sign));
        return plain.toString();
    }

    /** Gives the words that stand there now, then those that stood there before they were edited. */
    List<String> everyText() {
        return Stream.concat(
                        Stream.of(text == null ? "" : text),
                        Stream.ofNullable(earlier)
                                .flatMap(List::stream)
                                .map(Version::text)
                                .filter(Objects::nonNull))
                .distinct()
                .toList();
    }

    private List<Version> withEarlier(Content older, Instant writtenAt) {
        List<Version> all = new ArrayList<>(earlier == null ? List.of() : earlier);
        all.add(new Version(older.text, older.emojis, writtenAt.toEpochMilli()));
        all.sort(Comparator.comparingLong(Version::at));
        return List.copyOf(all);
    }

    /** Gives the text without the names of the account itself, as the bot reads it. */
    public String spoken() {
        if (text == null || mentions == null) {
            return text;
        }
        StringBuilder spoken = new StringBuilder(text);
        mentions.stream()
                .filter(Mention::self)
                .sorted(Comparator.comparingInt(Mention::index).reversed())
                .forEach(mention -> spoken.delete(mention.index(), mention.index() + mention.length()));
        return spoken.toString().strip();
    }

    /** Whether nothing is left of what was said in words. */
    @JsonIgnore
    public boolean isEmpty() {
        return text == null && sticker == null && location == null && file == null;
    }

    byte[] json() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A message's content can always be written", e);
        }
    }

    static Content read(byte[] json) {
        try {
            return json == null ? NOTHING : JSON.readValue(json, Content.class);
        } catch (IOException e) {
            throw new IllegalStateException("A stored message cannot be read", e);
        }
    }

    @Override
    public String toString() {
        return "[hidden]";
    }

    /** Collects the parts of a content; an empty list counts as none. */
    public static final class Change {
        private String text;
        private List<Emoji> emojis;
        private List<Mention> mentions;
        private Sticker sticker;
        private Place location;
        private Attachment file;
        private PictureSet set;
        private Long duration;
        private Boolean external;
        private Map<String, String> params;
        private List<Version> earlier;
        private String quoted;
        private List<Bubble.Choice> choices;
        private Shown card;
        private Spoken call;
        private String quoteToken;
        private String readToken;

        private Change() {}

        public Change text(String words) {
            text = words;
            return this;
        }

        public Change emojis(List<Emoji> list) {
            emojis = orNull(list);
            return this;
        }

        public Change mentions(List<Mention> list) {
            mentions = orNull(list);
            return this;
        }

        public Change sticker(Sticker shown) {
            sticker = shown;
            return this;
        }

        public Change location(Place place) {
            location = place;
            return this;
        }

        public Change file(Attachment attachment) {
            file = attachment;
            return this;
        }

        public Change set(PictureSet pictures) {
            set = pictures;
            return this;
        }

        public Change duration(Long millis) {
            duration = millis;
            return this;
        }

        public Change external(boolean elsewhere) {
            external = elsewhere ? true : null;
            return this;
        }

        public Change params(Map<String, String> picked) {
            params = picked == null || picked.isEmpty() ? null : Map.copyOf(picked);
            return this;
        }

        public Change earlier(List<Version> versions) {
            earlier = orNull(versions);
            return this;
        }

        public Change quoted(String lineMessageId) {
            quoted = lineMessageId;
            return this;
        }

        public Change choices(List<Bubble.Choice> list) {
            choices = orNull(list);
            return this;
        }

        public Change card(Shown shown) {
            card = shown;
            return this;
        }

        public Change call(Spoken spoken) {
            call = spoken;
            return this;
        }

        public Change quoteToken(String token) {
            quoteToken = token;
            return this;
        }

        public Change readToken(String token) {
            readToken = token;
            return this;
        }

        public Content done() {
            return new Content(
                    text,
                    emojis,
                    mentions,
                    sticker,
                    location,
                    file,
                    set,
                    duration,
                    external,
                    params,
                    earlier,
                    quoted,
                    choices,
                    card,
                    call,
                    quoteToken,
                    readToken);
        }

        private static <T> List<T> orNull(List<T> list) {
            return list == null || list.isEmpty() ? null : List.copyOf(list);
        }
    }
}
