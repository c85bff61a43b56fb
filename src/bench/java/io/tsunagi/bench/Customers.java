package io.tsunagi.bench;

import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Invented customers, each of whom writes once: the number of an event is the number of its customer, so that whatever
 * column holds the customer's id, the event's id or the whole body tells which events a server kept. Safe for many
 * threads.
 */
final class Customers {
    private final String run =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final Pattern mark = Pattern.compile("(?:U" + run + "|01" + run.substring(0, 8) + ")([0-9a-f]{16})");

    /** Sixteen digits that no other run has. */
    String run() {
        return run;
    }

    String id(int number) {
        return "U" + run + sixteen(number);
    }

    static String sixteen(int number) {
        return HexFormat.of().toHexDigits((long) number);
    }

    /** What SQL's {@code like} finds all of them by, as the id of a customer or of an event, anywhere in a column. */
    String like() {
        return "%" + run.substring(0, 8) + "%";
    }

    /** Gives the number of the customer a value names; empty for one of another run. */
    OptionalInt number(String value) {
        Matcher found = mark.matcher(value);
        return found.find() ? OptionalInt.of(Integer.parseInt(found.group(1), 16)) : OptionalInt.empty();
    }
}
