package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Rows.Path;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.text.Normalizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers SOSL: {@code FIND {words} IN ALL FIELDS RETURNING Knowledge__kav(Id,Title WHERE … ORDER BY … LIMIT n)}.
 *
 * <p>Words are joined by AND as in Salesforce; AND, OR, AND NOT, "phrases", {@code *} and {@code ?}
 * work. Japanese text has no spaces: it is cut where the script changes and long kanji runs every two
 * characters, an approximation of Salesforce's tokenizer. Full- and half-width forms are equal.
 */
final class Sosl {
    private static final Pattern FIND =
            Pattern.compile("\\s*FIND\\s*\\{((?:[^}\\\\]|\\\\.)*)\\}(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern WORD =
            Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|((?:\\\\.|[^\\s\"\\\\()])+)|([()])");
    private static final Pattern RUN = Pattern.compile("[\\p{IsHan}々〆]+|[\\p{IsKatakana}ー]+|\\p{IsHiragana}+"
            + "|[\\p{L}\\p{N}*?_@.'\\-&&[^\\p{IsHan}\\p{IsKatakana}\\p{IsHiragana}ー々〆]]+");
    private static final int MAX_ROWS = 2000;

    private final Map<String, Pattern> matchers = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pattern> eldest) {
            return size() > 500;
        }
    };

    private static final Pattern CATEGORIES = Pattern.compile(
            "\\bWITH\\s+DATA\\s+CATEGORY\\s+(.+?)(?:\\s+(?:LIMIT|UPDATE|WITH)\\b.*)?$",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final Schema schema;
    private final Records records;
    private final Rows rows;
    private final Clock clock;

    Sosl(Schema schema, Records records, Rows rows, Clock clock) {
        this.schema = schema;
        this.records = records;
        this.rows = rows;
        this.clock = clock;
    }

    /** One alternative of the search: all of {@code all}, none of {@code none}. */
    private record Alternative(List<String> all, List<String> none) {}

    private record Hit(ObjectNode row, double score) {}

    /** Finds rows, the best first within each object. */
    List<ObjectNode> run(String source) {
        Matcher matcher = FIND.matcher(source);
        if (!matcher.matches()) {
            throw malformed("unexpected token: FIND {words} is expected");
        }
        Tokens tokens = new Tokens(matcher.group(2));
        Set<String> types = Set.of("string", "textarea", "email", "phone", "picklist", "url");
        if (tokens.take("IN")) {
            types = switch (tokens.word().toUpperCase(Locale.ROOT)) {
                case "NAME" -> Set.of();
                case "EMAIL" -> Set.of("email");
                case "PHONE" -> Set.of("phone");
                default -> types;
            };
            tokens.expect("FIELDS");
        }
        List<Alternative> wanted = wanted(matcher.group(1));
        List<ObjectNode> answer = new ArrayList<>();
        Matcher categories = CATEGORIES.matcher(matcher.group(2));
        Predicate<ObjectNode> inCategories =
                categories.find() ? DataCategories.read(new Tokens(categories.group(1))) : row -> true;
        if (tokens.take("RETURNING")) {
            do {
                answer.addAll(returning(tokens, types, wanted, inCategories));
            } while (tokens.take(","));
        } else {
            for (SObject sObject : schema.objects()) {
                hits(sObject, types, wanted, row -> true)
                        .forEach(hit ->
                                answer.add(rows.show(sObject, hit.row(), List.of(rows.path(sObject, "", "Id")))));
            }
        }
        while (tokens.take("WITH")) {
            while (!tokens.atEnd() && !tokens.at("LIMIT") && !tokens.at("WITH") && !tokens.at("UPDATE")) {
                tokens.next();
            }
        }
        int limit = tokens.take("LIMIT") ? tokens.number() : MAX_ROWS;
        while (tokens.take("UPDATE")) {
            tokens.word();
        }
        if (!tokens.atEnd()) {
            throw malformed("unexpected token: '" + tokens.peek().text() + "'");
        }
        return answer.subList(0, Math.min(answer.size(), Math.min(limit, MAX_ROWS)));
    }

    private List<ObjectNode> returning(
            Tokens tokens, Set<String> types, List<Alternative> wanted, Predicate<ObjectNode> inCategories) {
        String name = tokens.word();
        SObject sObject = schema.find(name)
                .orElseThrow(() -> new Refusal(400, "INVALID_TYPE", "sObject type '" + name + "' is not supported."));
        List<Path> paths = new ArrayList<>();
        Predicate<ObjectNode> keep = row -> true;
        Path orderBy = null;
        boolean descending = false;
        int limit = MAX_ROWS;
        int offset = 0;
        if (tokens.take("(")) {
            do {
                paths.add(rows.path(sObject, "", tokens.word()));
            } while (tokens.take(","));
            if (tokens.take("WHERE")) {
                keep = Condition.read(sObject, "", tokens, rows, clock, (inner, field) -> {
                            throw malformed("IN (SELECT …) cannot stand in a search");
                        })
                        .test();
            }
            if (tokens.take("ORDER", "BY")) {
                orderBy = rows.path(sObject, "", tokens.word());
                descending = tokens.take("DESC");
                if (!descending) {
                    tokens.take("ASC");
                }
            }
            limit = tokens.take("LIMIT") ? tokens.number() : limit;
            offset = tokens.take("OFFSET") ? tokens.number() : 0;
            tokens.expect(")");
        } else {
            paths.add(rows.path(sObject, "", "Id"));
        }
        List<Hit> hits = hits(sObject, types, wanted, keep.and(inCategories));
        if (orderBy != null) {
            Path by = orderBy;
            Comparator<Hit> order = Comparator.comparing(
                    hit -> rows.value(hit.row(), by).asText("").toLowerCase(Locale.ROOT));
            hits = hits.stream().sorted(descending ? order.reversed() : order).toList();
        }
        return hits.stream()
                .skip(offset)
                .limit(limit)
                .map(hit -> rows.show(sObject, hit.row(), paths))
                .toList();
    }

    private List<Hit> hits(SObject sObject, Set<String> types, List<Alternative> wanted, Predicate<ObjectNode> keep) {
        List<Field> fields = sObject.fields().stream()
                .filter(field -> field.nameField() || isTitle(field) || types.contains(field.type()))
                .toList();
        return records.all(sObject).stream()
                .filter(keep)
                .map(row -> new Hit(row, score(row, fields, wanted)))
                .filter(hit -> hit.score() > 0)
                .sorted(Comparator.comparingDouble(Hit::score)
                        .reversed()
                        .thenComparing(hit -> hit.row().path("LastModifiedDate").asText(), Comparator.reverseOrder()))
                .limit(MAX_ROWS)
                .toList();
    }

    private static boolean isTitle(Field field) {
        return field.name().equals("Title") || field.name().equals("Subject");
    }

    private double score(ObjectNode row, List<Field> fields, List<Alternative> wanted) {
        double best = 0;
        for (Alternative alternative : wanted) {
            double sum = 0;
            boolean all = !alternative.all().isEmpty();
            for (String term : alternative.all()) {
                double found = 0;
                for (Field field : fields) {
                    JsonNode value = row.path(field.name());
                    if (value.isTextual()) {
                        String text = normal(value.asText());
                        int times = occurrences(text, term);
                        if (times > 0) {
                            double weight = isTitle(field) || field.nameField() ? 10 : 1;
                            // a word that fills a title says more than one in a long text
                            found += weight * (Math.min(times, 4) + 20.0 / (20 + text.length()));
                        }
                    }
                }
                all &= found > 0;
                sum += found;
            }
            boolean none = alternative.none().stream().noneMatch(term -> fields.stream()
                    .anyMatch(field -> occurrences(normal(row.path(field.name()).asText("")), term) > 0));
            if (all && none) {
                best = Math.max(best, sum);
            }
        }
        return best;
    }

    private int occurrences(String text, String term) {
        boolean asian = term.codePoints().anyMatch(c -> c >= 0x2E80);
        Matcher matcher =
                matchers.computeIfAbsent(term, key -> pattern(key, asian)).matcher(text);
        int times = 0;
        while (times < 8 && matcher.find()) {
            times++;
        }
        return times;
    }

    private static Pattern pattern(String term, boolean asian) {
        StringBuilder expression = new StringBuilder();
        term.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> expression.append("[\\p{L}\\p{N}]*");
                case '?' -> expression.append("[\\p{L}\\p{N}]");
                default -> expression.append(Pattern.quote(Character.toString(c)));
            }
        });
        return asian
                ? Pattern.compile(expression.toString())
                : Pattern.compile(
                        "(?<![\\p{IsLatin}\\p{N}])" + expression + "(?:s|es|d|ed|ing)?(?![\\p{IsLatin}\\p{N}])");
    }

    private static List<Alternative> wanted(String find) {
        if (find.length() > 10_000) {
            return List.of();
        }
        List<Alternative> alternatives = new ArrayList<>();
        List<String> all = new ArrayList<>();
        List<String> none = new ArrayList<>();
        boolean negated = false;
        boolean anything = false;
        Matcher words = WORD.matcher(find);
        while (words.find()) {
            if (words.group(3) != null) {
                continue;
            }
            anything = true;
            if (words.group(1) != null) {
                (negated ? none : all).add(normal(unescaped(words.group(1), false)));
                negated = false;
                continue;
            }
            String word = words.group(2);
            switch (word.toUpperCase(Locale.ROOT)) {
                case "OR" -> {
                    alternatives.add(new Alternative(List.copyOf(all), List.copyOf(none)));
                    all.clear();
                    none.clear();
                }
                case "AND" -> {
                    // words stand side by side with the same meaning
                }
                case "NOT" -> negated = true;
                default -> {
                    (negated ? none : all).addAll(cut(unescaped(word, true)));
                    negated = false;
                }
            }
        }
        alternatives.add(new Alternative(List.copyOf(all), List.copyOf(none)));
        boolean tooShort = alternatives.stream().allMatch(alternative -> alternative.all().stream()
                .allMatch(term -> term.length() < 2 && term.charAt(0) < 0x2E80));
        if (!anything || tooShort) {
            throw malformed("search term must be longer than one character: " + find);
        }
        return alternatives;
    }

    /** Takes the escapes away; an escaped wildcard no longer is one. */
    private static String unescaped(String text, boolean wildcards) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char escaped = text.charAt(++i);
                plain.append(escaped == '*' || escaped == '?' ? ' ' : escaped);
            } else {
                plain.append(!wildcards && (c == '*' || c == '?') ? ' ' : c);
            }
        }
        return plain.toString();
    }

    private static List<String> cut(String word) {
        List<String> terms = new ArrayList<>();
        List<String> weak = new ArrayList<>();
        Matcher runs = RUN.matcher(normal(word));
        while (runs.find()) {
            String run = runs.group();
            Character.UnicodeScript script = Character.UnicodeScript.of(run.codePointAt(0));
            // hiragana and single kanji are mostly particles and stems of verbs, which a tokenizer drops or inflects
            if (script == Character.UnicodeScript.HIRAGANA
                    || (script == Character.UnicodeScript.HAN && run.length() == 1)) {
                weak.add(run);
            } else if (script == Character.UnicodeScript.HAN) {
                int at = 0;
                for (; run.length() - at > 3; at += 2) {
                    terms.add(run.substring(at, at + 2));
                }
                terms.add(run.substring(at));
            } else {
                terms.add(run);
            }
        }
        return terms.isEmpty() ? weak : terms;
    }

    private static String normal(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    private static Refusal malformed(String message) {
        return new Refusal(400, "MALFORMED_SEARCH", message);
    }
}
