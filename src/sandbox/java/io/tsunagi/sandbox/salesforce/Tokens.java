package io.tsunagi.sandbox.salesforce;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts SOQL, and the part of SOSL behind the braces, into words, and hands them out one after another. */
final class Tokens {
    private static final Pattern TOKEN = Pattern.compile(
            "\\s+|(?<text>'(?:[^'\\\\]|\\\\.)*')"
                    + "|(?<moment>\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:?\\d{2}))?)"
                    + "|(?<number>[+-]?\\d+(?:\\.\\d+)?)"
                    + "|(?<word>[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*(?::\\d+)?)"
                    + "|(?<symbol>!=|<>|<=|>=|[=<>(),])",
            Pattern.DOTALL);

    enum Kind {
        WORD,
        TEXT,
        NUMBER,
        MOMENT,
        SYMBOL,
        END
    }

    record Token(Kind kind, String text) {}

    private final List<Token> tokens = new ArrayList<>();
    private int position;

    Tokens(String source) {
        Matcher matcher = TOKEN.matcher(source);
        int at = 0;
        while (at < source.length()) {
            if (!matcher.find(at) || matcher.start() != at) {
                throw Refusal.malformedQuery("unexpected token: '" + source.charAt(at) + "' at position " + at);
            }
            for (Kind kind : new Kind[] {Kind.TEXT, Kind.MOMENT, Kind.NUMBER, Kind.WORD, Kind.SYMBOL}) {
                String text = matcher.group(kind.name().toLowerCase(Locale.ROOT));
                if (text != null) {
                    tokens.add(new Token(kind, kind == Kind.TEXT ? unescaped(text) : text));
                }
            }
            at = matcher.end();
        }
        tokens.add(new Token(Kind.END, "<EOF>"));
    }

    /** The characters between the quotes, with SOQL's escapes resolved; {@code \_} and {@code \%} stay for LIKE. */
    private static String unescaped(String quoted) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escape = quoted.charAt(++i);
            switch (escape) {
                case 'n', 'N' -> text.append('\n');
                case 'r', 'R' -> text.append('\r');
                case 't', 'T' -> text.append('\t');
                case 'b', 'B' -> text.append('\b');
                case 'f', 'F' -> text.append('\f');
                case '"', '\'', '\\' -> text.append(escape);
                case '_', '%' -> text.append('\\').append(escape);
                case 'u' -> {
                    if (i + 5 > quoted.length() - 1
                            || !quoted.substring(i + 1, i + 5).matches("[0-9A-Fa-f]{4}")) {
                        throw Refusal.malformedQuery("Invalid string literal " + quoted);
                    }
                    text.append((char) Integer.parseInt(quoted.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default ->
                    throw Refusal.malformedQuery("Invalid string literal " + quoted + ". Illegal character sequence '\\"
                            + escape + "' in string literal");
            }
        }
        return text.toString();
    }

    Token peek() {
        return tokens.get(position);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(position + ahead, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(position);
        if (token.kind() != Kind.END) {
            position++;
        }
        return token;
    }

    boolean at(String word) {
        Kind kind = peek().kind();
        return (kind == Kind.WORD || kind == Kind.SYMBOL) && peek().text().equalsIgnoreCase(word);
    }

    boolean take(String word) {
        if (at(word)) {
            position++;
            return true;
        }
        return false;
    }

    boolean take(String first, String second) {
        if (at(first) && peek(1).text().equalsIgnoreCase(second)) {
            position += 2;
            return true;
        }
        return false;
    }

    void expect(String word) {
        if (!take(word)) {
            throw unexpected();
        }
    }

    String word() {
        if (peek().kind() != Kind.WORD) {
            throw unexpected();
        }
        return next().text();
    }

    int number() {
        if (peek().kind() != Kind.NUMBER || !peek().text().matches("\\d{1,9}")) {
            throw unexpected();
        }
        return Integer.parseInt(next().text());
    }

    boolean atEnd() {
        return peek().kind() == Kind.END;
    }

    Refusal unexpected() {
        return Refusal.malformedQuery("unexpected token: '" + peek().text() + "'");
    }
}
