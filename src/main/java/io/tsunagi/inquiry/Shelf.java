package io.tsunagi.inquiry;

import java.util.Optional;
import java.util.UUID;

/** Where pictures and other files of a conversation are kept. Changes join the running transaction. */
public interface Shelf {
    /**
     * Has bytes fetched from LINE, in time; gives the id they will be found by.
     *
     * @param kind {@code image}, {@code video}, {@code audio} or {@code file}
     */
    UUID expect(InquiryId inquiry, Customer customer, String lineMessageId, String kind, Content.Attachment file);

    /** Gives what is known of a picture or video that was uploaded for an inquiry; empty when there is none to send. */
    Optional<Draft.Image> uploaded(InquiryId inquiry, UUID media);

    /** Gives an uploaded picture or video the addresses that a phone loads it from. */
    Bubble.Picture offer(UUID media);

    /** Ends those addresses, because it was taken back before it was sent. */
    void withdraw(UUID media);

    /** Marks what is expected as a document that proves who the customer is. */
    void identity(UUID media);

    /** Destroys what the customer took back, whether it is here already or still on its way. */
    void unsend(CustomerId customer, String lineMessageId);
}
