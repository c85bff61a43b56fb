package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Fills an empty organisation. The people and queues in {@code base.json} always exist; contacts,
 * cases and knowledge of the fictional payment app Komorebi Pay come on request.
 */
final class Seed {
    private final Schema schema;
    private final Records records;
    private final Instant now;
    private final Origin origin;

    Seed(Schema schema, Records records, Instant now) {
        this.schema = schema;
        this.records = records;
        this.now = now;
        // the first user is the one who made the organisation
        this.origin = new Origin(Ids.of("005", 1), "");
    }

    void base() {
        try (InputStream in = Seed.class.getResourceAsStream("/sandbox/salesforce/base.json")) {
            JsonNode base = new ObjectMapper().readTree(in);
            base.properties().forEach(entry -> entry.getValue()
                    .forEach(row -> write(schema.object(entry.getKey()), named(row), Duration.ofDays(900))));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Replaces {@code "@Profile:1"} by the id of the first profile. */
    private ObjectNode named(JsonNode row) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        row.properties().forEach(entry -> {
            String text = entry.getValue().asText();
            if (entry.getValue().isTextual() && text.startsWith("@")) {
                String[] parts = text.substring(1).split(":");
                values.put(entry.getKey(), Ids.of(schema.object(parts[0]).prefix(), Long.parseLong(parts[1])));
            } else {
                values.set(entry.getKey(), entry.getValue());
            }
        });
        return values;
    }

    void komorebiPay() {
        contacts();
        cases();
        knowledge();
        records.continueNumbersAt(schema.object("Case"), "CaseNumber", 128_401);
    }

    private void contacts() {
        SObject sObject = schema.object("Contact");
        for (Map<String, String> row : table("contacts.tsv")) {
            ObjectNode values = JsonNodeFactory.instance.objectNode();
            long daysAgo = Long.parseLong(row.remove("daysAgo"));
            row.forEach((name, value) -> put(values, name, value));
            values.put("AccountId", Ids.of("001", 1));
            write(sObject, values, Duration.ofDays(daysAgo));
        }
    }

    private void cases() {
        SObject sObject = schema.object("Case");
        records.continueNumbersAt(sObject, "CaseNumber", 127_002);
        for (Map<String, String> row : table("cases.tsv")) {
            ObjectNode values = JsonNodeFactory.instance.objectNode();
            Duration age =
                    Duration.ofDays(Long.parseLong(row.remove("daysAgo"))).plusHours(3);
            String comment = row.remove("comment");
            values.put("ContactId", Ids.of("003", Long.parseLong(row.remove("contact"))));
            String score = row.remove("SurveyScore__c");
            if (!score.isEmpty()) {
                values.put("SurveyScore__c", Double.parseDouble(score));
            }
            row.forEach((name, value) -> put(values, name, value));
            if (values.path("Status").asText().equals("Closed")) {
                values.put("ClosedDate", Times.write(now.minus(age).plus(Duration.ofHours(26))));
            }
            String id = write(sObject, values, age).get("Id").asText();
            if (!comment.isEmpty()) {
                ObjectNode note = JsonNodeFactory.instance
                        .objectNode()
                        .put("ParentId", id)
                        .put("CommentBody", comment);
                write(schema.object("CaseComment"), note, age.minusHours(1));
            }
        }
    }

    private void knowledge() {
        SObject sObject = schema.object("Knowledge__kav");
        Map<String, Map<String, String>> english = new HashMap<>();
        table("knowledge-en.tsv").forEach(row -> english.put(row.get("key"), row));
        long number = 0;
        for (Map<String, String> row : table("knowledge-ja.tsv")) {
            number++;
            Duration age = Duration.ofDays(30 + number * 37 % 300).plusMinutes(number * 61 % 1440);
            String key = row.get("key");
            Map<String, String> translation = english.get(key);
            if (translation == null) {
                throw new IllegalStateException("The article " + key + " has no English version");
            }
            ObjectNode master = article(row, key, "ja", row.get("state"), age);
            String parent =
                    write(sObject, master, age).get("KnowledgeArticleId").asText();
            ObjectNode other = article(translation, key + "-en", "en_US", row.get("state"), age);
            other.put("Category__c", row.get("category")).put("KnowledgeArticleId", parent);
            write(sObject, other, age.minusHours(2));
        }
    }

    private ObjectNode article(Map<String, String> row, String urlName, String language, String state, Duration age) {
        String[] parts = row.get("answer").split("\\|");
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        values.put("Title", row.get("title"))
                .put("Summary", parts[0])
                .put("Answer__c", richText(parts))
                .put("UrlName", urlName)
                .put("Language", language)
                .put(
                        "PublishStatus",
                        state.contains("draft") ? "Draft" : state.contains("archived") ? "Archived" : "Online")
                .put("IsLatestVersion", !state.contains("archived"))
                .put("IsVisibleInPkb", !state.contains("internal"))
                .put("IsVisibleInCsp", !state.contains("internal"));
        if (row.containsKey("category")) {
            values.put("Category__c", row.get("category"));
        }
        if (!row.getOrDefault("keywords", "").isEmpty()) {
            values.put("Keywords__c", row.get("keywords"));
        }
        if (!state.contains("draft")) {
            String published = Times.write(now.minus(age));
            values.put("FirstPublishedDate", published).put("LastPublishedDate", published);
        }
        return values;
    }

    /** Parts that begin with # become the items of a numbered list, the others paragraphs. */
    private static String richText(String[] parts) {
        StringBuilder html = new StringBuilder();
        boolean inList = false;
        for (String part : parts) {
            boolean item = part.startsWith("#");
            if (item != inList) {
                html.append(item ? "<ol>" : "</ol>");
                inList = item;
            }
            String text = (item ? part.substring(1) : part)
                    .strip()
                    .replace("&", "&amp;")
                    .replace("<", "&lt;")
                    .replace(">", "&gt;");
            html.append(item ? "<li>" : "<p>").append(text).append(item ? "</li>" : "</p>");
        }
        return html.append(inList ? "</ol>" : "").toString();
    }

    private static void put(ObjectNode values, String name, String value) {
        if (!value.isEmpty()) {
            values.put(name, value);
        }
    }

    private ObjectNode write(SObject sObject, ObjectNode values, Duration age) {
        String at = Times.write(now.minus(age));
        values.put("CreatedDate", at).put("LastModifiedDate", at).put("SystemModstamp", at);
        return records.writeAsAdministrator(sObject, null, values, origin);
    }

    /** Reads a table whose first line names the columns. */
    private static List<Map<String, String>> table(String resource) {
        List<String> lines = Schema.lines(resource);
        String[] names = lines.get(0).split("\t");
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            if (cells.length != names.length) {
                throw new IllegalStateException(
                        resource + " has " + cells.length + " columns instead of " + names.length + ": " + line);
            }
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < names.length; i++) {
                row.put(names[i], cells[i]);
            }
            rows.add(row);
        }
        return rows;
    }
}
