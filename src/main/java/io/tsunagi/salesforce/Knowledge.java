package io.tsunagi.salesforce;

import io.tsunagi.bot.Article;
import io.tsunagi.bot.Articles;
import io.tsunagi.config.SettingsException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/**
 * Reads Salesforce Knowledge's answers. Bean {@code sfKnowledge} of the routes. Safe for many threads: pages are
 * collected in the exchange; all it remembers is whether this node has seen Knowledge yet.
 */
public final class Knowledge {
    /** Salesforce writes its times as {@code 2026-11-22T08:00:00.000+0000}. */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .appendPattern("[XXX][XX]")
            .toFormatter(Locale.ROOT);

    /** Salesforce, SOQL and SOSL Reference, "WITH DATA CATEGORY". */
    private static final String CATEGORY = "\\w+__c (?:AT|ABOVE|BELOW|ABOVE_OR_BELOW) \\w+__c";

    private static final Pattern CATEGORIES = Pattern.compile(CATEGORY + "(?: AND " + CATEGORY + ")*");

    private final List<String> languages;
    private final String url;
    private final String categories;
    private volatile boolean loaded;

    /**
     * @param languages Salesforce's codes, such as {@code ja} and {@code en_US}
     * @param categories the data categories whose articles are taken, as SOQL names them; empty = all
     * @param url what an article's URL name is put behind, or empty when customers cannot read articles on the web
     */
    Knowledge(List<String> languages, String categories, String url) {
        if (!categories.isEmpty() && !CATEGORIES.matcher(categories).matches()) {
            throw new SettingsException("The setting hub.salesforce.knowledge-categories is '" + categories
                    + "'; it must be empty or like 'Topics__c BELOW All__c', several joined by AND.");
        }
        this.categories = categories.isEmpty() ? "" : " WITH DATA CATEGORY " + categories;
        this.languages = List.copyOf(languages);
        this.url = url;
    }

    /** Gives the end of a query, or of a search, that keeps to the chosen data categories; empty when all are taken. */
    public String inCategories() {
        return categories;
    }

    /** Says whether this node has not got through a whole load yet. */
    public boolean unseen() {
        return !loaded;
    }

    /** Notes that every language was loaded. */
    public void loaded() {
        loaded = true;
    }

    /** The languages to load, by Salesforce's codes. */
    public List<String> languages() {
        return languages;
    }

    /** Gives the language tag of a Salesforce code: {@code en_US} is {@code en}. */
    public String tag(String code) {
        int end = code.indexOf('_');
        return (end < 0 ? code : code.substring(0, end)).toLowerCase(Locale.ROOT);
    }

    /** Gives the Salesforce code of a language tag; null when its articles are not loaded. */
    public String code(String tag) {
        if (tag == null) {
            return null;
        }
        String primary = tag(tag.replace('-', '_'));
        return languages.stream()
                .filter(code -> tag(code).equals(primary))
                .findFirst()
                .orElse(null);
    }

    /** Adds a page of a query's answer to the variable {@code records}; the next page's address goes to {@code nextPage}. */
    public void collect(Exchange exchange) {
        Map<?, ?> page = exchange.getMessage().getBody(Map.class);
        List<Object> records = new ArrayList<>();
        if (exchange.getVariable("records") instanceof List<?> before) {
            records.addAll(before);
        }
        if (page == null || !(page.get("records") instanceof List<?> more)) {
            throw new FieldException("Salesforce's answer to a query holds no records");
        }
        records.addAll(more);
        exchange.setVariable("records", records);
        exchange.setVariable("nextPage", page.get("nextRecordsUrl"));
    }

    /** Gives the time of the last change of each article in a list of records. */
    public Map<String, Instant> versions(List<?> records) {
        Map<String, Instant> versions = new HashMap<>();
        for (Object entry : records) {
            Map<?, ?> row = (Map<?, ?>) entry;
            versions.put(String.valueOf(row.get("KnowledgeArticleId")), time(row.get("LastModifiedDate")));
        }
        return versions;
    }

    /** Gives an instant as SOQL takes it. */
    public String soql(Instant instant) {
        return instant.truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    }

    /** Makes an article of the variables {@code article.…} of the route. */
    public Articles.Version article(Exchange exchange) {
        Map<String, Object> fields = SalesforceRecords.fields(exchange, "article");
        String urlName = text(fields, "urlName");
        Article article = new Article(
                text(fields, "id"),
                text(fields, "number"),
                tag(text(fields, "language")),
                text(fields, "title"),
                PlainText.of(text(fields, "summary")),
                PlainText.of(text(fields, "body")),
                url.isEmpty() || urlName.isEmpty() ? null : url + urlName,
                !Boolean.parseBoolean(text(fields, "visibleToCustomers")),
                Arrays.stream(text(fields, "keywords").split("[,;、，；\\n]"))
                        .map(String::strip)
                        .filter(word -> !word.isEmpty())
                        .toList());
        return new Articles.Version(article, time(fields.get("modifiedAt")));
    }

    /**
     * Writes words into a SOSL search so that they are words only (Salesforce, SOQL and SOSL Reference, "Reserved
     * characters").
     */
    public String sosl(String words) {
        StringBuilder escaped = new StringBuilder();
        CrmFacts.cut(words, 200).codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                escaped.append(' ');
                return;
            }
            if ("?&|!{}[]()^~*:\\\"'+-".indexOf(c) >= 0) {
                escaped.append('\\');
            }
            escaped.appendCodePoint(c);
        });
        return escaped.toString();
    }

    /** Says whether words are enough for a SOSL search, which refuses fewer than two characters. */
    public boolean searchable(String words) {
        return words != null
                && words.codePoints().filter(Character::isLetterOrDigit).count() >= 2;
    }

    private static String text(Map<String, Object> fields, String name) {
        Object value = fields.get(name);
        return value == null ? "" : value.toString();
    }

    /** Reads a time as Salesforce writes it. */
    static Instant time(Object value) {
        if (value == null) {
            throw new FieldException("A record has no time of its last change");
        }
        return OffsetDateTime.parse(value.toString(), TIME).toInstant();
    }
}
