package io.tsunagi.salesforce;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;

/**
 * Makes Salesforce requests from the variables of a route. Bean {@code sfRecord} of the routes.
 *
 * <p>A variable {@code Case.Subject} is the field {@code Subject} of the part {@code Case}; {@code
 * LineMessage__c.Case__r.LineInquiryKey__c} names the related record by its external id. A variable without a value is
 * not sent, so the field keeps what Salesforce holds; an empty text empties it.
 *
 * <p>A route maps each row of work to a {@link Piece}; records of one part of all pieces go as one collection (Salesforce,
 * "SObject Collections": at most 200), several collections and queries as one composite request (at most 5). Stateless:
 * what is collected stays with the exchange, until a part is added after a request was made of it.
 */
public final class SalesforceRecords {
    private static final String PARTS = "sfParts";

    /** Set when a request was made of the parts. */
    private static final String ASKED = "sfAsked";

    private static final String DATA = "/services/data/v" + SalesforceSettings.API_VERSION;

    /**
     * One part of a composite request.
     *
     * @param mayExist a record that is there already is no failure
     * @param owners whose the records of a collection are, in their order; null when it is no collection
     */
    record Part(Map<String, Object> request, boolean mayExist, List<List<Piece>> owners) {}

    /**
     * Forgets parts and every variable of the exchange: a value that was mapped for other work, and that this work's route
     * does not map, would become part of its record.
     */
    public void begin(Exchange exchange) {
        exchange.removeProperties("sf*");
        List.copyOf(exchange.getVariables().keySet()).forEach(exchange::removeVariable);
    }

    /**
     * Makes a piece of what a route mapped for one row of work; within a split over the facts of the work.
     *
     * @param parts names between commas
     */
    public Piece piece(Exchange exchange, Work work, String parts) {
        int index = exchange.getProperty(ExchangePropertyKey.SPLIT_INDEX, Integer.class);
        Map<String, Map<String, Object>> records = new HashMap<>();
        for (String part : parts.split(",")) {
            records.put(part.strip(), mapped(exchange, part.strip()));
        }
        return new Piece(work.rows().get(index), exchange.getMessage().getBody(Map.class), records);
    }

    /** Adds a part that makes a record; when a unique value says it is there already, that is as good. */
    public void create(Exchange exchange, String part, String object) {
        add(exchange, part, "POST", "/sobjects/" + object, fields(exchange, part), true, null);
    }

    /** Adds a part that makes each piece's record; when a unique value says it is there already, that is as good. */
    public void createEach(Exchange exchange, String part, String object, List<Piece> pieces) {
        Map<Object, List<Piece>> owners = new LinkedHashMap<>();
        pieces.stream().filter(piece -> piece.failure() == null).forEach(piece -> owners.computeIfAbsent(
                        piece.record(part), same -> new ArrayList<>())
                .add(piece));
        collection(exchange, part, "POST", object, "", owners, true);
    }

    /**
     * Adds a part that makes or changes each piece's record, found by its external id; of pieces with the same external id
     * one record is sent, as the last has it, for Salesforce refuses both when they come together.
     *
     * @param key the external id's field; each piece needs a value of it
     */
    public void upsertEach(Exchange exchange, String part, String object, String key, List<Piece> pieces) {
        Map<Object, List<Piece>> owners = new LinkedHashMap<>();
        for (Piece piece : pieces) {
            Object value = piece.record(part).get(key);
            if (value == null || value.toString().isBlank()) {
                throw new FieldException(part + "." + key + " has no value, but it is what the record is found by");
            }
            if (piece.failure() == null) {
                owners.computeIfAbsent(value, same -> new ArrayList<>()).add(piece);
            }
        }
        collection(exchange, part, "PATCH", object, "/" + object + "/" + key, owners, false);
    }

    /** Adds a part that changes records; each piece's part holds the {@code Id}. */
    public void updateEach(Exchange exchange, String part, String object, List<Piece> pieces) {
        Map<Object, List<Piece>> owners = new LinkedHashMap<>();
        pieces.forEach(piece -> owners.put(piece.record(part).get("Id"), List.of(piece)));
        collection(exchange, part, "PATCH", object, "", owners, false);
    }

    /** Adds a part that deletes records; each piece's part holds the {@code Id}. */
    public void deleteEach(Exchange exchange, String part, List<Piece> pieces) {
        if (!pieces.isEmpty()) {
            String ids = pieces.stream()
                    .map(piece -> piece.record(part).get("Id").toString())
                    .collect(Collectors.joining(","));
            add(
                    exchange,
                    part,
                    "DELETE",
                    "/composite/sobjects?allOrNone=false&ids=" + ids,
                    null,
                    false,
                    pieces.stream().map(List::of).toList());
        }
    }

    private static void collection(
            Exchange exchange,
            String part,
            String method,
            String object,
            String path,
            Map<Object, List<Piece>> owners,
            boolean mayExist) {
        if (owners.isEmpty()) {
            return;
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (List<Piece> same : owners.values()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("attributes", Map.of("type", object));
            row.putAll(nested(part, same.get(same.size() - 1).record(part)));
            rows.add(row);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("allOrNone", false);
        body.put("records", rows);
        add(exchange, part, method, "/composite/sobjects" + path, body, mayExist, List.copyOf(owners.values()));
    }

    /**
     * Gives values of pieces as a query lists them: {@code ('a','b')}.
     *
     * @param name part and field, such as {@code Case.LineInquiryKey__c}
     */
    public String values(List<Piece> pieces, String name) {
        String part = name.substring(0, name.indexOf('.'));
        return pieces.stream()
                .map(piece -> piece.record(part).get(name.substring(part.length() + 1)))
                .filter(Objects::nonNull)
                .map(value -> "'" + value.toString().replace("\\", "\\\\").replace("'", "\\'") + "'")
                .distinct()
                .collect(Collectors.joining(",", "(", ")"));
    }

    /**
     * Maps a value of records that were read to a field of the pieces they belong to; a piece without one fails.
     *
     * @param by part and field of a piece whose value the record holds in the field of the same name
     * @param from the record's field
     * @param to the part and field it is mapped to
     */
    public void join(List<Piece> pieces, List<?> records, String by, String from, String to) {
        String part = by.substring(0, by.indexOf('.'));
        String key = by.substring(part.length() + 1);
        String target = to.substring(0, to.indexOf('.'));
        Map<String, Object> found = new HashMap<>();
        for (Object each : records) {
            Map<?, ?> record = (Map<?, ?>) each;
            found.put(String.valueOf(record.get(key)), record.get(from));
        }
        for (Piece piece : pieces) {
            Object value = found.get(String.valueOf(piece.record(part).get(key)));
            if (value == null) {
                piece.fail(new Failure(Failure.Fate.FINAL, "NO_RECORD", "No record gives " + from + " for " + to));
            } else {
                piece.map(target, to.substring(target.length() + 1), value);
            }
        }
    }

    /** Adds a part that asks a query; its answer is the first page. */
    public void query(Exchange exchange, String part, String soql) {
        add(exchange, part, "GET", "/query?q=" + URLEncoder.encode(soql, StandardCharsets.UTF_8), null, false, null);
    }

    /** Gives the composite request of all parts added so far: one call, of which Salesforce takes each part in order. */
    public String composite(Exchange exchange) {
        Map<String, Part> parts = parts(exchange);
        if (parts.isEmpty()) {
            throw new FieldException("The route adds no part to its request");
        }
        exchange.setProperty(ASKED, true);
        // A record that may exist already is refused then, or another inquiry's, which must not undo the others.
        boolean allOrNone = parts.values().stream().noneMatch(part -> part.mayExist() || part.owners() != null);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("allOrNone", allOrNone);
        request.put(
                "compositeRequest", parts.values().stream().map(Part::request).toList());
        return Json.write(request);
    }

    /**
     * Gives a field of a record that was read, or of one it refers to; null where there is none.
     *
     * @param path such as {@code Name} or {@code Owner.Name}
     */
    public Object field(Map<?, ?> record, String path) {
        return at(record, path);
    }

    static Object at(Map<?, ?> record, String path) {
        Object value = record;
        for (String name : path.split("\\.")) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return value;
    }

    /** Gives a part by its name; null when there is none of that name. */
    static Part part(Exchange exchange, String name) {
        return parts(exchange).get(name);
    }

    private static void add(
            Exchange exchange,
            String name,
            String method,
            String url,
            Map<String, Object> body,
            boolean mayExist,
            List<List<Piece>> owners) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("method", method);
        request.put("url", DATA + url);
        request.put("referenceId", name);
        if (body != null) {
            request.put("body", body);
        }
        boolean next = exchange.removeProperty(ASKED) != null;
        Map<String, Part> parts = new LinkedHashMap<>(next ? Map.of() : parts(exchange));
        if (parts.put(name, new Part(request, mayExist, owners)) != null) {
            throw new FieldException("The route adds the part " + name + " twice");
        }
        exchange.setProperty(PARTS, parts);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Part> parts(Exchange exchange) {
        Map<String, Part> parts = exchange.getProperty(PARTS, Map.class);
        return parts == null ? Map.of() : parts;
    }

    /** Gives the values of a part by their paths, from the variables that begin with its name and a point. */
    private static Map<String, Object> mapped(Exchange exchange, String part) {
        Map<String, Object> values = new TreeMap<>();
        String prefix = part + ".";
        exchange.getVariables().forEach((name, value) -> {
            if (name.startsWith(prefix) && value != null) {
                values.put(name.substring(prefix.length()), value);
            }
        });
        return values;
    }

    /** Gives the fields of a part, from the variables that begin with its name and a point. */
    static Map<String, Object> fields(Exchange exchange, String part) {
        return nested(part, mapped(exchange, part));
    }

    /** Gives the fields of a part, those of related records within their names. */
    private static Map<String, Object> nested(String part, Map<String, Object> values) {
        Map<String, Object> fields = new TreeMap<>();
        values.forEach((path, value) -> put(fields, List.of(path.split("\\.")), value, part + "." + path));
        return fields;
    }

    private static void put(Map<String, Object> into, List<String> path, Object value, String name) {
        if (path.size() == 1) {
            into.put(path.get(0), sent(value));
            return;
        }
        Object inner = into.computeIfAbsent(path.get(0), key -> new TreeMap<String, Object>());
        if (!(inner instanceof Map<?, ?>)) {
            throw new FieldException(name + " is a field of a related record, but " + path.get(0) + " is a value");
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> related = (Map<String, Object>) inner;
        put(related, path.subList(1, path.size()), value, name);
    }

    private static Object sent(Object value) {
        if (value instanceof Number || value instanceof Boolean || value instanceof String) {
            return value;
        }
        return value instanceof Instant ? value.toString() : String.valueOf(value);
    }
}
