package io.tsunagi.line;

import java.util.Map;

/**
 * The stickers LINE lets accounts send; every other id is refused by LINE.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/sticker-list/">List of available stickers</a>
 */
public final class StickerPackages {
    private record Range(long first, long last) {}

    private static final Map<String, Range> SENDABLE = Map.ofEntries(
            Map.entry("446", new Range(1988, 2027)),
            Map.entry("789", new Range(10855, 10894)),
            Map.entry("1070", new Range(17839, 17878)),
            Map.entry("6136", new Range(10551376, 10551399)),
            Map.entry("6325", new Range(10979904, 10979927)),
            Map.entry("6359", new Range(11069848, 11069871)),
            Map.entry("6362", new Range(11087920, 11087943)),
            Map.entry("6370", new Range(11088016, 11088039)),
            Map.entry("6632", new Range(11825374, 11825397)),
            Map.entry("8515", new Range(16581242, 16581265)),
            Map.entry("8522", new Range(16581266, 16581289)),
            Map.entry("8525", new Range(16581290, 16581313)),
            Map.entry("11537", new Range(52002734, 52002773)),
            Map.entry("11538", new Range(51626494, 51626533)),
            Map.entry("11539", new Range(52114110, 52114149)));

    private StickerPackages() {}

    public static boolean sendable(String packageId, String stickerId) {
        Range range = packageId == null ? null : SENDABLE.get(packageId);
        if (range == null || stickerId == null || !stickerId.matches("[0-9]{1,18}")) {
            return false;
        }
        long id = Long.parseLong(stickerId);
        return id >= range.first() && id <= range.last();
    }
}
