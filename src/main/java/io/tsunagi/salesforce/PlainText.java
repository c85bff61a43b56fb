package io.tsunagi.salesforce;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Takes the mark-up out of a rich text field: what is left is what a chat can show. */
final class PlainText {
    private static final Pattern MARKED_UP = Pattern.compile("</?[a-zA-Z][^<>]*>|&(?:[a-z]{2,6}|#\\d{1,7});");
    private static final Pattern HIDDEN = Pattern.compile("(?is)<(script|style)\\b.*?</\\1\\s*>|<!--.*?-->");
    private static final Pattern ITEM = Pattern.compile("(?i)<li\\b[^<>]*>");
    private static final Pattern BREAK = Pattern.compile("(?i)<br\\s*/?>|</(p|div|li|h[1-6]|tr|ul|ol|table)\\s*>");
    private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]*>");
    private static final Pattern ENTITY = Pattern.compile("&(#\\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-z]{2,6});");
    private static final Map<String, String> NAMED =
            Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", " ", "yen", "¥", "copy", "©");

    private PlainText() {}

    static String of(String text) {
        if (text == null || !MARKED_UP.matcher(text).find()) {
            return text;
        }
        String plain = HIDDEN.matcher(text).replaceAll("");
        plain = TAG.matcher(plain).find() ? plain.replaceAll("\\s*\\R\\s*", " ") : plain;
        plain = ITEM.matcher(plain).replaceAll("・");
        plain = BREAK.matcher(plain).replaceAll("\n");
        plain = TAG.matcher(plain).replaceAll("");
        plain = ENTITY.matcher(plain).replaceAll(PlainText::character);
        return plain.replaceAll("[ \\t\\u00a0]*\\n[ \\t\\u00a0]*", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .strip();
    }

    private static String character(MatchResult entity) {
        String name = entity.group(1);
        String found = NAMED.get(name);
        if (name.startsWith("#")) {
            int code = name.startsWith("#x")
                    ? Integer.parseInt(name.substring(2), 16)
                    : Integer.parseInt(name.substring(1));
            found = Character.isValidCodePoint(code) ? Character.toString(code) : "";
        }
        return java.util.regex.Matcher.quoteReplacement(found == null ? entity.group() : found);
    }
}
