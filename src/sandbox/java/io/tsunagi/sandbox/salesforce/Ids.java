package io.tsunagi.sandbox.salesforce;

/** Salesforce record ids: 3 characters name the object, 15 are case-sensitive, 3 more make them case-safe. */
final class Ids {
    private static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final String CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

    private Ids() {}

    /** The id of the {@code number}th record of the object with this prefix; the same number gives the same id. */
    static String of(String prefix, long number) {
        StringBuilder tail = new StringBuilder();
        for (long rest = number; tail.length() < 9; rest /= 62) {
            tail.append(BASE62.charAt((int) (rest % 62)));
        }
        return to18(prefix + "KM0" + tail.reverse());
    }

    static boolean wellFormed(String id) {
        return (id.length() == 15 || id.length() == 18)
                && id.chars().allMatch(c -> BASE62.indexOf(c) >= 0)
                && (id.length() == 15 || to18(id.substring(0, 15)).equals(id));
    }

    /** Gives the 18-character form of a 15- or 18-character id. */
    static String to18(String id) {
        if (id.length() != 15) {
            return id;
        }
        StringBuilder full = new StringBuilder(id);
        for (int chunk = 0; chunk < 3; chunk++) {
            int bits = 0;
            for (int i = 0; i < 5; i++) {
                char c = id.charAt(chunk * 5 + i);
                if (c >= 'A' && c <= 'Z') {
                    bits |= 1 << i;
                }
            }
            full.append(CHECK.charAt(bits));
        }
        return full.toString();
    }
}
