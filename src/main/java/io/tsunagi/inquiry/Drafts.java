package io.tsunagi.inquiry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.OperatorId;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/** Keeps one draft an inquiry, sealed and versioned, so that it survives reload, crash and a change of device. */
public final class Drafts {
    private static final String TABLE = "drafts";
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

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
                    return new Draft(
                            read(store.sealing().open(TABLE, id, row.getBytes("content"))),
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
    public Optional<Draft> save(InquiryId inquiry, OperatorId by, long knownVersion, Draft.Parts parts, int lastSeq) {
        return store.inTransaction(() -> {
            Draft before = of(inquiry);
            if (before.version() != knownVersion) {
                return Optional.empty();
            }
            int since = before.isEmpty() ? lastSeq : before.sinceSeq();

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
                    .param("content", store.sealing().seal(TABLE, inquiry.value(), json(parts)))
                    .param("since", since)
                    .param("by", by.value())
                    .param("now", Store.at(clock.instant()))
                    .param("inquiry", inquiry.value())
                    .param("version", knownVersion)
                    .update();
            return saved == 1 ? find(inquiry) : Optional.empty();
        });
    }

    /** Takes the quote of a message out of the draft, because the message was taken back. */
    void forgetQuote(InquiryId inquiry, MessageId message) {
        find(inquiry)
                .map(Draft::parts)
                .filter(parts -> message.value().equals(parts.quote()))
                .ifPresent(parts -> store.jdbc()
                        .sql("update drafts set version = version + 1, content = ? where inquiry = ?")
                        .params(
                                store.sealing().seal(TABLE, inquiry.value(), json(parts.withoutQuote())),
                                inquiry.value())
                        .update());
    }

    private static byte[] json(Draft.Parts parts) {
        try {
            return JSON.writeValueAsBytes(parts);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A draft can always be written", e);
        }
    }

    private static Draft.Parts read(byte[] json) {
        try {
            return json == null ? Draft.Parts.NOTHING : JSON.readValue(json, Draft.Parts.class);
        } catch (IOException e) {
            throw new IllegalStateException("A stored draft cannot be read", e);
        }
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
