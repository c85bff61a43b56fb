package io.tsunagi.inquiry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tsunagi.store.SealedTable;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for card numbers, or what rules hide, in everything that is kept of what people wrote (PCI DSS v4.0.1, 12.10.7):
 * opens each sealed value, and in JSON looks at what people write only, since one in ten ids passes the Luhn check. Masks
 * what it finds when told to.
 *
 * <p>Reads in pages and holds no locks while it looks; hubs may run meanwhile.
 */
public final class CardScan {
    private static final Logger LOG = LoggerFactory.getLogger(CardScan.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 500;

    /** Values of these are ids, tokens and addresses of LINE, and keys. */
    private static final Set<String> NO_WORDS = Set.of("reply_token", "picture", "token", "secret");

    /** Names of what people write in the JSON of events, messages, drafts and deliveries. */
    private static final Set<String> WRITTEN = Set.of(
            "text",
            "altText",
            "fileName",
            "name",
            "title",
            "address",
            "keywords",
            "data",
            "label",
            "displayText",
            "quickReplies");

    /** Where card numbers are, without any of them. */
    public record Place(String table, String column, UUID row) {
        @Override
        public String toString() {
            return table + "." + column + " " + row;
        }
    }

    /**
     * What was found.
     *
     * @param cards values that hold card numbers
     * @param unreadable values that no key opens: nobody knows what they hold
     */
    public record Found(List<Place> cards, List<Place> unreadable) {
        public Found {
            cards = List.copyOf(cards);
            unreadable = List.copyOf(unreadable);
        }
    }

    private record Value(UUID row, String column, byte[] sealed) {}

    private final Store store;
    private final Messages messages;
    private final UnaryOperator<String> mask;

    /** @param mask hides what is looked for; gives the same words when there is nothing of it */
    public CardScan(Store store, Messages messages, UnaryOperator<String> mask) {
        this.store = store;
        this.messages = messages;
        this.mask = mask;
    }

    /**
     * Looks everywhere; goes on after a value that no key opens.
     *
     * @param redact whether to mask what is found; Salesforce gets masked messages again
     */
    public Found scan(boolean redact) {
        List<Place> cards = new ArrayList<>();
        List<Place> unreadable = new ArrayList<>();
        for (SealedTable table : SealedTable.ALL) {
            for (String column : table.columns()) {
                if (!NO_WORDS.contains(column)) {
                    scan(table, column, redact, cards, unreadable);
                }
            }
        }
        return new Found(cards, unreadable);
    }

    private void scan(SealedTable table, String column, boolean redact, List<Place> cards, List<Place> unreadable) {
        UUID last = new UUID(0, 0);
        List<Value> page;
        do {
            page = store.jdbc()
                    .sql("select " + table.key() + " as id, " + column + " as sealed from " + table.name() + " where "
                            + table.key() + " > ? and " + column + " is not null order by " + table.key() + " limit ?")
                    .params(last, PAGE)
                    .query((row, i) -> new Value(row.getObject("id", UUID.class), column, row.getBytes("sealed")))
                    .list();
            for (Value value : page) {
                last = value.row();
                Place place = new Place(table.name(), column, value.row());
                String clear = opened(table, value);
                if (clear == null) {
                    unreadable.add(place);
                    continue;
                }
                String masked = maskedOrNull(clear);
                if (masked != null) {
                    cards.add(place);
                    if (redact) {
                        redact(table, value, masked);
                    }
                }
            }
        } while (page.size() == PAGE);
    }

    /** Gives what the value says; null when no key opens it. */
    private String opened(SealedTable table, Value value) {
        try {
            return store.sealing().openText(table.name(), value.row(), value.sealed());
        } catch (IllegalStateException e) {
            LOG.debug("A value does not open", e);
            return null;
        }
    }

    /** Gives the words with card numbers masked; null when there is none. */
    private String maskedOrNull(String clear) {
        if (!clear.startsWith("{")) {
            String masked = mask.apply(clear);
            return masked.equals(clear) ? null : masked;
        }
        try {
            JsonNode tree = JSON.readTree(clear);
            return maskWritten(tree, false) ? JSON.writeValueAsString(tree) : null;
        } catch (IOException e) {
            String masked = mask.apply(clear);
            return masked.equals(clear) ? null : masked;
        }
    }

    private boolean maskWritten(JsonNode node, boolean written) {
        boolean changed = false;
        if (node instanceof ObjectNode object) {
            Map<String, JsonNode> fields = new TreeMap<>();
            object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            for (Map.Entry<String, JsonNode> field : fields.entrySet()) {
                boolean words = WRITTEN.contains(field.getKey());
                String masked = words ? masked(field.getValue()) : null;
                if (masked != null) {
                    object.put(field.getKey(), masked);
                    changed = true;
                } else {
                    changed |= maskWritten(field.getValue(), words);
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                String masked = written ? masked(array.get(i)) : null;
                if (masked != null) {
                    array.set(i, new TextNode(masked));
                    changed = true;
                } else {
                    changed |= maskWritten(array.get(i), false);
                }
            }
        }
        return changed;
    }

    private String masked(JsonNode value) {
        String masked = value.isTextual() ? mask.apply(value.textValue()) : null;
        return masked == null || masked.equals(value.textValue()) ? null : masked;
    }

    /** What somebody changed meanwhile is left to the next scan. */
    private void redact(SealedTable table, Value value, String masked) {
        store.inOwnTransaction(() -> {
            int changed = store.jdbc()
                    .sql("update " + table.name() + " set " + value.column() + " = ? where " + table.key() + " = ? and "
                            + value.column() + " = ?")
                    .params(
                            store.sealing().seal(table.name(), value.row(), masked.getBytes(StandardCharsets.UTF_8)),
                            value.row(),
                            value.sealed())
                    .update();
            if (changed > 0 && table.name().equals("messages")) {
                messages.find(new MessageId(value.row()))
                        .ifPresent(message -> messages.mask(message, message.content()));
            }
            return changed;
        });
    }
}
