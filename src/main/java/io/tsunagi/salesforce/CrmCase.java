package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Decides what of a Case the hub writes: what it means to change, and nothing a person changed meanwhile. Bean
 * {@code crmCase} of the routes.
 *
 * <p>Of every field it keeps a keyed hash of the value it wrote last. A field whose value is still the same is not
 * written, so whatever a person made of it stays. Status and priority are changed by people and hub alike: before the
 * hub changes one of them the Case is read, and what is not as the hub left it stays. Only closing or reopening an
 * inquiry goes over a person's status, and a Case that is closed already is not closed again. Of a Case whose values
 * nobody kept, for the hub that wrote it kept none, everything is read, and what stands there stays. Between that reading and the write lie milliseconds, in which a person can still be overtaken. What is
 * about to be sent is kept before the call: when its answer is lost, the value found there afterwards is the hub's own
 * and no person's.
 *
 * <p>Safe for many threads and many nodes: work of one inquiry is done one after the other.
 */
public final class CrmCase {
    private static final String PART = "Case";
    private static final String KEY = "LineInquiryKey__c";
    private static final String STATUS = "Status";
    private static final String PRIORITY = "Priority";

    /** What of the mapping links the Contact, by its id or its external id. */
    private static final String CONTACT = "Contact";

    /** No field's name begins so. */
    private static final String CLOSING = ".closing";

    /** Before a field's name: the value that was sent and perhaps taken. */
    private static final String SENT = ".sent ";

    private final Store store;

    CrmCase(Store store) {
        this.store = store;
    }

    /** Leaves of each piece's part {@code Case} those fields whose values the hub has not written yet; gives the pieces. */
    public List<Piece> keepChanges(Work work, List<Piece> pieces) {
        Map<UUID, Map<String, String>> written =
                before(pieces.stream().map(piece -> piece.row.inquiry()).toList());
        for (Piece piece : pieces) {
            piece.before.putAll(written.getOrDefault(piece.row.inquiry(), Map.of()));
            piece.record(PART).entrySet().removeIf(mapped -> {
                String field = mapped.getKey();
                if (field.equals(KEY)) {
                    return false;
                }
                String hash = hash(piece.row.inquiry(), field, mapped.getValue());
                piece.told.put(field, hash);
                return hash.equals(piece.before.get(field)) && !piece.before.containsKey(SENT + field);
            });
            boolean closes = work.kind() == Kind.CLOSE || "Closed".equals(piece.facts.get("status"));
            piece.told.put(CLOSING, String.valueOf(closes));
        }
        return pieces;
    }

    /** Gives the pieces whose Case has to be read before it is written. */
    public List<Piece> contested(Work work, List<Piece> pieces) {
        return pieces.stream()
                .filter(piece -> work.kind() == Kind.CASE && unknown(piece)
                        ? piece.row.tries() > 1
                        : unknown(piece) && newsLeft(piece) || has(piece, STATUS) || has(piece, PRIORITY))
                .toList();
    }

    /** Gives the fields that have to be read of these Cases, as a query lists them. */
    public String fields(List<Piece> contested) {
        TreeSet<String> fields = new TreeSet<>(List.of(KEY, STATUS, "IsClosed", PRIORITY));
        contested.stream()
                .filter(CrmCase::unknown)
                .forEach(piece -> fields.addAll(piece.record(PART).keySet()));
        return String.join(", ", fields);
    }

    /**
     * Leaves to people what they changed, and keeps of status and priority what is about to be sent.
     *
     * @param records the Cases as they stand in Salesforce, with what {@link #fields} asked for; one may be missing
     */
    public void giveWay(Work work, List<Piece> contested, List<?> records) {
        Map<String, Map<?, ?>> there = byKey(records);
        List<Piece> keep = new ArrayList<>();
        for (Piece piece : contested) {
            Map<?, ?> present = there.get(CrmFacts.key(piece.row.inquiry()));
            if (present == null) {
                continue;
            }
            if (work.kind() == Kind.CASE && unknown(piece)) {
                madeBefore(piece, present);
            } else {
                giveWay(piece, present);
                keepSent(piece, present);
                keep.add(piece);
            }
        }
        keep(keep);
    }

    private void giveWay(Piece piece, Map<?, ?> there) {
        Map<String, String> before = piece.before;
        boolean unknown = unknown(piece);
        boolean closedThere = Boolean.TRUE.equals(there.get("IsClosed"));
        boolean closes = Boolean.parseBoolean(piece.told.get(CLOSING));
        boolean reopens = !closes && Boolean.parseBoolean(before.get(CLOSING));
        boolean statusTaken =
                closes ? closedThere : !reopens && (closedThere || unknown || changed(piece, there, STATUS));
        piece.record(PART).keySet().removeIf(field -> switch (field) {
            case KEY -> false;
            case STATUS -> statusTaken;
            case PRIORITY ->
                there.get(PRIORITY) != null && (!before.containsKey(PRIORITY) || changed(piece, there, PRIORITY));
            default -> unknown && SalesforceRecords.at(there, field) != null;
        });
    }

    private void keepSent(Piece piece, Map<?, ?> there) {
        for (String field : List.of(STATUS, PRIORITY)) {
            if (has(piece, field)) {
                if (there.get(field) != null && piece.before.containsKey(SENT + field)) {
                    piece.before.put(field, hash(piece.row.inquiry(), field, there.get(field)));
                }
                piece.before.put(SENT + field, piece.told.get(field));
            }
        }
    }

    /** Says whether a priority may be one that the hub sent, though Salesforce's answer did not come. */
    boolean sentPriority(UUID inquiry, String priority) {
        return hash(inquiry, PRIORITY, priority)
                .equals(before(List.of(inquiry)).getOrDefault(inquiry, Map.of()).get(SENT + PRIORITY));
    }

    /**
     * An earlier try made the Case, though its answer was lost: it stays as it is now. The inquiry may have been given to
     * somebody since, so its status is written by the work that says so; its priority is that of then.
     */
    private void madeBefore(Piece piece, Map<?, ?> there) {
        piece.record(PART).keySet().removeIf(field -> !field.equals(KEY) && !field.startsWith(CONTACT));
        piece.told
                .keySet()
                .removeIf(field -> !field.equals(CLOSING) && !field.equals(PRIORITY) && !field.startsWith(CONTACT));
        piece.told.put(CLOSING, "false");
        if (there.get(STATUS) != null) {
            piece.told.put(STATUS, hash(piece.row.inquiry(), STATUS, there.get(STATUS)));
        }
    }

    private boolean changed(Piece piece, Map<?, ?> there, String field) {
        if (!piece.before.containsKey(field)) {
            return false;
        }
        String now = there.get(field) == null ? null : hash(piece.row.inquiry(), field, there.get(field));
        return !piece.before.get(field).equals(now) && !Objects.equals(piece.before.get(SENT + field), now);
    }

    /** Gives the pieces that have something to write: a Case that is to be made, or any field. */
    public List<Piece> toWrite(Work work, List<Piece> pieces) {
        return pieces.stream()
                .filter(piece -> piece.failure() == null && (work.kind() == Kind.CASE || newsLeft(piece)))
                .toList();
    }

    private static boolean unknown(Piece piece) {
        return piece.before.keySet().stream().allMatch(field -> field.startsWith(SENT));
    }

    private static boolean newsLeft(Piece piece) {
        return piece.record(PART).keySet().stream().anyMatch(field -> !field.equals(KEY));
    }

    /**
     * Tells what the Cases hold now by the hub's will, which is kept when the work ends; call it when Salesforce answered.
     *
     * @param records the Cases as they were read after the write; empty when nothing was written
     * @return what became of each piece; with the priority and its time only when the hub wrote them, for otherwise they
     *     are news
     */
    public Written written(List<Piece> pieces, List<?> records) {
        Map<String, Map<?, ?>> there = byKey(records);
        List<Written.Result> results = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece.failure() != null) {
                results.add(new Written.Result(piece.failure(), null));
                continue;
            }
            Map<String, String> kept = new TreeMap<>(piece.before);
            kept.keySet().removeIf(field -> field.startsWith(SENT));
            kept.putAll(piece.told);
            if (piece.id(PART) == null && kept.equals(piece.before)) {
                results.add(new Written.Result(null, null));
                continue;
            }
            Map<?, ?> read = there.getOrDefault(CrmFacts.key(piece.row.inquiry()), Map.of());
            boolean priority = has(piece, PRIORITY);
            boolean closed = has(piece, STATUS)
                    && Boolean.parseBoolean(piece.told.get(CLOSING))
                    && Boolean.TRUE.equals(read.get("IsClosed"));
            results.add(new Written.Result(
                    null,
                    new Written.TheCase(
                            piece.id(PART),
                            text(read.get("CaseNumber")),
                            text(read.get(STATUS)),
                            closed ? true : null,
                            priority ? text(read.get(PRIORITY)) : null,
                            text(read.get("OwnerId")),
                            owner(read),
                            piece.id(CONTACT),
                            priority && read.get("SystemModstamp") != null
                                    ? Knowledge.time(read.get("SystemModstamp"))
                                    : null,
                            Json.write(kept))));
        }
        return new Written(results);
    }

    /** Keeps what is about to be sent, in the order of the ids, as everyone who changes several inquiries at once. */
    private void keep(List<Piece> pieces) {
        List<Object[]> written = pieces.stream()
                .sorted(Comparator.comparing(piece -> piece.row.inquiry().toString()))
                .map(piece -> new Object[] {Json.write(piece.before), piece.row.inquiry()})
                .toList();
        store.inTransaction(() -> {
            new JdbcTemplate(store.pool()).batchUpdate("update inquiries set case_written = ? where id = ?", written);
        });
    }

    private Map<UUID, Map<String, String>> before(List<UUID> inquiries) {
        Map<UUID, Map<String, String>> before = new HashMap<>();
        store.jdbc()
                .sql("select id, case_written from inquiries where id = any(?) and case_written is not null")
                .param(Store.uuids(inquiries))
                .query(row -> {
                    Map<String, String> hashes = new TreeMap<>();
                    Json.read(row.getString("case_written").getBytes(StandardCharsets.UTF_8), Map.class)
                            .forEach((field, hash) -> hashes.put(String.valueOf(field), String.valueOf(hash)));
                    before.put(row.getObject("id", UUID.class), hashes);
                });
        return before;
    }

    private static Map<String, Map<?, ?>> byKey(List<?> records) {
        Map<String, Map<?, ?>> byKey = new HashMap<>();
        for (Object each : records) {
            Map<?, ?> record = (Map<?, ?>) each;
            byKey.put(String.valueOf(record.get(KEY)), record);
        }
        return byKey;
    }

    private static boolean has(Piece piece, String field) {
        return piece.record(PART).containsKey(field);
    }

    private static String owner(Map<?, ?> read) {
        Object name = SalesforceRecords.at(read, "Owner.Name");
        return text(name == null ? read.get("OwnerId") : name);
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }

    private String hash(UUID inquiry, String field, Object value) {
        byte[] place = (inquiry + " " + field + " " + value).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(store.sealing().mac(place))
                .substring(0, 22);
    }
}
