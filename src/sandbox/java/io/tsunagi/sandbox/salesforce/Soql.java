package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Rows.Path;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import io.tsunagi.sandbox.salesforce.Tokens.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Answers SOQL: fields with parents ({@code Contact.Name}), FIELDS(…), aggregates with GROUP BY,
 * WHERE, ORDER BY, LIMIT, OFFSET, IN (SELECT …). Queries of children inside SELECT are refused.
 */
final class Soql {
    private static final Set<String> AGGREGATES = Set.of("count", "count_distinct", "min", "max", "sum", "avg");

    private final Schema schema;
    private final Records records;
    private final Rows rows;
    private final Clock clock;

    Soql(Schema schema, Records records, Rows rows, Clock clock) {
        this.schema = schema;
        this.records = records;
        this.rows = rows;
        this.clock = clock;
    }

    /** All rows of the answer; {@code totalSize} differs from their number only for COUNT(). */
    record Answer(int totalSize, List<ObjectNode> rows, ArrayNode columns) {}

    private record Column(String written, String function, String argument, String alias) {}

    /**
     * Runs a query.
     *
     * @param withDeleted whether deleted rows take part, as in queryAll
     */
    Answer run(String source, boolean withDeleted) {
        Tokens tokens = new Tokens(source);
        Answer answer = select(tokens, withDeleted);
        if (!tokens.atEnd()) {
            throw tokens.unexpected();
        }
        return answer;
    }

    private Answer select(Tokens tokens, boolean withDeleted) {
        tokens.expect("SELECT");
        List<Column> columns = new ArrayList<>();
        do {
            columns.add(column(tokens));
        } while (tokens.take(","));
        tokens.expect("FROM");
        String name = tokens.word();
        SObject sObject = schema.find(name).orElseThrow(() -> unsupported(name));
        String alias = alias(tokens);
        Predicate<ObjectNode> keep = row -> true;
        Optional<Condition.Among> narrowing = Optional.empty();
        if (tokens.take("WHERE")) {
            Condition.Where where =
                    Condition.read(sObject, alias, tokens, rows, clock, (inner, field) -> subquery(inner, withDeleted));
            keep = where.test();
            narrowing = where.narrowing();
        }
        if (tokens.take("WITH")) {
            if (tokens.take("DATA", "CATEGORY")) {
                keep = keep.and(DataCategories.read(tokens));
            } else {
                tokens.word();
            }
        }
        List<Path> groups = groups(tokens, sObject, alias);
        boolean aggregated = !groups.isEmpty()
                || columns.stream()
                        .anyMatch(column -> column.function() != null && AGGREGATES.contains(column.function()));
        List<Order> orders = orders(tokens, sObject, alias, columns, aggregated);
        int limit = tokens.take("LIMIT") ? tokens.number() : Integer.MAX_VALUE;
        int offset = tokens.take("OFFSET") ? tokens.number() : 0;
        if (offset > 2000) {
            throw new Refusal(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000");
        }
        while (tokens.take("FOR") || tokens.take("UPDATE")) {
            tokens.word();
        }
        Stream<ObjectNode> found = candidates(sObject, narrowing, withDeleted).filter(keep);
        if (columns.size() == 1 && columns.get(0).written().equalsIgnoreCase("COUNT()")) {
            int count = (int) Math.min(limit, found.count());
            return new Answer(count, List.of(), metadata(columns, sObject, alias));
        }
        List<ObjectNode> answer;
        if (aggregated) {
            answer = cut(
                    aggregate(sObject, alias, columns, groups, found).stream().sorted(comparator(orders, false)),
                    offset,
                    limit);
        } else {
            List<Path> paths = columns.stream()
                    .flatMap(column -> paths(column, sObject, alias))
                    .toList();
            Stream<ObjectNode> sorted = orders.isEmpty() ? found : found.sorted(comparator(orders, true));
            answer = cut(sorted, offset, limit).stream()
                    .map(row -> rows.show(sObject, row, paths))
                    .toList();
        }
        return new Answer(answer.size(), answer, metadata(columns, sObject, alias));
    }

    private static List<ObjectNode> cut(Stream<ObjectNode> rows, int offset, int limit) {
        return rows.skip(offset).limit(limit).toList();
    }

    private Stream<ObjectNode> candidates(SObject sObject, Optional<Condition.Among> narrowing, boolean withDeleted) {
        Stream<ObjectNode> alive =
                narrowing.map(among -> narrowed(sObject, among)).orElseGet(() -> records.all(sObject).stream());
        return withDeleted ? Stream.concat(alive, records.allDeleted(sObject).stream()) : alive;
    }

    private Stream<ObjectNode> narrowed(SObject sObject, Condition.Among among) {
        if (among.field().name().equals("Id")) {
            return among.values().stream()
                    .flatMap(id -> records.find(sObject, id).stream())
                    .distinct();
        }
        return records.isIndexed(among.field())
                ? among.values().stream()
                        .flatMap(value -> records.findBy(sObject, among.field(), value).stream())
                        .distinct()
                : records.all(sObject).stream();
    }

    private static Column column(Tokens tokens) {
        if (tokens.at("(")) {
            throw Refusal.malformedQuery("Queries of child records are not supported by this organisation");
        }
        String name = tokens.word();
        if (!tokens.take("(")) {
            return new Column(name, null, name, null);
        }
        String argument = tokens.at(")") ? "" : tokens.word();
        tokens.expect(")");
        String alias = tokens.peek().kind() == Kind.WORD && !tokens.at("FROM") ? tokens.word() : null;
        return new Column(name + "(" + argument + ")", name.toLowerCase(Locale.ROOT), argument, alias);
    }

    private static String alias(Tokens tokens) {
        Set<String> clauses = Set.of("WHERE", "WITH", "GROUP", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE");
        if (tokens.peek().kind() == Kind.WORD
                && !clauses.contains(tokens.peek().text().toUpperCase(Locale.ROOT))) {
            tokens.take("AS");
            return tokens.word();
        }
        return "";
    }

    private Set<String> subquery(Tokens tokens, boolean withDeleted) {
        return select(tokens, withDeleted).rows().stream()
                .flatMap(row -> row.properties().stream())
                .filter(entry -> !entry.getKey().equals("attributes"))
                .map(entry -> entry.getValue().asText())
                .collect(Collectors.toSet());
    }

    private List<Path> groups(Tokens tokens, SObject sObject, String alias) {
        List<Path> groups = new ArrayList<>();
        if (tokens.take("GROUP", "BY")) {
            do {
                groups.add(rows.path(sObject, alias, tokens.word()));
            } while (tokens.take(","));
        }
        return groups;
    }

    private record Order(Path path, String key, boolean descending, boolean nullsLast) {}

    private List<Order> orders(Tokens tokens, SObject sObject, String alias, List<Column> columns, boolean aggregated) {
        List<Order> orders = new ArrayList<>();
        if (!tokens.take("ORDER", "BY")) {
            return orders;
        }
        do {
            Column by = column(tokens);
            boolean descending = tokens.take("DESC");
            if (!descending) {
                tokens.take("ASC");
            }
            boolean nullsLast = tokens.take("NULLS", "LAST");
            if (!nullsLast) {
                tokens.take("NULLS", "FIRST");
            }
            if (aggregated) {
                orders.add(new Order(null, key(by, columns), descending, nullsLast));
            } else {
                Path path = rows.path(sObject, alias, by.argument());
                if (!path.field().filterable()) {
                    throw Refusal.malformedQuery(
                            "field '" + path.field().name() + "' can not be sorted in a query call");
                }
                orders.add(new Order(path, null, descending, nullsLast));
            }
        } while (tokens.take(","));
        return orders;
    }

    private static String key(Column by, List<Column> columns) {
        int unnamed = 0;
        for (Column column : columns) {
            String key = column.function() == null
                    ? last(column.argument())
                    : column.alias() != null ? column.alias() : "expr" + unnamed++;
            if (column.written().equalsIgnoreCase(by.written()) || key.equalsIgnoreCase(by.written())) {
                return key;
            }
        }
        throw Refusal.malformedQuery("Ordered field must be grouped or aggregated: " + by.written());
    }

    private Comparator<ObjectNode> comparator(List<Order> orders, boolean byPath) {
        Comparator<ObjectNode> comparator = (a, b) -> 0;
        for (Order order : orders) {
            comparator = comparator.thenComparing((a, b) -> {
                JsonNode x = byPath ? rows.value(a, order.path()) : a.path(order.key());
                JsonNode y = byPath ? rows.value(b, order.path()) : b.path(order.key());
                boolean noX = x.isMissingNode() || x.isNull();
                boolean noY = y.isMissingNode() || y.isNull();
                if (noX || noY) {
                    return noX == noY ? 0 : noX == order.nullsLast() ? 1 : -1;
                }
                int difference = compare(x, y);
                return order.descending() ? -difference : difference;
            });
        }
        return comparator;
    }

    private static int compare(JsonNode x, JsonNode y) {
        if (x.isNumber() && y.isNumber()) {
            return x.decimalValue().compareTo(y.decimalValue());
        }
        if (x.isBoolean() && y.isBoolean()) {
            return Boolean.compare(x.asBoolean(), y.asBoolean());
        }
        return x.asText().toLowerCase(Locale.ROOT).compareTo(y.asText().toLowerCase(Locale.ROOT));
    }

    private Stream<Path> paths(Column column, SObject sObject, String alias) {
        if (column.function() == null) {
            return Stream.of(rows.path(sObject, alias, column.argument()));
        }
        if (column.function().equals("fields")) {
            boolean all = column.argument().equalsIgnoreCase("ALL");
            boolean custom = all || column.argument().equalsIgnoreCase("CUSTOM");
            boolean standard = all || column.argument().equalsIgnoreCase("STANDARD");
            return sObject.fields().stream()
                    .filter(field -> field.isCustom() ? custom : standard)
                    .map(field -> rows.path(sObject, alias, field.name()));
        }
        if (column.function().equals("tolabel") || column.function().equals("format")) {
            return Stream.of(rows.path(sObject, alias, column.argument()));
        }
        throw Refusal.malformedQuery("unknown function: " + column.function());
    }

    private List<ObjectNode> aggregate(
            SObject sObject, String alias, List<Column> columns, List<Path> groups, Stream<ObjectNode> found) {
        for (Column column : columns) {
            if (column.function() == null
                    && groups.stream().noneMatch(group -> group.written()
                            .equalsIgnoreCase(
                                    rows.path(sObject, alias, column.argument()).written()))) {
                throw Refusal.malformedQuery("Field must be grouped or aggregated: " + column.argument());
            }
        }
        Map<List<JsonNode>, List<ObjectNode>> buckets = found.collect(Collectors.groupingBy(
                row -> groups.stream().map(group -> rows.value(row, group)).toList(),
                LinkedHashMap::new,
                Collectors.toList()));
        if (groups.isEmpty() && buckets.isEmpty()) {
            buckets.put(List.of(), List.of());
        }
        List<ObjectNode> answer = new ArrayList<>();
        buckets.values().forEach(bucket -> {
            ObjectNode shown = JsonNodeFactory.instance.objectNode();
            shown.putObject("attributes").put("type", "AggregateResult");
            int unnamed = 0;
            for (Column column : columns) {
                if (column.function() == null) {
                    JsonNode value = rows.value(bucket.get(0), rows.path(sObject, alias, column.argument()));
                    shown.set(
                            last(column.argument()),
                            value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value);
                } else {
                    shown.set(
                            column.alias() != null ? column.alias() : "expr" + unnamed++,
                            aggregated(sObject, alias, column, bucket));
                }
            }
            answer.add(shown);
        });
        return answer;
    }

    private JsonNode aggregated(SObject sObject, String alias, Column column, List<ObjectNode> bucket) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        if (column.argument().isEmpty()) {
            return json.numberNode(bucket.size());
        }
        Path path = rows.path(sObject, alias, column.argument());
        List<JsonNode> values = bucket.stream()
                .map(row -> rows.value(row, path))
                .filter(value -> !value.isMissingNode())
                .toList();
        return switch (column.function()) {
            case "count" -> json.numberNode(values.size());
            case "count_distinct" -> json.numberNode(values.stream().distinct().count());
            case "min" -> values.stream().min(Soql::compare).orElseGet(json::nullNode);
            case "max" -> values.stream().max(Soql::compare).orElseGet(json::nullNode);
            case "sum", "avg" -> {
                if (values.isEmpty()) {
                    yield json.nullNode();
                }
                BigDecimal sum = values.stream().map(JsonNode::decimalValue).reduce(BigDecimal.ZERO, BigDecimal::add);
                yield json.numberNode(
                        column.function().equals("sum")
                                ? sum.doubleValue()
                                : sum.divide(BigDecimal.valueOf(values.size()), 6, RoundingMode.HALF_UP)
                                        .doubleValue());
            }
            default -> throw Refusal.malformedQuery("unknown function: " + column.function());
        };
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** What {@code &columns=true} asks for. */
    private ArrayNode metadata(List<Column> columns, SObject sObject, String alias) {
        ArrayNode metadata = JsonNodeFactory.instance.arrayNode();
        for (Column column : columns) {
            boolean aggregate = column.function() != null && AGGREGATES.contains(column.function());
            List<Path> paths =
                    aggregate ? List.of() : paths(column, sObject, alias).toList();
            if (aggregate) {
                String name = column.alias() != null ? column.alias() : column.written();
                metadata.add(described(name, "double", true));
            }
            for (Path path : paths) {
                metadata.add(described(path.written(), path.field().type(), false));
            }
        }
        return metadata;
    }

    private static ObjectNode described(String name, String type, boolean aggregate) {
        ObjectNode column = JsonNodeFactory.instance
                .objectNode()
                .put("aggregate", aggregate)
                .put("apexType", type)
                .put("booleanType", type.equals("boolean"))
                .put("columnName", name)
                .put("custom", name.endsWith("__c"))
                .put("displayName", name)
                .putNull("foreignKeyName")
                .put("insertable", !aggregate)
                .put("numberType", type.equals("double") || type.equals("int"))
                .put("textType", !type.equals("boolean") && !type.equals("double"))
                .put("updatable", !aggregate);
        column.putArray("joinColumns");
        return column;
    }

    private static Refusal unsupported(String name) {
        return new Refusal(
                400,
                "INVALID_TYPE",
                "sObject type '" + name + "' is not supported. If you are attempting to use a custom object, be sure to"
                        + " append the '__c' after the entity name.");
    }
}
