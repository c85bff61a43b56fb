package io.tsunagi.inquiry;

import java.time.Instant;

/**
 * Takes what people in Salesforce do to an inquiry through its Case. Each call is a transaction of its own; the same news
 * again changes nothing, on any node.
 */
public interface CaseNews {
    /**
     * A Case as Salesforce holds it now.
     *
     * @param urgency what the priority is here, 1 the most urgent; null when there is no such priority here
     * @param ownerId Salesforce's id of the user or queue that owns it
     * @param changedAt Salesforce's time of its last change; null when it is not known
     */
    record Seen(
            String status,
            boolean closed,
            String priority,
            Integer urgency,
            String ownerId,
            String owner,
            Instant changedAt) {}

    /**
     * A comment for the customer.
     *
     * @param id Salesforce's id
     * @param author who wrote it, as colleagues read it
     */
    record Comment(String id, String author, String words, Instant writtenAt) {
        @Override
        public String toString() {
            return "Comment " + id;
        }
    }

    /** Shows in an inquiry what others changed on its Case; an inquiry that is no more is passed over. */
    void seen(InquiryId inquiry, Seen now);

    /** Sends a comment to the customer, once however often it comes. */
    void said(InquiryId inquiry, Comment comment);
}
