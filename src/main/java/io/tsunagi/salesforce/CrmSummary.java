package io.tsunagi.salesforce;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes comments of a Case of what was said in its inquiry. Bean {@code crmSummary} of the routes.
 *
 * <p>A comment has no external id: the hub's own begin with a mark and their number, by which they are found again. So a
 * repeated attempt makes no second one, words that were taken back or purged leave those that are there, and nobody takes
 * them for a person's. Safe for many threads.
 */
public final class CrmSummary {
    /** What each of the hub's own comments begins with. */
    static final String MARK = "[LINE chat ";

    /** Bytes of UTF-8 that a comment holds (Salesforce, Object Reference, "CaseComment"). */
    private static final int LONGEST = 4000;

    /** Bytes that the mark, the numbers and their line's end take at most. */
    private static final int HEAD = 48;

    private static final Pattern NUMBER = Pattern.compile("\\A\\[LINE chat \\d+ (\\d{1,6})/\\d+]");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

    /**
     * What has to become of comments so that they say what they should.
     *
     * @param added those to be made, as part {@code NewComment}
     * @param changed those that have other words now, as part {@code Comment}
     * @param gone those to be deleted, as part {@code GoneComment}
     */
    public record Comments(List<Piece> added, List<Piece> changed, List<Piece> gone) {
        /** Says whether there is anything to do. */
        public boolean any() {
            return !added.isEmpty() || !changed.isEmpty() || !gone.isEmpty();
        }
    }

    private final Function<String, ZoneId> zones;

    /** @param zones the time zone of an account */
    CrmSummary(Function<String, ZoneId> zones) {
        this.zones = zones;
    }

    /** Gives what was said, a line a message, from the facts of an inquiry. */
    public String text(Map<?, ?> facts) {
        ZoneId zone = zones.apply(String.valueOf(facts.get("account")));
        StringBuilder text = new StringBuilder();
        for (Object each : (List<?>) facts.get("messages")) {
            Map<?, ?> message = (Map<?, ?>) each;
            Object who =
                    switch (String.valueOf(message.get("sender"))) {
                        case "CUSTOMER" -> facts.get("customerName");
                        case "OPERATOR" -> message.get("operator");
                        default -> "bot";
                    };
            text.append(TIME.format(
                            Instant.parse(String.valueOf(message.get("sentAt"))).atZone(zone)))
                    .append(' ')
                    .append(who == null ? "operator" : who)
                    .append(": ")
                    .append(message.get("text"))
                    .append('\n');
        }
        return text.toString();
    }

    /**
     * Compares what comments should say with those that are there.
     *
     * @param pieces part {@code CaseComment} of each holds the Case in {@code ParentId} and all the words in {@code
     *     CommentBody}
     * @param records the comments of these Cases, with {@code Id}, {@code ParentId} and {@code CommentBody}
     */
    public Comments compare(List<Piece> pieces, List<?> records) {
        Comments comments = new Comments(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Piece piece : pieces) {
            Object theCase = piece.record("CaseComment").get("ParentId");
            Map<Integer, Map<?, ?>> there = new HashMap<>();
            for (Object each : records) {
                Map<?, ?> record = (Map<?, ?>) each;
                Matcher number = NUMBER.matcher(String.valueOf(record.get("CommentBody")));
                if (record.get("ParentId").equals(theCase) && number.find()) {
                    Map<?, ?> same = there.put(Integer.valueOf(number.group(1)), record);
                    if (same != null) {
                        comments.gone.add(piece.part("GoneComment", Map.of("Id", same.get("Id"))));
                    }
                }
            }
            List<String> bodies = bodies(piece);
            for (int i = 0; i < bodies.size(); i++) {
                Map<?, ?> present = there.remove(i + 1);
                if (present == null) {
                    Map<String, Object> record = new HashMap<>(piece.record("CaseComment"));
                    record.put("CommentBody", bodies.get(i));
                    comments.added.add(piece.part("NewComment", record));
                } else if (!bodies.get(i)
                        .equals(String.valueOf(present.get("CommentBody")).replace("\r\n", "\n"))) {
                    comments.changed.add(
                            piece.part("Comment", Map.of("Id", present.get("Id"), "CommentBody", bodies.get(i))));
                }
            }
            there.values()
                    .forEach(surplus -> comments.gone.add(piece.part("GoneComment", Map.of("Id", surplus.get("Id")))));
        }
        return comments;
    }

    private static List<String> bodies(Piece piece) {
        Object words = piece.record("CaseComment").get("CommentBody");
        List<String> parts = words == null ? List.of() : parted(words.toString().strip(), LONGEST - HEAD);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            bodies.add(MARK + piece.facts.get("inquiryNumber") + " " + (i + 1) + "/" + parts.size() + "]\n"
                    + parts.get(i));
        }
        return bodies;
    }

    /** Parts a text so that no part takes more bytes, at the ends of lines where it can be and never within a character. */
    static List<String> parted(String text, int most) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int bytes = 0;
            int to = from;
            int lineEnd = -1;
            while (to < text.length()) {
                int character = text.codePointAt(to);
                bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
                if (bytes > most) {
                    break;
                }
                to += Character.charCount(character);
                if (character == '\n') {
                    lineEnd = to;
                }
            }
            int end = to < text.length() && lineEnd > from ? lineEnd : to;
            String part = text.substring(from, end).strip();
            if (!part.isEmpty()) {
                parts.add(part);
            }
            from = end;
        }
        return parts;
    }
}
