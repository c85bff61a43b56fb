package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/**
 * An inquiry as it was when it was read.
 *
 * @param number what people call it by
 * @param version counts every change a screen shows
 * @param lastSeq number of its newest message; messages are numbered from 1 without gaps
 * @param priority 1 is the most urgent, 3 the usual
 * @param weight what its operator carries for it, with a call that is open in it
 * @param call what the call adds; it is carried, and needs no room
 * @param slot its place among its operator's, from 1
 * @param offeredUntil until when its operator may take it; null once they have
 * @param identityUntil until when the customer's images prove who they are; null when they were not asked
 * @param waitingSince since when the customer waits for an answer; null when it is the customer's turn
 */
public record Inquiry(
        InquiryId id,
        long number,
        CustomerId customer,
        String account,
        InquiryState state,
        long version,
        int lastSeq,
        String language,
        String team,
        String skill,
        String topic,
        int priority,
        int weight,
        int call,
        OperatorId operator,
        Integer slot,
        Instant openedAt,
        Instant handedOffAt,
        String handOffReason,
        Instant queuedAt,
        Instant assignedAt,
        Instant waitingSince,
        int readSeq,
        Instant holdUntil,
        String holdMemo,
        Instant closedAt,
        String closeReason,
        int botMisses,
        int botPrompts,
        String botArticle,
        Instant identityUntil,
        Instant offeredUntil) {

    /** Whether its operator has not taken it yet. */
    public boolean offered() {
        return offeredUntil != null;
    }

    /** An inquiry that a customer begins with the bot. */
    static Inquiry fresh(InquiryId id, long number, Customer customer, Instant at) {
        return new Inquiry(
                id,
                number,
                customer.id(),
                customer.account(),
                InquiryState.BOT,
                0,
                0,
                customer.language(),
                null,
                null,
                null,
                3,
                1,
                0,
                null,
                null,
                at,
                null,
                null,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                null,
                0,
                0,
                null,
                null,
                null);
    }

    /** The next version, with so many more messages. */
    Inquiry advanced(int messages) {
        return with(version + 1, lastSeq + messages, topic, botMisses, botPrompts, botArticle);
    }

    Inquiry remembered(int misses, int prompts, String article, String ofTopic) {
        return with(version, lastSeq, topic == null ? ofTopic : topic, misses, prompts, article);
    }

    private Inquiry with(long newVersion, int newLastSeq, String newTopic, int misses, int prompts, String article) {
        return new Inquiry(
                id,
                number,
                customer,
                account,
                state,
                newVersion,
                newLastSeq,
                language,
                team,
                skill,
                newTopic,
                priority,
                weight,
                call,
                operator,
                slot,
                openedAt,
                handedOffAt,
                handOffReason,
                queuedAt,
                assignedAt,
                waitingSince,
                readSeq,
                holdUntil,
                holdMemo,
                closedAt,
                closeReason,
                misses,
                prompts,
                article,
                identityUntil,
                offeredUntil);
    }

    static Inquiry read(ResultSet row, Store store) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        UUID operator = row.getObject("operator", UUID.class);
        return new Inquiry(
                new InquiryId(id),
                row.getLong("number"),
                new CustomerId(row.getObject("customer", UUID.class)),
                row.getString("account"),
                InquiryState.valueOf(row.getString("state")),
                row.getLong("version"),
                row.getInt("last_seq"),
                row.getString("language"),
                row.getString("team"),
                row.getString("skill"),
                row.getString("topic"),
                row.getInt("priority"),
                row.getInt("weight") + row.getInt("call_weight"),
                row.getInt("call_weight"),
                operator == null ? null : new OperatorId(operator),
                row.getObject("slot", Integer.class),
                Store.instant(row.getTimestamp("opened_at")),
                Store.instant(row.getTimestamp("handed_off_at")),
                row.getString("hand_off_reason"),
                Store.instant(row.getTimestamp("queued_at")),
                Store.instant(row.getTimestamp("assigned_at")),
                Store.instant(row.getTimestamp("waiting_since")),
                row.getInt("read_seq"),
                Store.instant(row.getTimestamp("hold_until")),
                store.sealing().openText("inquiries", id, row.getBytes("hold_memo")),
                Store.instant(row.getTimestamp("closed_at")),
                row.getString("close_reason"),
                row.getInt("bot_misses"),
                row.getInt("bot_prompts"),
                row.getString("bot_article"),
                Store.instant(row.getTimestamp("identity_until")),
                Store.instant(row.getTimestamp("offered_until")));
    }

    @Override
    public String toString() {
        return "Inquiry " + number + " " + state;
    }
}
