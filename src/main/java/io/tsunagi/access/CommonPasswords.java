package io.tsunagi.access;

import com.nulabinc.zxcvbn.Zxcvbn;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.web.Doors;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Knows which passwords are tried first: the common ones, runs of keys, dates, and what is made of the person's name, the
 * product or the company (NIST SP 800-63B, 5.1.1.2; PCI DSS v4.0.1, 8.3). zxcvbn's lists and its estimate decide: fewer than
 * 10^10 guesses are too few, however long the password is.
 *
 * <p>Takes up to a few hundred milliseconds of a core: never call it on an event loop. Safe for many threads.
 */
final class CommonPasswords {
    /** What a password must not be, after "The password". */
    static final String RULE =
            "is one of those that are tried first: common, a row of keys, or made of names that others"
                    + " know. Choose some words that do not belong together.";

    private static final double ENOUGH = 1e10;
    /**
     * zxcvbn takes more than linear time, seconds for a hundred signs that look like letters; what comes after so many
     * characters can only be better.
     */
    private static final int LOOKED_AT = 50;

    private static final int SHORTEST_WORD = 3;

    /** zxcvbn with its lists, some ten megabytes; read again when they were given up because nobody chose a password. */
    private static SoftReference<Zxcvbn> lists = new SoftReference<>(null);

    private final List<String> obvious = new ArrayList<>(List.of("tsunagi", "つなぎ"));

    /** The company's name is taken from the address of the console. */
    CommonPasswords(Settings settings) {
        String host = Doors.consoleUri(settings).getHost();
        if (host != null) {
            addWords(obvious, host);
        }
    }

    private static void addWords(List<String> words, String text) {
        String plain = text.toLowerCase(Locale.ROOT);
        words.add(plain);
        Arrays.stream(plain.split("[^\\p{L}\\p{N}]+"))
                .filter(word -> word.length() >= SHORTEST_WORD)
                .forEach(words::add);
    }

    /**
     * Says whether a password is easily guessed.
     *
     * @param about whose it is: what they sign in with and what they are called
     */
    boolean easy(Secret password, String... about) {
        List<String> words = new ArrayList<>(obvious);
        for (String text : about) {
            addWords(words, text);
        }
        String text = password.reveal();
        return lists().measure(text.substring(0, Math.min(text.length(), LOOKED_AT)), words)
                        .getGuesses()
                < ENOUGH;
    }

    private static synchronized Zxcvbn lists() {
        Zxcvbn zxcvbn = lists.get();
        if (zxcvbn == null) {
            zxcvbn = new Zxcvbn();
            lists = new SoftReference<>(zxcvbn);
        }
        return zxcvbn;
    }

    /** @throws SettingsException when the password in a setting is easily guessed */
    void refuseEasy(String key, Secret password, String... about) {
        if (easy(password, about)) {
            throw new SettingsException("The password in " + key + " " + RULE);
        }
    }
}
