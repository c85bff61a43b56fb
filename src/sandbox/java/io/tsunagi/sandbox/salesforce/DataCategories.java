package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The organisation's data categories: one group, {@code Topics__c}, in which {@code All__c} stands above one category for
 * each {@code Category__c} of an article (SOQL and SOSL Reference, "WITH DATA CATEGORY").
 */
final class DataCategories {
    private static final String GROUP = "Topics__c";
    private static final String ROOT = "All__c";

    private DataCategories() {}

    /** Reads what stands behind {@code WITH DATA CATEGORY}: a group, a selector and a category, joined by AND. */
    static Predicate<ObjectNode> read(Tokens tokens) {
        Predicate<ObjectNode> keep = row -> true;
        do {
            String group = tokens.word();
            if (!group.equalsIgnoreCase(GROUP)) {
                throw new Refusal(
                        400, "INVALID_FIELD", "Data category group " + group + " does not exist or is not visible");
            }
            String selector = tokens.word().toUpperCase(Locale.ROOT);
            if (!List.of("AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW").contains(selector)) {
                throw tokens.unexpected();
            }
            String category = tokens.word();
            keep = keep.and(row -> in(row.path("Category__c").asText(""), selector, category));
        } while (tokens.take("AND"));
        return keep;
    }

    private static boolean in(String of, String selector, String category) {
        if (of.isEmpty()) {
            return false;
        }
        boolean root = category.equalsIgnoreCase(ROOT);
        boolean same = (of + "__c").equalsIgnoreCase(category);
        return switch (selector) {
            case "AT", "ABOVE" -> same;
            default -> root || same;
        };
    }
}
