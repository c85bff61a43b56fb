package io.tsunagi.inquiry;

import io.tsunagi.store.Store;
import java.sql.Types;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.jdbc.core.SqlParameterValue;

/**
 * An inquiry whose row the running turn has locked, or made: as it will stand in the database when all is written that the
 * turn has in hand.
 *
 * @param caseEarly whether it is to have its Case though nobody was asked for
 * @param newest when the customer wrote last; null when they have not
 */
record HeldInquiry(Inquiry inquiry, boolean caseEarly, Instant newest) {
    private static final String CHANGE = """
            update inquiries set version = ?, last_seq = ?, changed_at = ?, bot_misses = ?, bot_prompts = ?, bot_article = ?,
                topic = ?
            where id = ?
            """;

    private static final String BEGIN = """
            insert into inquiries (version, last_seq, changed_at, bot_misses, bot_prompts, bot_article, topic, id,
                customer, account, language, opened_at, number, state, priority, weight, read_seq)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'BOT', 3, 1, 0)
            on conflict do nothing
            """;

    static Optional<HeldInquiry> of(InquiryId id, Store store) {
        return store.held(id, HeldInquiry.class);
    }

    void hold(Store store) {
        store.hold(inquiry.id(), this);
    }

    /** Holds an inquiry that the turn begins, and writes it. */
    void begin(Store store, Instant now) {
        hold(store);
        Object[] constant = {
            inquiry.customer().value(),
            inquiry.account(),
            inquiry.language(),
            Store.at(inquiry.openedAt()),
            inquiry.number()
        };
        store.laterWhole(
                BEGIN,
                inquiry.id().value(),
                Stream.concat(Stream.of(changing(now)), Stream.of(constant)).toArray());
    }

    /** Holds it, and writes what the turn changed: once for all changes, in the row itself where that has not gone out yet. */
    void write(Store store, Instant now) {
        if (store.waits(BEGIN, inquiry.id().value())) {
            begin(store, now);
        } else {
            hold(store);
            store.laterWhole(CHANGE, inquiry.id().value(), changing(now));
        }
    }

    private Object[] changing(Instant now) {
        return new Object[] {
            inquiry.version(),
            inquiry.lastSeq(),
            Store.at(now),
            inquiry.botMisses(),
            inquiry.botPrompts(),
            new SqlParameterValue(Types.VARCHAR, inquiry.botArticle()),
            new SqlParameterValue(Types.VARCHAR, inquiry.topic()),
            inquiry.id().value()
        };
    }

    boolean wantsCase() {
        return caseEarly || inquiry.handedOffAt() != null;
    }

    HeldInquiry with(Inquiry changed) {
        return new HeldInquiry(changed, caseEarly, newest);
    }

    HeldInquiry writtenAt(Instant at) {
        return newest != null && newest.isAfter(at) ? this : new HeldInquiry(inquiry, caseEarly, at);
    }
}
