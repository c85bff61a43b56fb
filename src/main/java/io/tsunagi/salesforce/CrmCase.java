package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.camel.Exchange;

/**
 * Decides what of a Case the hub writes: what it means to change, and nothing a person changed meanwhile. Bean
 * {@code crmCase} of the routes.
 *
 * <p>Of every field it keeps a keyed hash of the value it wrote last. A field whose value is still the same is not
 * written, so whatever a person made of it stays. Status and priority are changed by people and hub alike: before the
 * hub changes one of them the Case is read, and what is not as the hub left it stays. Only closing or reopening an
 * inquiry goes over a person's status, and a Case that is closed already is not closed again. Between that reading and
 * the write lie milliseconds, in which a person can still be overtaken. What is about to be sent is kept before the call:
 * when its answer is lost, the value found there afterwards is the hub's own and no person's.
 *
 * <p>Safe for many threads and many nodes: work of one inquiry is done one after the other.
 */
public final class CrmCase {
    private static final String PART = "Case.";
    private static final String KEY = "LineInquiryKey__c";
    private static final String CONTACT = "ContactId";
    private static final String STATUS = "Status";
    private static final String PRIORITY = "Priority";

    /** No field's name begins so. */
    private static final String CLOSING = ".closing";

    /** Before a field's name: the value that was sent and perhaps taken. */
    private static final String SENT = ".sent ";

    private static final String TOLD = "crmCaseTold";

    private final Store store;

    CrmCase(Store store) {
        this.store = store;
    }

    /** Leaves of the variables {@code Case.…} those whose values the hub has not written yet; the body holds the facts. */
    public void keepChanges(Exchange exchange, Work work) {
        Map<?, ?> facts = exchange.getMessage().getBody(Map.class);
        Map<String, String> before = before(work);
        Map<String, String> told = new TreeMap<>();
        new TreeMap<>(exchange.getVariables()).forEach((name, value) -> {
            if (name.startsWith(PART) && value != null && !name.equals(PART + KEY)) {
                String field = name.substring(PART.length());
                told.put(field, hash(work.inquiry(), field, value));
                if (told.get(field).equals(before.get(field)) && !before.containsKey(SENT + field)) {
                    exchange.removeVariable(name);
                }
            }
        });
        boolean closes = work.kind() == Kind.CLOSE || facts != null && "Closed".equals(facts.get("status"));
        told.put(CLOSING, String.valueOf(closes));
        exchange.setProperty(TOLD, told);
    }

    /** Says whether the Case has to be read before it is written. */
    public boolean contested(Exchange exchange, Work work) {
        if (work.kind() == Kind.CASE && before(work).isEmpty()) {
            return work.rows().get(0).tries() > 1;
        }
        return has(exchange, STATUS) || has(exchange, PRIORITY);
    }

    /** Gives the key the Case is found by. */
    public String key(Work work) {
        return CrmFacts.key(work.inquiry());
    }

    /**
     * Leaves to people what they changed, and keeps of status and priority what is about to be sent.
     *
     * @param records the Case as it stands in Salesforce, with {@code Status}, {@code IsClosed} and {@code Priority};
     *     empty when it is not there
     */
    public void giveWay(Exchange exchange, Work work, List<?> records) {
        if (records.isEmpty()) {
            return;
        }
        Map<?, ?> there = (Map<?, ?>) records.get(0);
        Map<String, String> before = before(work);
        if (work.kind() == Kind.CASE && before.isEmpty()) {
            madeBefore(exchange, work, there);
            return;
        }
        boolean closedThere = Boolean.TRUE.equals(there.get("IsClosed"));
        boolean closes = Boolean.parseBoolean(told(exchange).get(CLOSING));
        boolean reopens = !closes && Boolean.parseBoolean(before.get(CLOSING));
        boolean statusTaken = closes ? closedThere : !reopens && (closedThere || changed(work, before, there, STATUS));
        if (statusTaken) {
            exchange.removeVariable(PART + STATUS);
        }
        if (there.get(PRIORITY) != null && (!before.containsKey(PRIORITY) || changed(work, before, there, PRIORITY))) {
            exchange.removeVariable(PART + PRIORITY);
        }
        keepSent(exchange, work, before, there);
    }

    private void keepSent(Exchange exchange, Work work, Map<String, String> before, Map<?, ?> there) {
        for (String field : List.of(STATUS, PRIORITY)) {
            if (has(exchange, field)) {
                if (there.get(field) != null && before.containsKey(SENT + field)) {
                    before.put(field, hash(work.inquiry(), field, there.get(field)));
                }
                before.put(SENT + field, told(exchange).get(field));
            }
        }
        keep(work, before);
    }

    /** Says whether a priority may be one that the hub sent, though Salesforce's answer did not come. */
    boolean sentPriority(UUID inquiry, String priority) {
        return hash(inquiry, PRIORITY, priority).equals(before(inquiry).get(SENT + PRIORITY));
    }

    /**
     * An earlier try made the Case, though its answer was lost: it stays as it is now. The inquiry may have been given to
     * somebody since, so its status is written by the work that says so; its priority is that of then.
     */
    private void madeBefore(Exchange exchange, Work work, Map<?, ?> there) {
        Map<String, String> told = told(exchange);
        for (String field : List.copyOf(told.keySet())) {
            if (!field.equals(CLOSING) && !field.equals(CONTACT)) {
                exchange.removeVariable(PART + field);
                if (!field.equals(PRIORITY)) {
                    told.remove(field);
                }
            }
        }
        told.put(CLOSING, "false");
        if (there.get(STATUS) != null) {
            told.put(STATUS, hash(work.inquiry(), STATUS, there.get(STATUS)));
        }
    }

    private boolean changed(Work work, Map<String, String> before, Map<?, ?> there, String field) {
        if (!before.containsKey(field)) {
            return false;
        }
        String now = there.get(field) == null ? null : hash(work.inquiry(), field, there.get(field));
        return !before.get(field).equals(now) && !Objects.equals(before.get(SENT + field), now);
    }

    /** Says whether there is nothing to write. */
    public boolean nothingLeft(Exchange exchange) {
        return exchange.getVariables().entrySet().stream()
                .noneMatch(variable -> variable.getKey().startsWith(PART)
                        && variable.getValue() != null
                        && !variable.getKey().equals(PART + KEY));
    }

    /** Gives the answer for a Case that needed no call. */
    public Written unchanged() {
        return new Written.TheCase(null, null, null, null, null, null);
    }

    /**
     * Remembers what the Case holds now by the hub's will; call it when Salesforce took it.
     *
     * @return the answer; with the priority and its time only when the hub wrote them, for otherwise they are news
     */
    public Written written(Exchange exchange, Work work, Written.TheCase answer) {
        Map<String, String> all = before(work);
        all.keySet().removeIf(field -> field.startsWith(SENT));
        all.putAll(told(exchange));
        keep(work, all);
        return has(exchange, PRIORITY)
                ? answer
                : new Written.TheCase(
                        answer.caseId(), answer.number(), answer.status(), null, answer.contactId(), null);
    }

    private void keep(Work work, Map<String, String> written) {
        store.jdbc()
                .sql("update inquiries set case_written = ? where id = ?")
                .params(Json.write(written), work.inquiry())
                .update();
    }

    private Map<String, String> before(Work work) {
        return before(work.inquiry());
    }

    private Map<String, String> before(UUID inquiry) {
        Map<String, String> before = new TreeMap<>();
        store.jdbc()
                .sql("select case_written from inquiries where id = ? and case_written is not null")
                .param(inquiry)
                .query(String.class)
                .optional()
                .map(json -> Json.read(json.getBytes(StandardCharsets.UTF_8), Map.class))
                .ifPresent(map -> map.forEach((field, hash) -> before.put(field.toString(), hash.toString())));
        return before;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> told(Exchange exchange) {
        Map<String, String> told = exchange.getProperty(TOLD, Map.class);
        if (told == null) {
            throw new FieldException("The route asks crmCase before keepChanges");
        }
        return told;
    }

    private static boolean has(Exchange exchange, String field) {
        return exchange.getVariable(PART + field) != null;
    }

    private String hash(UUID inquiry, String field, Object value) {
        byte[] place = (inquiry + " " + field + " " + value).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(store.sealing().mac(place))
                .substring(0, 22);
    }
}
