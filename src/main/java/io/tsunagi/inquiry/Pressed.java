package io.tsunagi.inquiry;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A button the customer pressed.
 *
 * @param act what the button stands for, such as {@code solved}
 * @param values what it carries
 * @param inquiry the customer's open inquiry, null when there is none
 * @param current whether the button belongs to that inquiry
 */
public record Pressed(
        Incoming incoming,
        Customer customer,
        Inquiry inquiry,
        String act,
        Map<String, String> values,
        boolean current) {

    @Override
    public String toString() {
        return "Pressed " + act;
    }

    public String value(String name) {
        return values.getOrDefault(name, "");
    }

    /** Writes what a button sends back: {@code act?name=value&…}, at most 300 characters (LINE's limit). */
    public static String data(String act, Map<String, String> values) {
        StringBuilder data = new StringBuilder(act);
        char separator = '?';
        for (Map.Entry<String, String> value : values.entrySet()) {
            data.append(separator)
                    .append(value.getKey())
                    .append('=')
                    .append(URLEncoder.encode(value.getValue(), StandardCharsets.UTF_8));
            separator = '&';
        }
        if (data.length() > 300) {
            throw new IllegalArgumentException("LINE takes at most 300 characters of postback data: " + act);
        }
        return data.toString();
    }

    static String actOf(String data) {
        int end = data.indexOf('?');
        return end < 0 ? data : data.substring(0, end);
    }

    static Map<String, String> valuesOf(String data) {
        Map<String, String> values = new LinkedHashMap<>();
        int start = data.indexOf('?');
        if (start < 0) {
            return values;
        }
        for (String pair : data.substring(start + 1).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
            }
        }
        return values;
    }

    /** Data from elsewhere, such as a rich menu, may hold anything: what is not encoded is taken as it stands. */
    private static String decode(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }
}
