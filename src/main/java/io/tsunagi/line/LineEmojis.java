package io.tsunagi.line;

import java.util.Map;

/**
 * LINE's own emojis that accounts may send, as far as known in August 2026: sets, and how many each has. LINE publishes the
 * list as pictures; their numbers begin at 001. The console's {@code core/line-emoji.js} offers the same.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/emoji-list/">List of available LINE emojis</a>
 */
public final class LineEmojis {
    private static final Map<String, Integer> SENDABLE = Map.ofEntries(
            Map.entry("5ac1bfd5040ab15980c9b435", 250),
            Map.entry("5ac1de17040ab15980c9b438", 194),
            Map.entry("5ac21184040ab15980c9b43a", 234),
            Map.entry("5ac21542031a6752fb806d55", 248),
            Map.entry("5ac2173d031a6752fb806d56", 240),
            Map.entry("5ac21869040ab15980c9b43b", 199),
            Map.entry("5ac218e3040ab15980c9b43c", 221),
            Map.entry("5ac2197b040ab15980c9b43d", 201),
            Map.entry("5ac21a13031a6752fb806d57", 149),
            Map.entry("5ac21a18040ab15980c9b43e", 239),
            Map.entry("5ac21a8c040ab15980c9b43f", 149),
            Map.entry("5ac21ae3040ab15980c9b440", 149),
            Map.entry("5ac21b4f031a6752fb806d59", 149),
            Map.entry("5ac21ba5040ab15980c9b441", 161),
            Map.entry("5ac21bf9031a6752fb806d5a", 161),
            Map.entry("5ac21c46040ab15980c9b442", 221),
            Map.entry("5ac21c4e031a6752fb806d5b", 161),
            Map.entry("5ac21cc5031a6752fb806d5c", 170),
            Map.entry("5ac21cce040ab15980c9b443", 161),
            Map.entry("5ac21d59031a6752fb806d5d", 212),
            Map.entry("5ac21e6c040ab15980c9b444", 222),
            Map.entry("5ac21ef5031a6752fb806d5e", 150),
            Map.entry("5ac21f52040ab15980c9b445", 183),
            Map.entry("5ac21fda040ab15980c9b446", 140),
            Map.entry("5ac2206d031a6752fb806d5f", 252),
            Map.entry("5ac220c2031a6752fb806d60", 246),
            Map.entry("5ac2211e031a6752fb806d61", 250),
            Map.entry("5ac2213e040ab15980c9b447", 182),
            Map.entry("5ac2216f040ab15980c9b448", 188),
            Map.entry("5ac221ca040ab15980c9b449", 167),
            Map.entry("5ac22224031a6752fb806d62", 251),
            Map.entry("5ac22293031a6752fb806d63", 184),
            Map.entry("5ac222bf031a6752fb806d64", 250),
            Map.entry("5ac223c6040ab15980c9b44a", 157),
            Map.entry("5ac2264e040ab15980c9b44b", 252),
            Map.entry("5ac22775040ab15980c9b44c", 247),
            Map.entry("5ac2280f031a6752fb806d65", 250),
            Map.entry("5ac22a8c031a6752fb806d66", 210),
            Map.entry("5ac22b23040ab15980c9b44d", 247),
            Map.entry("5ac22bad031a6752fb806d67", 214),
            Map.entry("5ac22c9e031a6752fb806d68", 198),
            Map.entry("5ac22d62031a6752fb806d69", 196),
            Map.entry("5ac22def040ab15980c9b44e", 250),
            Map.entry("5ac22e85040ab15980c9b44f", 209),
            Map.entry("670e0cce840a8236ddd4ee4c", 211));

    private LineEmojis() {}

    public static boolean sendable(String productId, String emojiId) {
        Integer last = productId == null ? null : SENDABLE.get(productId);
        if (last == null || emojiId == null || !emojiId.matches("[0-9]{3}")) {
            return false;
        }
        int id = Integer.parseInt(emojiId);
        return id >= 1 && id <= last;
    }

    static Map<String, Integer> sets() {
        return SENDABLE;
    }
}
