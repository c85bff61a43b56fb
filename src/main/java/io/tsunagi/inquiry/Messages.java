package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Keeps every bubble of every inquiry, numbered without gaps in the order of taking effect. Changes join the running
 * transaction, which holds the customer's lane.
 */
public final class Messages {
    private static final String TABLE = "messages";

    /** When the customer of an inquiry {@code i} wrote last; found among its messages, and not by the time of all. */
    static final String NEWEST =
            "(select max(case when m.sender = 'CUSTOMER' then m.at end) from messages m where m.inquiry = i.id)";

    private static final String INSERT = """
            insert into messages (id, inquiry, seq, version, customer, sender, author, type, content,
                line_message_id, media, delivery, at, late)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;

    private final Store store;
    private final InquiryVersions versions;
    private final CrmWork crm;
    private final Duration transcriptDelay;

    /**
     * @param transcriptDelay how long a message waits before it goes to Salesforce, so that masking and unsend come first
     */
    public Messages(Store store, InquiryVersions versions, CrmWork crm, Duration transcriptDelay) {
        this.store = store;
        this.versions = versions;
        this.crm = crm;
        this.transcriptDelay = transcriptDelay;
    }

    /** What is added; {@code author}, {@code lineMessageId}, {@code media} and {@code delivery} may be null. */
    public record Addition(
            UUID id,
            Message.Sender sender,
            OperatorId author,
            String type,
            Content content,
            String lineMessageId,
            UUID media,
            UUID delivery,
            Instant at) {}

    /** Adds a message as the inquiry's next one. */
    public Message add(InquiryId inquiry, CustomerId customer, Addition addition) {
        return add(inquiry, customer, List.of(addition)).get(0);
    }

    /** Where messages that are added begin, and what the inquiry was before them. */
    private record Start(int lastSeq, long version, boolean wantsCase, Instant newest) {
        private boolean late(Addition addition) {
            return addition.sender() == Message.Sender.CUSTOMER && newest != null && newest.isAfter(addition.at());
        }
    }

    /** Adds messages as the inquiry's next ones, in their order. */
    List<Message> add(InquiryId inquiry, CustomerId customer, List<Addition> additions) {
        Store.needTransaction();
        Start start = makeRoom(inquiry, additions);
        List<Message> added = new ArrayList<>();
        for (int i = 0; i < additions.size(); i++) {
            Addition addition = additions.get(i);
            added.add(new Message(
                    new MessageId(addition.id()),
                    inquiry,
                    start.lastSeq() + 1 + i,
                    start.version(),
                    addition.sender(),
                    addition.author(),
                    addition.type(),
                    addition.content(),
                    addition.lineMessageId(),
                    addition.media(),
                    addition.delivery(),
                    addition.at().truncatedTo(ChronoUnit.MICROS),
                    start.late(addition),
                    null,
                    null,
                    null));
        }
        insert(customer, added);
        if (start.wantsCase()) {
            transcribe(inquiry, added, "");
        }
        return added;
    }

    private Start makeRoom(InquiryId inquiry, List<Addition> additions) {
        versions.advance(inquiry, additions.size());
        List<Instant> fromCustomer = additions.stream()
                .filter(a -> a.sender() == Message.Sender.CUSTOMER)
                .map(Addition::at)
                .toList();
        Optional<HeldInquiry> held = HeldInquiry.of(inquiry, store);
        if (held.isPresent()) {
            Inquiry now = held.get().inquiry();
            HeldInquiry after = held.get();
            for (Instant at : fromCustomer) {
                after = after.writtenAt(at);
            }
            after.hold(store);
            return new Start(
                    now.lastSeq() - additions.size(),
                    now.version(),
                    held.get().wantsCase(),
                    held.get().newest());
        }
        return store.reading()
                .sql("""
                        select last_seq, version, handed_off_at, case_early, %s as newest from inquiries i where id = ?
                        """.formatted(fromCustomer.isEmpty() ? "cast(null as timestamp with time zone)" : NEWEST))
                .param(inquiry.value())
                .query((row, i) -> new Start(
                        row.getInt("last_seq") - additions.size(),
                        row.getLong("version"),
                        row.getTimestamp("handed_off_at") != null || row.getBoolean("case_early"),
                        Store.instant(row.getTimestamp("newest"))))
                .single();
    }

    private void insert(CustomerId customer, List<Message> added) {
        for (Message message : added) {
            UUID id = message.id().value();
            store.later(
                    INSERT,
                    id,
                    message.inquiry().value(),
                    message.seq(),
                    message.version(),
                    customer.value(),
                    message.sender().name(),
                    message.author() == null ? null : message.author().value(),
                    message.type(),
                    store.sealing().seal(TABLE, id, message.content().json()),
                    message.lineMessageId(),
                    message.media(),
                    message.delivery(),
                    Store.at(message.at()),
                    message.late());
        }
    }

    /** A line that says what happened to an inquiry, where its caller has made room for it as the next message. */
    record Note(UUID id, InquiryId inquiry, CustomerId customer, int seq, long version, String what) {}

    /** Adds such lines to many inquiries. */
    void addNotes(List<Note> notes, Instant at) {
        Store.needTransaction();
        store.jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, type, content, at, late)
                        select n.id, n.inquiry, n.seq, n.version, n.customer, 'SYSTEM', 'event', n.content,
                               cast(:at as timestamp with time zone), false
                          from unnest(cast(:ids as uuid array), cast(:inquiries as uuid array),
                                      cast(:seqs as integer array), cast(:versions as bigint array),
                                      cast(:customers as uuid array), cast(:contents as bytea array))
                               as n (id, inquiry, seq, version, customer, content)
                        """)
                .param("at", Store.at(at))
                .param("ids", Store.uuids(notes.stream().map(Note::id).toList()))
                .param(
                        "inquiries",
                        Store.uuids(notes.stream().map(n -> n.inquiry().value()).toList()))
                .param(
                        "seqs",
                        Store.array("integer", notes.stream().map(Note::seq).toList()))
                .param(
                        "versions",
                        Store.array("bigint", notes.stream().map(Note::version).toList()))
                .param(
                        "customers",
                        Store.uuids(
                                notes.stream().map(n -> n.customer().value()).toList()))
                .param(
                        "contents",
                        Store.array(
                                "bytea",
                                notes.stream()
                                        .map(n -> store.sealing()
                                                .seal(
                                                        TABLE,
                                                        n.id(),
                                                        Content.ofText(n.what()).json()))
                                        .toList()))
                .update();
    }

    /** Says whether an inquiry has a Case or is to have one. */
    boolean wantsCase(InquiryId inquiry) {
        Optional<HeldInquiry> held = HeldInquiry.of(inquiry, store);
        if (held.isPresent()) {
            return held.get().wantsCase();
        }
        return store.reading()
                .sql("select handed_off_at is not null or case_early from inquiries where id = ?")
                .param(inquiry.value())
                .query(Boolean.class)
                .single();
    }

    /** Sends everything said so far to Salesforce, as an inquiry gets its Case. */
    void transcribe(InquiryId inquiry) {
        transcribe(inquiry, since(inquiry, 0), "");
    }

    private void transcribe(InquiryId inquiry, List<Message> said, String cause) {
        crm.add(
                CrmWork.Kind.TRANSCRIPT,
                said.stream()
                        .filter(message ->
                                message.sender() != Message.Sender.NOTE && message.sender() != Message.Sender.SYSTEM)
                        .map(message ->
                                new CrmWork.Order(inquiry.value(), message.id().value(), cause))
                        .toList(),
                transcriptDelay);
    }

    /** Has Salesforce's comments of what was said, if there are any, follow a change of a message; by inquiry. */
    private void summarizeAgain(Map<UUID, UUID> changed, String cause) {
        List<CrmWork.Order> orders = summarized(changed.keySet()).stream()
                .map(inquiry -> new CrmWork.Order(inquiry, inquiry, cause + " " + changed.get(inquiry)))
                .toList();
        crm.add(CrmWork.Kind.SUMMARY, orders, Duration.ZERO);
    }

    /** Gives those of these inquiries whose words stand in comments, or are to. */
    private List<UUID> summarized(Set<UUID> inquiries) {
        return store.jdbc()
                .sql("select distinct inquiry from crm_work where inquiry = any(?) and kind = 'SUMMARY'")
                .param(Store.uuids(inquiries))
                .query(UUID.class)
                .list();
    }

    /** Has the rows of messages whose words are past their time written once more, and the subjects made of them. */
    void emptyInSalesforce(List<UUID> purged) {
        List<CrmWork.Order> rows = store.jdbc()
                .sql("""
                        select m.id, m.inquiry from messages m join inquiries i on i.id = m.inquiry
                         where m.id = any(?) and i.case_id is not null and m.sender in ('CUSTOMER', 'BOT', 'OPERATOR')
                           and exists (select 1 from crm_work w
                                        where w.inquiry = m.inquiry and w.subject = m.id and w.kind = 'TRANSCRIPT'
                                          and w.state = 'DONE' and w.error is null)
                         order by m.inquiry, m.seq
                        """)
                .param(Store.uuids(purged))
                .query((row, i) -> new CrmWork.Order(
                        row.getObject("inquiry", UUID.class), row.getObject("id", UUID.class), "purged"))
                .list();
        crm.add(CrmWork.Kind.TRANSCRIPT, rows, Duration.ZERO);
        Map<UUID, UUID> firsts = new LinkedHashMap<>();
        rows.forEach(row -> firsts.putIfAbsent(row.inquiry(), row.subject()));
        crm.add(
                CrmWork.Kind.CASE_UPDATE,
                firsts.entrySet().stream()
                        .map(first -> new CrmWork.Order(first.getKey(), first.getKey(), "purged " + first.getValue()))
                        .toList(),
                Duration.ZERO);
        Map<UUID, UUID> changed = new LinkedHashMap<>();
        store.jdbc()
                .sql("select id, inquiry from messages where id = any(?) order by inquiry, seq")
                .param(Store.uuids(purged))
                .query(row -> {
                    changed.putIfAbsent(row.getObject("inquiry", UUID.class), row.getObject("id", UUID.class));
                });
        summarizeAgain(changed, "purged");
    }

    public Optional<Message> find(MessageId id) {
        return store.reading()
                .sql("select * from messages where id = ?")
                .param(id.value())
                .query((row, i) -> read(row))
                .optional();
    }

    /** Finds what a customer said by LINE's id of it. */
    public Optional<Message> byLineId(CustomerId customer, String lineMessageId) {
        return store.reading()
                .sql("select * from messages where customer = ? and line_message_id = ? order by seq limit 1")
                .params(customer.value(), lineMessageId)
                .query((row, i) -> read(row))
                .optional();
    }

    /** Gives an inquiry's messages that are new or changed after a version, in order. */
    public List<Message> since(InquiryId inquiry, long version) {
        return store.jdbc()
                .sql("select * from messages where inquiry = ? and version > ? order by seq")
                .params(inquiry.value(), version)
                .query((row, i) -> read(row))
                .list();
    }

    /** Gives the newest messages and notes of all of a customer's inquiries, the newest first. */
    public List<Message> newestOf(CustomerId customer, int most) {
        return store.jdbc()
                .sql("select * from messages where customer = ? and sender <> 'SYSTEM'"
                        + " order by at desc, inquiry, seq desc limit ?")
                .params(customer.value(), most)
                .query((row, i) -> read(row))
                .list();
    }

    /** Gives what was last said to or by the customer, the newest first; what was taken back before it went is not there. */
    public List<Message> newestSaid(InquiryId inquiry, int most) {
        return store.jdbc()
                .sql("""
                        select * from messages where inquiry = ? and sender not in ('SYSTEM', 'NOTE')
                          and (delivery is null or content is not null or media is not null)
                        order by seq desc limit ?
                        """)
                .params(inquiry.value(), most)
                .query((row, i) -> read(row))
                .list();
    }

    /** Says whether the account itself said these words in an inquiry after a moment, and they are not known to have failed. */
    public boolean saidByBot(InquiryId inquiry, String words, Instant after) {
        return store
                .jdbc()
                .sql("""
                        select m.* from messages m left join deliveries d on d.id = m.delivery
                        where m.inquiry = ? and m.sender = 'BOT' and m.at > ?
                          and coalesce(d.state, 'SENT') in ('QUEUED', 'SENDING', 'SENT')
                        order by m.seq
                        """)
                .params(inquiry.value(), Store.at(after))
                .query((row, i) -> read(row))
                .list()
                .stream()
                .anyMatch(message -> words.equals(message.content().text()));
    }

    /** Counts what the customer said after a message's number. */
    public int countFromCustomerAfter(InquiryId inquiry, int seq) {
        return store.jdbc()
                .sql("select count(*) from messages where inquiry = ? and seq > ? and sender = 'CUSTOMER'")
                .params(inquiry.value(), seq)
                .query(Integer.class)
                .single();
    }

    /** Gives what the customer said after a message's number. */
    public List<Message> fromCustomerAfter(InquiryId inquiry, int seq) {
        return store.jdbc()
                .sql("select * from messages where inquiry = ? and seq > ? and sender = 'CUSTOMER' order by seq")
                .params(inquiry.value(), seq)
                .query((row, i) -> read(row))
                .list();
    }

    private Message read(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        UUID author = row.getObject("author", UUID.class);
        return new Message(
                new MessageId(id),
                new InquiryId(row.getObject("inquiry", UUID.class)),
                row.getInt("seq"),
                row.getLong("version"),
                Message.Sender.valueOf(row.getString("sender")),
                author == null ? null : new OperatorId(author),
                row.getString("type"),
                Content.read(store.sealing().open(TABLE, id, row.getBytes("content"))),
                row.getString("line_message_id"),
                row.getObject("media", UUID.class),
                row.getObject("delivery", UUID.class),
                Store.instant(row.getTimestamp("at")),
                row.getBoolean("late"),
                Store.instant(row.getTimestamp("edited_at")),
                Store.instant(row.getTimestamp("unsent_at")),
                Store.instant(row.getTimestamp("purged_at")));
    }

    /** Shows the customer's new words and keeps what stood there until then. */
    void edit(Message message, Content newer, Instant at) {
        Instant written = message.editedAt() == null ? message.at() : message.editedAt();
        rewrite(message, message.content().edited(newer, written), message.at(), at);
        retranscribe(message, "edited " + at);
    }

    /** Keeps an older edit, which came after a newer one, among what stood there before. */
    void olderEdit(Message message, Content older, Instant at) {
        rewrite(message, message.content().after(older, at), message.at(), message.editedAt());
    }

    /** Notes that the words are an edit whose original has not come yet. */
    void markEdited(Message message, Instant at) {
        versions.messageChanged(message.id());
        store.jdbc()
                .sql("update messages set edited_at = ? where id = ?")
                .params(Store.at(at), message.id().value())
                .update();
    }

    /** Keeps what stood there before an edit that came first. */
    void original(Message message, Content first, Instant at) {
        rewrite(message, message.content().after(first, at), at, message.editedAt());
    }

    /** Puts masked words in the place of those that completed, or began, a card number; Salesforce gets them too. */
    void mask(Message message, Content masked) {
        rewrite(message, masked, message.at(), message.editedAt());
        overwrite(message, "masked " + masked.hashCode());
    }

    /**
     * Gives a text of a customer's and those right before and after it, in LINE's order: however much somebody writes at
     * once, no more than these are opened.
     *
     * @param each how many at most on each side
     * @param near how far at most in time
     */
    List<Message> textsAround(CustomerId customer, Message text, int each, Duration near) {
        return store.reading()
                .sql("""
                        select * from (
                            (select * from messages
                              where customer = :customer and sender = 'CUSTOMER' and type = 'text' and content is not null
                                and at between :from and :at and (at, seq, id) <= (:at, :seq, :id)
                              order by at desc, seq desc, id desc limit :before)
                            union all
                            (select * from messages
                              where customer = :customer and sender = 'CUSTOMER' and type = 'text' and content is not null
                                and at between :at and :to and (at, seq, id) > (:at, :seq, :id)
                              order by at, seq, id limit :after)) near
                        order by at, seq, id
                        """)
                .param("customer", customer.value())
                .param("at", Store.at(text.at()))
                .param("seq", text.seq())
                .param("id", text.id().value())
                .param("from", Store.at(text.at().minus(near)))
                .param("to", Store.at(text.at().plus(near)))
                .param("before", each + 1)
                .param("after", each)
                .query((row, i) -> read(row))
                .list();
    }

    private void rewrite(Message message, Content content, Instant at, Instant editedAt) {
        versions.messageChanged(message.id());
        UUID id = message.id().value();
        store.jdbc()
                .sql("update messages set content = ?, at = ?, edited_at = ? where id = ?")
                .params(store.sealing().seal(TABLE, id, content.json()), Store.at(at), Store.at(editedAt), id)
                .update();
        forgetTranslations(List.of(id));
    }

    /** What messages said in other languages goes with their words. */
    void forgetTranslations(Collection<UUID> ids) {
        store.jdbc()
                .sql("delete from translations where message = any(?)")
                .param(Store.uuids(ids))
                .update();
    }

    /** Leaves a tombstone where the customer took words back. */
    void unsend(Message message, Instant at) {
        versions.messageChanged(message.id());
        store.jdbc()
                .sql("update messages set content = null, unsent_at = ? where id = ?")
                .params(Store.at(at), message.id().value())
                .update();
        forgetTranslations(List.of(message.id().value()));
        overwrite(message, "unsent");
        // Bubbles that quote it show it no longer.
        since(message.inquiry(), 0).stream()
                .filter(other -> message.lineMessageId() != null
                        && message.lineMessageId().equals(other.content().quoted()))
                .forEach(other -> versions.messageChanged(other.id()));
    }

    /** Has words that must not stand in Salesforce overwritten there at once, also where others wait. */
    private void overwrite(Message message, String cause) {
        if (wantsCase(message.inquiry())) {
            UUID inquiry = message.inquiry().value();
            // The Case's subject may be made of the same words.
            crm.addFirst(inquiry, CrmWork.Kind.CASE_UPDATE, inquiry, cause + " " + message.id());
            crm.addFirst(inquiry, CrmWork.Kind.TRANSCRIPT, message.id().value(), cause);
            summarized(Set.of(inquiry))
                    .forEach(of -> crm.addFirst(of, CrmWork.Kind.SUMMARY, of, cause + " " + message.id()));
        }
    }

    private void retranscribe(Message message, String cause) {
        if (wantsCase(message.inquiry())) {
            transcribe(message.inquiry(), List.of(message), cause);
            summarizeAgain(Map.of(message.inquiry().value(), message.id().value()), cause);
        }
    }

    /** Takes the words out of what an operator took back before it was sent. */
    void empty(MessageId message) {
        versions.messageChanged(message);
        store.jdbc()
                .sql("update messages set content = null, media = null where id = ?")
                .param(message.value())
                .update();
        forgetTranslations(List.of(message.value()));
    }

    /** Notes, in the order they were sent, under which ids and quote tokens LINE shows deliveries' bubbles. */
    public void arrived(Map<UUID, List<Deliveries.Shown>> shown) {
        Map<UUID, List<Message>> sent = store
                .jdbc()
                .sql("select * from messages where delivery = any(?) order by delivery, seq")
                .param(Store.uuids(shown.keySet()))
                .query((row, i) -> read(row))
                .list()
                .stream()
                .collect(Collectors.groupingBy(Message::delivery, LinkedHashMap::new, Collectors.toList()));
        List<Object[]> rows = new ArrayList<>();
        sent.forEach((delivery, messages) -> {
            List<Deliveries.Shown> bubbles = shown.get(delivery);
            for (int i = 0; i < Math.min(messages.size(), bubbles.size()); i++) {
                UUID id = messages.get(i).id().value();
                Content content = messages.get(i)
                        .content()
                        .change()
                        .quoteToken(bubbles.get(i).quoteToken())
                        .done();
                rows.add(new Object[] {bubbles.get(i).id(), store.sealing().seal(TABLE, id, content.json()), id});
            }
        });
        store.each("update messages set line_message_id = ?, content = ? where id = ?", rows);
    }
}
