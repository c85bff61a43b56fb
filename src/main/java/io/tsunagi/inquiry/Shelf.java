package io.tsunagi.inquiry;

import java.util.UUID;

/** Where pictures and other files of a conversation are kept. Changes join the running transaction. */
public interface Shelf {
    /**
     * Has bytes fetched from LINE, in time; gives the id they will be found by.
     *
     * @param kind {@code image}, {@code video}, {@code audio} or {@code file}
     */
    UUID expect(InquiryId inquiry, Customer customer, String lineMessageId, String kind, Content.Attachment file);

    /** Destroys what the customer took back, whether it is here already or still on its way. */
    void unsend(CustomerId customer, String lineMessageId);
}
