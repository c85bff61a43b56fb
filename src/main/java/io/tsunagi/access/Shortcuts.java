package io.tsunagi.access;

import io.tsunagi.store.Store;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Keeps the keys a person chose for what the console does, in place of those it comes with. Safe for many threads and nodes.
 *
 * <p>A key is written as its modifiers and its place on the keyboard, the {@code code} of W3C's UI Events:
 * {@code Alt KeyG}, {@code Shift Alt Comma}; empty switches an act's key off. Keys that browsers keep for themselves are
 * refused. Which act comes with which key the console knows; it refuses a key that such an act has.
 */
public final class Shortcuts {
    /** What somebody wanted that is no key, or two acts by one key. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private static final int MOST = 100;
    private static final Pattern ACT = Pattern.compile("[a-z]{1,15}\\.[a-z-]{1,24}");
    private static final Pattern KEYS = Pattern.compile(
            "|Ctrl KeyK|(?:Shift )?Alt (?!Key[DEF])"
                    + "(?:Key[A-Z]|Backspace|Comma|Period|Slash|Semicolon|Quote|Minus|Equal|BracketLeft|BracketRight|Backquote)");

    private final Store store;

    public Shortcuts(Store store) {
        this.store = store;
    }

    /** Gives the chosen keys by act; what is not in it has the key it comes with. */
    public Map<String, String> of(OperatorId person) {
        Map<String, String> kept = new TreeMap<>();
        store.jdbc()
                .sql("select act, keys from shortcuts where operator = ?")
                .param(person.value())
                .query((row, i) -> kept.put(row.getString("act"), row.getString("keys")))
                .list();
        return kept;
    }

    /**
     * Keeps these in place of all chosen before.
     *
     * @throws RefusedException when one is no key, or two acts would have the same
     */
    public void keep(OperatorId person, Map<String, String> wanted) {
        if (wanted.size() > MOST) {
            throw new RefusedException("There are at most " + MOST + " keys");
        }
        Set<String> taken = new HashSet<>();
        wanted.forEach((act, keys) -> {
            if (!ACT.matcher(act).matches() || !KEYS.matcher(keys).matches()) {
                throw new RefusedException("This is no key, or a browser's own: " + keys);
            }
            if (!keys.isEmpty() && !taken.add(keys)) {
                throw new RefusedException("Two acts have the key " + keys);
            }
        });
        store.inTransaction(() -> {
            // Of two windows that save at once, the later one waits here and wins whole.
            store.jdbc()
                    .sql("select id from operators where id = ? for update")
                    .param(person.value())
                    .query()
                    .listOfRows();
            store.jdbc()
                    .sql("delete from shortcuts where operator = ?")
                    .param(person.value())
                    .update();
            wanted.forEach((act, keys) -> store.jdbc()
                    .sql("insert into shortcuts (operator, act, keys) values (?, ?, ?)")
                    .params(person.value(), act, keys)
                    .update());
        });
    }
}
