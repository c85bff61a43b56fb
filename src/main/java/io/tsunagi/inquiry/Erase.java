package io.tsunagi.inquiry;

import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Knows every place where a customer's words are kept, and takes them out of all of them: the message, the event in the
 * ledger, its translations, the record of what the bot was asked, an article proposed from it, a draft's quote, the medium, and, by a row in
 * the outbox, Salesforce. Whoever has words deleted comes here; whoever keeps words in a new place adds it here. What a
 * customer takes back under a legal hold goes from all of them too, and is {@link Withheld}. Joins the running
 * transaction. Safe for many threads.
 */
public final class Erase {
    private final Store store;
    private final Messages messages;
    private final Drafts drafts;
    private final Shelf shelf;
    private final Withheld withheld;

    public Erase(Store store, Messages messages, Drafts drafts, Shelf shelf) {
        this.store = store;
        this.messages = messages;
        this.drafts = drafts;
        this.shelf = shelf;
        this.withheld = new Withheld(store);
    }

    /** Erases a message the customer took back; only its tombstone stays. It need not have come yet. */
    void message(CustomerId customer, String lineMessageId, Instant at) {
        Optional<Message> message = messages.byLineId(customer, lineMessageId);
        message.ifPresent(found -> {
            withheld.keep(found, found.content(), found.editedAt() == null ? found.at() : found.editedAt());
            eventsOf(customer, found).forEach(this::event);
            messages.unsend(found, at);
            proposals(found.id().value());
            drafts.forgetQuote(found.inquiry(), found.id());
        });
        shelf.unsend(customer, lineMessageId);
    }

    /** Erases words that come although their message was taken back before. */
    void late(Message takenBack, Incoming words) {
        withheld.keep(takenBack, words.content(), words.at());
        event(words.event());
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
        proposals(Ids.derived("question", event));
    }

    /** What an editor approved holds the editor's words, and its source, a question or a message, is forgotten. */
    private void proposals(UUID source) {
        store.jdbc()
                .sql("delete from article_proposals where source = ?")
                .param(source)
                .update();
    }

    /** Masks a part of a card number or of what rules hide in every place it is kept, {@code masked} tells with what words. */
    void part(CustomerId customer, Message part, UnaryOperator<String> masked) {
        eventsOf(customer, part).forEach(this::event);
        proposals(part.id().value());
        messages.mask(part, part.content().reworded(masked));
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

    private record Said(UUID id, UUID inquiry, UUID customer, UUID delivery, Instant at) {}

    /** As {@link #messages(Collection)}, and has Salesforce empty the rows and the subject it holds of them. */
    public List<UUID> everywhere(Collection<UUID> ids) {
        List<UUID> gone = messages(ids);
        messages.emptyInSalesforce(gone);
        return gone;
    }

    /**
     * Takes the words out of messages whose time is over, and out of every other place they are kept; only an empty bubble
     * stays. What of them still waits for Salesforce is not sent there any more. Passes over inquiries and messages that
     * somebody has in hand, or that are being written to Salesforce. Joins the running transaction.
     *
     * @return the messages whose words are gone
     */
    public List<UUID> messages(Collection<UUID> ids) {
        Store.needTransaction();
        List<UUID> inquiries =
                store.jdbc().sql("""
                        select id from inquiries where id in (select inquiry from messages where id = any(?))
                        order by id for update skip locked
                        """).param(Store.uuids(ids)).query(UUID.class).list();
        List<Said> said = store.jdbc()
                .sql("""
                        select id, inquiry, customer, delivery, at from messages
                        where id = any(?) and inquiry = any(?) and content is not null and not exists (
                            select 1 from crm_work w
                            where w.inquiry = messages.inquiry and w.subject = messages.id and w.state = 'QUEUED'
                              and w.lease_until > ?)
                        order by id for update skip locked
                        """)
                .params(
                        Store.uuids(ids),
                        Store.uuids(inquiries),
                        Store.at(store.clock().instant()))
                .query((row, i) -> new Said(
                        row.getObject("id", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getObject("customer", UUID.class),
                        row.getObject("delivery", UUID.class),
                        Store.instant(row.getTimestamp("at"))))
                .list();
        if (said.isEmpty()) {
            return List.of();
        }
        List<UUID> gone = said.stream().map(Said::id).toList();
        store.jdbc()
                .sql("update messages set content = null, purged_at = ? where id = any(?)")
                .params(Store.at(store.clock().instant()), Store.uuids(gone))
                .update();
        messages.forgetTranslations(gone);
        store.jdbc()
                .sql("""
                        update crm_work set state = 'DONE', done_at = ?, error = 'the words are past their time'
                        where inquiry = any(?) and subject = any(?) and kind = 'TRANSCRIPT' and state <> 'DONE'
                        """)
                .params(Store.at(store.clock().instant()), Store.uuids(inquiries), Store.uuids(gone))
                .update();
        store.jdbc()
                .sql("""
                        update deliveries set payload = null, reply_token = null
                        where id = any(?) and state not in ('QUEUED', 'SENDING', 'NEEDS_QUOTA')
                        """)
                .param(Store.uuids(said.stream()
                        .map(Said::delivery)
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList()))
                .update();
        store.jdbc()
                .sql("""
                        update inquiries set words_purged_at = ?
                        where id = any(?) and state = 'CLOSED' and not exists (
                            select 1 from messages m
                            where m.inquiry = inquiries.id and m.content is not null and m.sender <> 'SYSTEM')
                        """)
                .params(Store.at(store.clock().instant()), Store.uuids(inquiries))
                .update();
        List<OffsetDateTime> times =
                said.stream().map(message -> Store.at(message.at())).toList();
        List<UUID> lanes = said.stream().map(Said::customer).distinct().toList();
        store.jdbc()
                .sql("""
                        update questions set question = null
                        where inquiry = any(?) and question is not null and asked_at <= ?
                        """)
                .params(
                        Store.uuids(said.stream().map(Said::inquiry).distinct().toList()),
                        times.stream().max(Comparator.naturalOrder()).orElseThrow())
                .update();
        store.jdbc()
                .sql("delete from article_proposals where inquiry = any(?)")
                .param(Store.uuids(said.stream().map(Said::inquiry).distinct().toList()))
                .update();
        // By lanes: with the bare column PostgreSQL might go over all that is done, H2 over the whole index of lanes.
        store.jdbc()
                .sql("""
                        update events set body = null
                        where lane = any(?) and concat(state, '') = 'DONE' and body is not null and occurred_at = any(cast(? as timestamp with time zone array))
                        """)
                .params(Store.uuids(lanes), Store.array("timestamp with time zone", times))
                .update();
        List<UUID> drafted = store.jdbc()
                .sql("select inquiry from drafts where inquiry = any(?) and content is not null")
                .param(Store.uuids(inquiries))
                .query(UUID.class)
                .list();
        said.stream()
                .filter(message -> drafted.contains(message.inquiry()))
                .forEach(message -> drafts.forgetQuote(new InquiryId(message.inquiry()), new MessageId(message.id())));
        return gone;
    }
}
