package io.tsunagi.inquiry;

import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Words the company has ready for its operators. {@code {{customer}}} and the like are filled in when it is put into a
 * draft; what nobody can fill stays, and keeps the draft from being sent.
 *
 * @param id derived from shortcut, language and team, which together name it
 * @param shortcut what is typed behind a slash, such as {@code kakunin}
 * @param team whose it is; null when it is everybody's
 * @param reading further words it is found by, such as its title in kana
 * @param uses how often it went into a draft
 */
public record CannedAnswer(
        UUID id, String shortcut, String language, String team, String title, String reading, String body, long uses) {
    private static final Pattern SHORTCUT = Pattern.compile("[\\p{L}\\p{N}_-]{1,40}");
    private static final Pattern PLACE = Pattern.compile("\\{\\{[^{}\\n]*}}");

    /**
     * @throws IllegalArgumentException in a sentence for people when a part is missing or too long
     */
    public CannedAnswer {
        refuseUnless(SHORTCUT.matcher(shortcut).matches(), "A shortcut has 1 to 40 letters, digits, - or _");
        refuseUnless(language.matches("[a-z]{2,3}(-[A-Za-z0-9]+)*"), "A language is a code such as ja");
        refuseUnless(team == null || !team.isBlank() && team.length() <= 64, "A team has 1 to 64 characters");
        refuseUnless(!title.isBlank() && title.length() <= 120, "A title has 1 to 120 characters");
        refuseUnless(reading.length() <= 200, "A reading has at most 200 characters");
        refuseUnless(!body.isBlank() && body.length() <= Desk.LONGEST_TEXT, "The text has 1 to 5000 characters");
        shortcut = shortcut.toLowerCase(Locale.ROOT);
    }

    private static void refuseUnless(boolean right, String message) {
        if (!right) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Whether a text has a place that was not filled in. */
    static boolean hasOpenPlace(String text) {
        return PLACE.matcher(text).find();
    }
}
