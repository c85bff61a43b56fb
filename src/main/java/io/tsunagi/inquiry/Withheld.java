package io.tsunagi.inquiry;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.OnHold;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Words that customers took back while a legal hold covers them: what the law wants kept is kept (ISO/IEC 27001:2022, A.5.33),
 * and what LINE wants shown to nobody is shown to nobody.
 *
 * <p>They lie sealed in a place of their own. Of their message nothing but the tombstone is left, so that whoever reads
 * messages cannot show them, whatever it is for. They are given to an auditor who revealed the inquiry, to an export for those
 * who asked for the hold, and to the customer; to nobody any more once no hold covers them, and the next purge destroys them.
 * Safe for many threads and nodes.
 */
public final class Withheld {
    /**
     * What is withheld of a message.
     *
     * @param inquiry it belongs to
     * @param content the version that stood last, with earlier ones beside it
     * @param writtenAt when that version was written
     */
    public record Words(InquiryId inquiry, Content content, Instant writtenAt) {}

    private static final String TABLE = "withheld_words";
    private static final String COVERED = OnHold.covers("i.id", "i.customer", "i.account");

    private final Store store;
    private final Audit audit;

    public Withheld(Store store) {
        this.store = store;
        this.audit = new Audit(store, store.clock());
    }

    /**
     * Seals words of a message away if a hold covers it. Of several versions of one message, whichever comes first, the one
     * written last stands before the others. Joins the running transaction.
     *
     * @param at when they were written
     */
    void keep(Message message, Content words, Instant at) {
        Store.needTransaction();
        UUID id = message.id().value();
        if (words.isEmpty() || !covered(message.inquiry())) {
            return;
        }
        Words before = read("w.id = ?", id).get(id);
        if (before != null) {
            boolean newer = at.isAfter(before.writtenAt());
            Content all = newer
                    ? before.content().edited(words, before.writtenAt())
                    : before.content().after(words, at);
            store.jdbc()
                    .sql("update withheld_words set content = ?, written_at = ? where id = ?")
                    .params(store.sealing().seal(TABLE, id, all.json()), Store.at(newer ? at : before.writtenAt()), id)
                    .update();
            return;
        }
        store.jdbc()
                .sql(
                        "insert into withheld_words (id, inquiry, content, written_at, withheld_at) values (?, ?, ?, ?, ?)")
                .params(
                        id,
                        message.inquiry().value(),
                        store.sealing().seal(TABLE, id, words.json()),
                        Store.at(at),
                        Store.at(store.clock().instant()))
                .update();
        audit.write(
                Audit.HUB,
                "withhold-words",
                "message/" + id,
                Audit.OK,
                null,
                Map.of("inquiry", message.inquiry().toString()));
    }

    private boolean covered(InquiryId inquiry) {
        return store.jdbc()
                        .sql("select count(*) from inquiries i where i.id = ? and " + COVERED)
                        .param(inquiry.value())
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Gives what is withheld of an inquiry, by message. Whoever shows it audits that. */
    public Map<UUID, Words> of(InquiryId inquiry) {
        return read("i.id = ?", inquiry.value());
    }

    /** Gives what is withheld of a customer, by message. Whoever hands it out audits that. */
    public Map<UUID, Words> of(CustomerId customer) {
        return read("i.customer = ?", customer.value());
    }

    /** Gives the media that are withheld in an inquiry; their bytes open for an export only. */
    public Set<UUID> media(InquiryId inquiry) {
        return Set.copyOf(store.jdbc()
                .sql("select id from media where inquiry = ? and state = 'WITHHELD' and held")
                .param(inquiry.value())
                .query(UUID.class)
                .list());
    }

    private Map<UUID, Words> read(String which, UUID param) {
        Map<UUID, Words> words = new LinkedHashMap<>();
        store.jdbc()
                .sql(
                        "select w.id, w.inquiry, w.content, w.written_at from withheld_words w join inquiries i on i.id = w.inquiry where "
                                + which + " and " + COVERED + " order by w.withheld_at")
                .param(param)
                .query(row -> {
                    UUID id = row.getObject("id", UUID.class);
                    words.put(
                            id,
                            new Words(
                                    new InquiryId(row.getObject("inquiry", UUID.class)),
                                    Content.read(store.sealing().open(TABLE, id, row.getBytes("content"))),
                                    Store.instant(row.getTimestamp("written_at"))));
                });
        return words;
    }

    /**
     * Destroys withheld words; the caller has asked whether a hold covers them still. Joins the running transaction.
     *
     * @return the messages they were from
     */
    public List<UUID> destroy(Collection<UUID> ids) {
        Store.needTransaction();
        store.jdbc()
                .sql("delete from withheld_words where id = any(?)")
                .param(Store.uuids(ids))
                .update();
        return List.copyOf(ids);
    }
}
