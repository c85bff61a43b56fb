package io.tsunagi.inquiry;

import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Knows every place where a customer's words are kept, and takes them out of all of them: the message, the event in the
 * ledger, the record of what the bot was asked, a draft's quote, the medium, and, by a row in the outbox, Salesforce. Whoever has words
 * deleted comes here; whoever keeps words in a new place adds it here. Joins the running transaction.
 */
final class Erase {
    private final Store store;
    private final Messages messages;
    private final Drafts drafts;
    private final Shelf shelf;

    Erase(Store store, Messages messages, Drafts drafts, Shelf shelf) {
        this.store = store;
        this.messages = messages;
        this.drafts = drafts;
        this.shelf = shelf;
    }

    /** Erases a message the customer took back; only its tombstone stays. It need not have come yet. */
    void message(CustomerId customer, String lineMessageId, Instant at) {
        Optional<Message> message = messages.byLineId(customer, lineMessageId);
        message.ifPresent(found -> {
            eventsOf(customer, found).forEach(this::event);
            messages.unsend(found, at);
            drafts.forgetQuote(found.inquiry(), found.id());
        });
        shelf.unsend(customer, lineMessageId);
    }

    /** Erases the words of an event and what was derived from it. */
    void event(UUID event) {
        store.jdbc()
                .sql("update events set body = null where id = ?")
                .param(event)
                .update();
        store.jdbc()
                .sql("update questions set question = null where id = ?")
                .param(Ids.derived("question", event))
                .update();
    }

    /** The event that brought the message, and those that edited it. */
    private List<UUID> eventsOf(CustomerId customer, Message message) {
        return store.jdbc()
                .sql("""
                        select id from events
                        where lane = ? and state = 'DONE' and type in ('message', 'messageEdited')
                          and occurred_at between ? and ?
                        """)
                .params(
                        customer.value(),
                        Store.at(message.at()),
                        Store.at(message.editedAt() == null ? message.at() : message.editedAt()))
                .query(UUID.class)
                .list();
    }
}
