package io.tsunagi.salesforce;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;

/**
 * Makes Salesforce requests from the variables of a route. Bean {@code sfRecord} of the routes.
 *
 * <p>A variable {@code Case.Subject} is the field {@code Subject} of the part {@code Case}; {@code
 * LineMessage__c.Case__r.LineInquiryKey__c} names the related record by its external id. A variable without a value is
 * not sent, so the field keeps what Salesforce holds; an empty text empties it. Stateless: what is collected stays with
 * the exchange, until a part is added after a request was made of it.
 */
public final class SalesforceRecords {
    private static final String PARTS = "sfParts";

    /** Set when a request was made of the parts. */
    private static final String ASKED = "sfAsked";

    private static final String DATA = "/services/data/v" + SalesforceSettings.API_VERSION;

    /** One part of a composite request; {@code mayExist} = a record that is there already is no failure. */
    private record Part(Map<String, Object> request, boolean mayExist) {}

    /** Adds a part that makes a record; when a unique value says it is there already, that is as good. */
    public void create(Exchange exchange, String part, String object) {
        add(exchange, part, "POST", "/sobjects/" + object, fields(exchange, part), true);
    }

    /**
     * Adds a part that makes or changes the record with this external id.
     *
     * @param key the external id's field; its variable is needed
     */
    public void upsert(Exchange exchange, String part, String object, String key) {
        Map<String, Object> fields = fields(exchange, part);
        Object value = fields.remove(key);
        if (value == null || value.toString().isBlank()) {
            throw new FieldException(part + "." + key + " has no value, but it is what the record is found by");
        }
        String url =
                "/sobjects/" + object + "/" + key + "/" + URLEncoder.encode(value.toString(), StandardCharsets.UTF_8);
        add(exchange, part, "PATCH", url, fields, false);
    }

    /**
     * Adds a part that reads fields back.
     *
     * @param id a record id, usually of an earlier part: {@code @{Case.id}}
     * @param fields names between commas
     */
    public void read(Exchange exchange, String part, String object, String id, String fields) {
        add(exchange, part, "GET", "/sobjects/" + object + "/" + id + "?fields=" + fields, null, false);
    }

    /** Adds a part that asks a query; its answer is the first page. */
    public void query(Exchange exchange, String part, String soql) {
        add(exchange, part, "GET", "/query?q=" + URLEncoder.encode(soql, StandardCharsets.UTF_8), null, false);
    }

    /** Gives the composite request of all parts added so far: one call, of which Salesforce takes each part in order. */
    public String composite(Exchange exchange) {
        Map<String, Part> parts = parts(exchange);
        if (parts.isEmpty()) {
            throw new FieldException("The route adds no part to its request");
        }
        exchange.setProperty(ASKED, true);
        // A part that may exist already is refused then, which must not undo the others.
        boolean allOrNone = parts.values().stream().noneMatch(Part::mayExist);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("allOrNone", allOrNone);
        request.put(
                "compositeRequest", parts.values().stream().map(Part::request).toList());
        return Json.write(request);
    }

    /** Gives one row of a collections call. */
    public Map<String, Object> row(Exchange exchange, String object) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("attributes", Map.of("type", object));
        row.putAll(fields(exchange, object));
        return row;
    }

    /**
     * Gives a field of a record that was read, or of one it refers to; null where there is none.
     *
     * @param path such as {@code Name} or {@code Owner.Name}
     */
    public Object field(Map<?, ?> record, String path) {
        Object value = record;
        for (String name : path.split("\\.")) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return value;
    }

    static boolean mayExist(Exchange exchange, String name) {
        Part part = parts(exchange).get(name);
        return part != null && part.mayExist();
    }

    private static void add(
            Exchange exchange, String name, String method, String url, Map<String, Object> body, boolean mayExist) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("method", method);
        request.put("url", DATA + url);
        request.put("referenceId", name);
        if (body != null) {
            request.put("body", body);
        }
        boolean next = exchange.removeProperty(ASKED) != null;
        Map<String, Part> parts = new LinkedHashMap<>(next ? Map.of() : parts(exchange));
        if (parts.put(name, new Part(request, mayExist)) != null) {
            throw new FieldException("The route adds the part " + name + " twice");
        }
        exchange.setProperty(PARTS, parts);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Part> parts(Exchange exchange) {
        Map<String, Part> parts = exchange.getProperty(PARTS, Map.class);
        return parts == null ? Map.of() : parts;
    }

    /** Gives the fields of a part, from the variables that begin with its name and a point. */
    static Map<String, Object> fields(Exchange exchange, String part) {
        Map<String, Object> fields = new TreeMap<>();
        String prefix = part + ".";
        new TreeMap<>(exchange.getVariables()).forEach((name, value) -> {
            if (name.startsWith(prefix) && value != null) {
                put(fields, List.of(name.substring(prefix.length()).split("\\.")), value, name);
            }
        });
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
        put(related, new ArrayList<>(path.subList(1, path.size())), value, name);
    }

    private static Object sent(Object value) {
        if (value instanceof Number || value instanceof Boolean || value instanceof String) {
            return value;
        }
        return value instanceof Instant ? value.toString() : String.valueOf(value);
    }
}
