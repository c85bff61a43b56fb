package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/** Keeps one draft an inquiry, sealed and versioned, so that it survives reload, crash and a change of device. */
public final class Drafts {
    private static final String TABLE = "drafts";

    private final Store store;
    private final Clock clock;

    public Drafts(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    public Draft of(InquiryId inquiry) {
        return find(inquiry).orElse(Draft.NONE);
    }

    private Optional<Draft> find(InquiryId inquiry) {
        return store.jdbc()
                .sql("select * from drafts where inquiry = ?")
                .param(inquiry.value())
                .query((row, i) -> {
                    UUID id = row.getObject("inquiry", UUID.class);
                    Content content = Content.read(store.sealing().open(TABLE, id, row.getBytes("content")));
                    return new Draft(
                            content.text() == null ? "" : content.text(),
                            content.sticker(),
                            row.getLong("version"),
                            row.getInt("since_seq"),
                            Store.instant(row.getTimestamp("saved_at")));
                })
                .optional();
    }

    /**
     * Saves the draft over the version the writer knew.
     *
     * @param lastSeq the inquiry's newest message now, remembered when the draft begins
     * @return empty when somebody saved a newer version meanwhile
     */
    public Optional<Draft> save(
            InquiryId inquiry, OperatorId by, long knownVersion, String text, Content.Sticker sticker, int lastSeq) {
        return store.inTransaction(() -> {
            Draft before = of(inquiry);
            if (before.version() != knownVersion) {
                return Optional.empty();
            }
            int since = before.isEmpty() ? lastSeq : before.sinceSeq();
            Content content =
                    Content.NOTHING.change().text(text).sticker(sticker).done();
            if (knownVersion == 0) {
                store.jdbc()
                        .sql("insert into drafts (inquiry, version, since_seq) values (?, 0, ?) on conflict do nothing")
                        .params(inquiry.value(), since)
                        .update();
            }
            int saved = store.jdbc()
                    .sql("""
                            update drafts set version = version + 1, content = :content, since_seq = :since,
                                saved_by = :by, saved_at = :now
                            where inquiry = :inquiry and version = :version
                            """)
                    .param("content", store.sealing().seal(TABLE, inquiry.value(), content.json()))
                    .param("since", since)
                    .param("by", by.value())
                    .param("now", Store.at(clock.instant()))
                    .param("inquiry", inquiry.value())
                    .param("version", knownVersion)
                    .update();
            return saved == 1 ? find(inquiry) : Optional.empty();
        });
    }

    /** Empties the draft, because it was sent or its inquiry is over. */
    void clear(InquiryId inquiry) {
        store.jdbc()
                .sql(
                        "update drafts set version = version + 1, content = null, since_seq = 0, saved_at = ? where inquiry = ?")
                .params(Store.at(clock.instant()), inquiry.value())
                .update();
    }
}
