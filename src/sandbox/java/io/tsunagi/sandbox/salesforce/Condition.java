package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Rows.Path;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import io.tsunagi.sandbox.salesforce.Tokens.Kind;
import io.tsunagi.sandbox.salesforce.Tokens.Token;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A WHERE clause: reads it and tells which rows it keeps. Text is compared without regard to case. */
final class Condition {
    // Day words such as TODAY mean the organisation's day
    private static final ZoneId ZONE = ZoneId.of("Asia/Tokyo");

    private final SObject sObject;
    private final String alias;
    private final Tokens tokens;
    private final Rows rows;
    private final Clock clock;
    private final BiFunction<Tokens, Field, Set<String>> subquery;

    private Condition(
            SObject sObject,
            String alias,
            Tokens tokens,
            Rows rows,
            Clock clock,
            BiFunction<Tokens, Field, Set<String>> subquery) {
        this.sObject = sObject;
        this.alias = alias;
        this.tokens = tokens;
        this.rows = rows;
        this.clock = clock;
        this.subquery = subquery;
    }

    /** What a WHERE clause keeps, and values of one field that every kept row has one of, if there are such. */
    record Where(Predicate<ObjectNode> test, Optional<Among> narrowing) {}

    record Among(Field field, Set<String> values) {}

    private record Part(Predicate<ObjectNode> test, Among among) {}

    private record Literal(Kind kind, String text) {
        boolean isNull() {
            return kind == Kind.WORD && text.equalsIgnoreCase("null");
        }
    }

    /** A span of time a day word stands for: from the first instant to before the second. */
    private record Span(Instant from, Instant until) {}

    /**
     * Reads the condition that begins at the next token.
     *
     * @param subquery runs the query inside {@code IN (SELECT …)} and gives the ids it finds
     */
    static Where read(
            SObject sObject,
            String alias,
            Tokens tokens,
            Rows rows,
            Clock clock,
            BiFunction<Tokens, Field, Set<String>> subquery) {
        Part part = new Condition(sObject, alias, tokens, rows, clock, subquery).or();
        return new Where(part.test(), Optional.ofNullable(part.among()));
    }

    private Part or() {
        Part left = and();
        while (tokens.take("OR")) {
            Part first = left;
            Part second = unary();
            if (tokens.at("AND")) {
                // Salesforce wants parentheses where AND and OR meet
                throw tokens.unexpected();
            }
            left = new Part(row -> first.test().test(row) || second.test().test(row), null);
        }
        return left;
    }

    private Part and() {
        Part left = unary();
        boolean joined = false;
        while (tokens.take("AND")) {
            Part first = left;
            Part second = unary();
            joined = true;
            left = new Part(
                    row -> first.test().test(row) && second.test().test(row),
                    first.among() != null ? first.among() : second.among());
        }
        if (joined && tokens.at("OR")) {
            throw tokens.unexpected();
        }
        return left;
    }

    private Part unary() {
        if (tokens.take("NOT")) {
            Part part = unary();
            return new Part(row -> !part.test().test(row), null);
        }
        if (tokens.take("(")) {
            Part part = or();
            tokens.expect(")");
            return part;
        }
        return comparison();
    }

    private Part comparison() {
        Path path = rows.path(sObject, alias, tokens.word());
        if (!path.field().filterable()) {
            throw new Refusal(
                    400, "INVALID_FIELD", "field '" + path.field().name() + "' can not be filtered in a query call");
        }
        if (tokens.take("IN")) {
            return in(path);
        }
        if (tokens.take("NOT", "IN")) {
            return new Part(in(path).test().negate(), null);
        }
        if (tokens.take("LIKE")) {
            Literal literal = literal();
            if (literal.kind() != Kind.TEXT || !path.field().isText()) {
                throw invalidOperator(path);
            }
            Pattern like = like(literal.text());
            return new Part(
                    row -> like.matcher(rows.value(row, path).asText("")).matches(), null);
        }
        Token operator = tokens.next();
        if (!Set.of("=", "!=", "<>", "<", ">", "<=", ">=").contains(operator.text())) {
            throw Refusal.malformedQuery("unexpected token: '" + operator.text() + "'");
        }
        return compare(path, operator.text(), literal());
    }

    private Part in(Path path) {
        tokens.expect("(");
        if (tokens.at("SELECT")) {
            Set<String> ids = subquery.apply(tokens, path.field());
            tokens.expect(")");
            return new Part(row -> ids.contains(rows.value(row, path).asText("")), null);
        }
        List<Predicate<ObjectNode>> any = new ArrayList<>();
        Set<String> texts = new HashSet<>();
        Set<String> values = new LinkedHashSet<>();
        do {
            Literal literal = literal();
            if (literal.kind() == Kind.TEXT && path.field().isText()) {
                texts.add(comparable(path, literal.text()));
                values.add(literal.text());
            } else {
                any.add(compare(path, "=", literal).test());
            }
        } while (tokens.take(","));
        tokens.expect(")");
        boolean narrows = any.isEmpty() && path.references().isEmpty();
        return new Part(
                row -> {
                    JsonNode value = rows.value(row, path);
                    return (!value.isMissingNode()
                                    && texts.contains(value.asText().toLowerCase(Locale.ROOT)))
                            || any.stream().anyMatch(test -> test.test(row));
                },
                narrows ? new Among(path.field(), values) : null);
    }

    private static String comparable(Path path, String text) {
        String value = path.field().isReference() || path.field().type().equals("id") ? Ids.to18(text) : text;
        return value.toLowerCase(Locale.ROOT);
    }

    private Part compare(Path path, String operator, Literal literal) {
        Field field = path.field();
        if (literal.isNull()) {
            return switch (operator) {
                case "=" -> new Part(row -> rows.value(row, path).isMissingNode(), null);
                case "!=", "<>" -> new Part(row -> !rows.value(row, path).isMissingNode(), null);
                default -> throw invalidOperator(path);
            };
        }
        Optional<Span> span = literal.kind() == Kind.WORD ? span(literal.text()) : Optional.empty();
        if (span.isPresent()) {
            return new Part(inSpan(path, operator, span.get()), null);
        }
        checkKind(path, literal);
        if (field.isText()) {
            String wanted = comparable(path, literal.text());
            Predicate<ObjectNode> test = row -> {
                JsonNode value = rows.value(row, path);
                if (value.isMissingNode()) {
                    // a null is different from every text, and neither smaller nor larger
                    return operator.equals("!=") || operator.equals("<>");
                }
                return holds(operator, value.asText().toLowerCase(Locale.ROOT).compareTo(wanted));
            };
            boolean narrows = operator.equals("=") && path.references().isEmpty();
            return new Part(test, narrows ? new Among(field, Set.of(literal.text())) : null);
        }
        return new Part(
                row -> {
                    JsonNode value = rows.value(row, path);
                    if (value.isMissingNode()) {
                        return operator.equals("!=") || operator.equals("<>");
                    }
                    return holds(operator, order(field, value, literal.text()));
                },
                null);
    }

    private static int order(Field field, JsonNode value, String literal) {
        return switch (field.type()) {
            case "boolean" -> Boolean.compare(value.asBoolean(), Boolean.parseBoolean(literal));
            case "datetime" -> instant(value.asText()).compareTo(instant(literal));
            case "date" -> LocalDate.parse(value.asText()).compareTo(LocalDate.parse(literal));
            default -> value.decimalValue().compareTo(new BigDecimal(literal));
        };
    }

    private static Instant instant(String text) {
        return Times.readInstant(text).orElseThrow(() -> Refusal.malformedQuery("Not a date and time: " + text));
    }

    private void checkKind(Path path, Literal literal) {
        Kind expected =
                switch (path.field().type()) {
                    case "boolean" -> Kind.WORD;
                    case "date", "datetime" -> Kind.MOMENT;
                    case "double", "int" -> Kind.NUMBER;
                    default -> Kind.TEXT;
                };
        boolean day = literal.text().length() == 10;
        boolean fits = literal.kind() == expected
                && switch (path.field().type()) {
                    case "boolean" -> literal.text().toLowerCase(Locale.ROOT).matches("true|false");
                    case "date" -> day && Times.readDay(literal.text()).isPresent();
                    case "datetime" -> !day && Times.readInstant(literal.text()).isPresent();
                    default -> true;
                };
        if (!fits) {
            throw new Refusal(
                    400,
                    "INVALID_FIELD",
                    "value of filter criterion for field '" + path.field().name() + "' must be of type "
                            + path.field().type()
                            + (literal.kind() == Kind.TEXT
                                    ? " and should not be enclosed in quotes"
                                    : " and should be enclosed in quotes"));
        }
    }

    private Predicate<ObjectNode> inSpan(Path path, String operator, Span span) {
        return row -> {
            JsonNode value = rows.value(row, path);
            if (value.isMissingNode()) {
                return false;
            }
            Instant at = path.field().type().equals("date")
                    ? LocalDate.parse(value.asText()).atStartOfDay(ZONE).toInstant()
                    : instant(value.asText());
            boolean before = at.isBefore(span.from());
            boolean after = !at.isBefore(span.until());
            return switch (operator) {
                case "=" -> !before && !after;
                case "!=", "<>" -> before || after;
                case "<" -> before;
                case "<=" -> !after;
                case ">" -> after;
                default -> !before;
            };
        };
    }

    private Optional<Span> span(String word) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZONE);
        YearMonth month = YearMonth.from(today);
        String name = word.toUpperCase(Locale.ROOT);
        long n = 0;
        int colon = name.indexOf(':');
        if (colon > 0) {
            n = Long.parseLong(name.substring(colon + 1));
            name = name.substring(0, colon);
        }
        return switch (name) {
            case "TODAY" -> days(today, today.plusDays(1));
            case "YESTERDAY" -> days(today.minusDays(1), today);
            case "TOMORROW" -> days(today.plusDays(1), today.plusDays(2));
            case "THIS_MONTH" -> days(month.atDay(1), month.plusMonths(1).atDay(1));
            case "LAST_MONTH" -> days(month.minusMonths(1).atDay(1), month.atDay(1));
            case "THIS_YEAR" ->
                days(today.withDayOfYear(1), today.withDayOfYear(1).plusYears(1));
            case "LAST_N_DAYS" -> days(today.minusDays(n), today.plusDays(1));
            case "NEXT_N_DAYS" -> days(today.plusDays(1), today.plusDays(n + 1));
            default -> Optional.empty();
        };
    }

    private static Optional<Span> days(LocalDate from, LocalDate until) {
        return Optional.of(new Span(
                from.atStartOfDay(ZONE).toInstant(), until.atStartOfDay(ZONE).toInstant()));
    }

    private Literal literal() {
        Token token = tokens.next();
        if (token.kind() == Kind.SYMBOL || token.kind() == Kind.END) {
            throw Refusal.malformedQuery("unexpected token: '" + token.text() + "'");
        }
        if (token.kind() == Kind.WORD
                && !Set.of("null", "true", "false").contains(token.text().toLowerCase(Locale.ROOT))
                && span(token.text()).isEmpty()) {
            throw Refusal.malformedQuery("unexpected token: '" + token.text() + "'");
        }
        return new Literal(token.kind(), token.text());
    }

    private static boolean holds(String operator, int order) {
        return switch (operator) {
            case "=" -> order == 0;
            case "!=", "<>" -> order != 0;
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    private static Pattern like(String wanted) {
        String expression = wanted.codePoints()
                .mapToObj(Character::toString)
                .collect(Collectors.collectingAndThen(Collectors.toList(), Condition::likeExpression));
        return Pattern.compile(expression, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
    }

    private static String likeExpression(List<String> characters) {
        StringBuilder expression = new StringBuilder();
        for (int i = 0; i < characters.size(); i++) {
            String character = characters.get(i);
            if (character.equals("\\") && i + 1 < characters.size()) {
                expression.append(Pattern.quote(characters.get(++i)));
            } else if (character.equals("%")) {
                expression.append(".*");
            } else if (character.equals("_")) {
                expression.append('.');
            } else {
                expression.append(Pattern.quote(character));
            }
        }
        return expression.toString();
    }

    private static Refusal invalidOperator(Path path) {
        return new Refusal(
                400,
                "INVALID_QUERY_FILTER_OPERATOR",
                "invalid operator on " + path.field().name());
    }
}
