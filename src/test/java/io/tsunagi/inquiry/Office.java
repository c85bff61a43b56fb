package io.tsunagi.inquiry;

import io.tsunagi.access.Face;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.access.SettableClock;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.Texts;
import io.tsunagi.config.Settings;
import io.tsunagi.dispatch.Dispatcher;
import io.tsunagi.dispatch.Offers;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import io.tsunagi.survey.Survey;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The real objects that handle inquiries, on a real database and a clock that stands still; without routes and HTTP.
 * What a route does as one turn is one transaction that holds the customer's lane here as well.
 */
public final class Office implements AutoCloseable {
    public static final Duration UNDO = Duration.ofSeconds(5);
    public static final Duration SILENCE = Duration.ofHours(24);
    /** One card with a place for the operator. */
    private static final Cards CARDS = Cards.read(
            "[{name: confirm, language: ja, title: 確認, message: {type: template, altText: '{{what}}', template: {type: confirm,"
                    + " text: '{{what}} ({{number}})', actions: [{type: message, label: はい, text: はい},"
                    + " {type: message, label: いいえ, text: いいえ}]}}}]",
            io.tsunagi.line.CardRules::check);

    /** Trainees wait, and large amounts; nobody here is a trainee who was not made one. */
    private static final ApprovalRules RULES =
            ApprovalRules.read("rules: [{id: trainee, name: {ja: 研修中}, skill: trainee},"
                    + " {id: large-amount, name: {ja: 5万円超}, amount-over: 50000}]");

    /** The rules as shipped. */
    public static final SensitiveWords SENSITIVE = shipped();

    public static final Duration BLOCKED = Duration.ofHours(24);
    public static final Duration TRANSCRIPT_DELAY = Duration.ofSeconds(30);

    private static final Duration REPLY_WINDOW = Duration.ofSeconds(50);

    public final SettableClock clock;
    public final Store store;
    public final Lanes lanes;
    public final Customers customers;
    public final Deliveries deliveries;
    public final CrmWork crm;
    public final Messages messages;
    public final Inquiries inquiries;
    public final Outgoing outgoing;
    public final Drafts drafts;
    public final Approvals approvals;
    public final Desk desk;
    public final Seats seats;
    public final Offers offers;
    public final Dispatcher dispatcher;
    public final Survey survey;
    public final Silence silence;
    public final CustomerTurn turn;
    private final Settings settings;
    private int said;

    private static SensitiveWords shipped() {
        try {
            return SensitiveWords.read(Files.readString(Path.of("config/sensitive.yaml")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Office(Settings settings, SettableClock clock) {
        this.settings = settings;
        this.clock = clock;
        store = Store.open(settings);
        Signals signals = new Signals();
        lanes = new Lanes(store);
        InquiryVersions versions = new InquiryVersions(store, signals, clock);
        crm = new CrmWork(store, signals, clock);
        customers = new Customers(store, clock);
        deliveries = new Deliveries(store, signals, clock, REPLY_WINDOW, Duration.ofMinutes(2), Duration.ofHours(23));
        messages = new Messages(store, versions, crm, TRANSCRIPT_DELAY);
        deliveries.listen(versions::deliveriesChanged);
        seats = new Seats(store, signals, clock);
        inquiries = new Inquiries(store, signals, versions, messages, crm, seats, clock);
        outgoing = new Outgoing(messages, customers, deliveries, Office::plain, clock);
        drafts = new Drafts(store, clock);
        approvals = new Approvals(store, RULES, versions, signals, SENSITIVE, new Audit(store, clock), clock);
        inquiries.listen(approvals);
        desk = new Desk(
                store,
                lanes,
                inquiries,
                messages,
                customers,
                outgoing,
                drafts,
                new EmptyShelf(),
                CARDS,
                approvals,
                by -> Optional.empty(),
                ChatControl.NONE,
                SENSITIVE,
                new Audit(store, clock),
                clock,
                UNDO);
        offers = new Offers(store, lanes, inquiries, signals, new Audit(store, clock), clock, settings);
        dispatcher = new Dispatcher(store, lanes, inquiries, seats, offers, clock);
        survey = new Survey(store, outgoing, texts(), crm, versions, clock, Duration.ofHours(24));
        silence = new Silence(store, lanes, inquiries, SILENCE, BLOCKED);
        turn = new CustomerTurn(
                store,
                customers,
                inquiries,
                messages,
                drafts,
                new EmptyShelf(),
                deliveries,
                signals,
                SENSITIVE,
                account -> "ja",
                words -> words.contains("いい加減") ? Optional.of("anger") : Optional.empty(),
                ChatControl.NONE);
    }

    public static Office open(Dialect dialect) {
        return open(TestStores.settings(dialect, Map.of()));
    }

    public static Office open(Settings settings) {
        return new Office(settings, new SettableClock("2026-04-01T00:00:00Z"));
    }

    /** Opens a second node on the same database. */
    public Office secondNode() {
        return new Office(settings, clock);
    }

    private static String plain(String account, List<Bubble> bubbles, Face face) {
        return bubbles.stream()
                .map(bubble -> bubble.text() != null
                        ? bubble.text()
                        : bubble.card() == null ? "[sticker]" : bubble.card().json())
                .collect(Collectors.joining("|"));
    }

    public static Texts texts() {
        Properties japanese = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of("config/texts_ja.properties"))) {
            japanese.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Texts.load(Map.of("ja", japanese));
    }

    /** Keeps no bytes: these tests look at words. */
    private static final class EmptyShelf implements Shelf {
        @Override
        public UUID expect(
                InquiryId inquiry, Customer customer, String lineMessageId, String kind, Content.Attachment file) {
            return Ids.derived("medium", lineMessageId);
        }

        @Override
        public Optional<Draft.Image> uploaded(InquiryId inquiry, UUID media) {
            return Optional.empty();
        }

        @Override
        public Bubble.Picture offer(UUID media) {
            throw new IllegalStateException("There are no pictures here");
        }

        @Override
        public void withdraw(UUID media) {}

        public void identity(UUID media) {}

        @Override
        public void unsend(CustomerId customer, String lineMessageId) {}
    }

    // People

    /** Seats an operator who is available, speaks Japanese and has been idle since now. */
    public Person operator(String name, int capacity) {
        return operator(name, capacity, "support", "", "ja");
    }

    public Person operator(String name, int capacity, String team, String skills, String spoken) {
        Person person = new Person(
                new OperatorId(Ids.derived("operator", name)), name, name, Role.OPERATOR, "ja", "Asia/Tokyo");
        store.jdbc()
                .sql("""
                        insert into operators
                            (id, name, display_name, role, language, zone, password_hash, failures, created_at)
                        values (?, ?, ?, 'operator', 'ja', 'Asia/Tokyo', '-', 0, ?)
                        """)
                .params(person.id().value(), name, name, Store.at(clock.instant()))
                .update();
        store.jdbc()
                .sql("""
                        insert into seats (operator, team, skills, languages, presence, capacity, load, idle_since)
                        values (?, ?, ?, ?, 'available', ?, 0, ?)
                        """)
                .params(person.id().value(), team, skills, spoken, capacity, Store.at(clock.instant()))
                .update();
        return person;
    }

    public int load(Person person) {
        return seats.of(person.id()).orElseThrow().load();
    }

    // What customers do

    public CustomerId customer(String user) {
        CustomerId id = Customers.idOf("main", "user", user);
        store.jdbc()
                .sql(
                        "insert into lanes (id, account, kind, source) values (?, 'main', 'user', ?) on conflict do nothing")
                .params(id.value(), user)
                .update();
        return id;
    }

    /** Runs work as a turn of the customer. */
    public <T> T atTurn(String user, Callable<T> work) {
        CustomerId customer = customer(user);
        return store.inTransaction(() -> {
            lanes.lock(customer.value());
            try {
                return work.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** The customer writes a text. */
    public Received writes(String user, String text) {
        return writes(user, text, "word-" + nextWord());
    }

    public Received writes(String user, String text, String lineMessageId) {
        return writes(user, text, lineMessageId, null);
    }

    /** The customer writes a text that can be answered for free. */
    public Received writes(String user, String text, String lineMessageId, String replyToken) {
        Incoming incoming = incoming(user, "message", text, lineMessageId, null, clock.instant(), replyToken);
        return atTurn(user, () -> turn.receive(incoming));
    }

    public Incoming incoming(
            String user, String type, String text, String lineMessageId, String data, Instant at, String replyToken) {
        return new Incoming(
                UUID.randomUUID(),
                "main",
                "user",
                user,
                type,
                at,
                clock.instant(),
                replyToken,
                false,
                "text",
                Content.ofText(text),
                lineMessageId,
                false,
                data,
                text == null ? null : "ja");
    }

    public Pressed presses(String user, String data) {
        Incoming incoming = incoming(user, "postback", null, null, data, clock.instant(), null);
        return atTurn(user, () -> turn.press(incoming));
    }

    private synchronized int nextWord() {
        return ++said;
    }

    // Inquiries in a state

    public Inquiry withBot(String user) {
        writes(user, "こんにちは");
        return current(user);
    }

    public Inquiry waiting(String user) {
        return waiting(user, "support", null, 3, 1);
    }

    public Inquiry waiting(String user, String team, String skill, int priority, int weight) {
        Inquiry inquiry = withBot(user);
        atTurn(user, () -> {
            inquiries.queue(inquiry.id(), team, skill, "残高", priority, weight, "asked-for-person");
            return null;
        });
        return now(inquiry);
    }

    public Inquiry assigned(String user, Person to) {
        Inquiry inquiry = waiting(user);
        atTurn(user, () -> {
            inquiries.take(inquiry.id(), to.id(), to.name(), null);
            return null;
        });
        return now(inquiry);
    }

    public Inquiry held(String user, Person by) {
        Inquiry inquiry = assigned(user, by);
        desk.hold(by, inquiry.id(), "折り返し待ち", clock.instant().plus(Duration.ofHours(1)));
        return now(inquiry);
    }

    public Inquiry closed(String user, Person by) {
        Inquiry inquiry = assigned(user, by);
        desk.close(by, inquiry.id(), "solved", () -> {});
        return now(inquiry);
    }

    public Inquiry current(String user) {
        return inquiries.current(customer(user)).orElseThrow();
    }

    public Inquiry now(Inquiry inquiry) {
        return inquiries.get(inquiry.id());
    }

    // The operator's screen

    /** Saves words as the draft, over whatever stood there. */
    public Draft drafts(Person by, Inquiry inquiry, String text) {
        return desk.save(by, inquiry.id(), drafts.of(inquiry.id()).version(), Draft.Parts.ofText(text))
                .orElseThrow();
    }

    /** Sends the draft, having seen everything. */
    public Desk.Sending sends(Person by, Inquiry inquiry, UUID press, String... confirmed) {
        return desk.send(
                by,
                inquiry.id(),
                press,
                drafts.of(inquiry.id()).version(),
                now(inquiry).lastSeq(),
                List.of(confirmed));
    }

    public Desk.Sending.Accepted says(Person by, Inquiry inquiry, String text) {
        drafts(by, inquiry, text);
        return (Desk.Sending.Accepted) sends(by, inquiry, UUID.randomUUID());
    }

    /** What LINE is told of a customer's next delivery that is due, or null. */
    public String nextCall(String user) {
        Deliveries.Claim claim = deliveries.next(customer(user).value());
        return claim == null ? null : claim.payload();
    }

    // Looking

    /** The work that waits for Salesforce, as kinds in order. */
    public List<String> crm(Inquiry inquiry) {
        return store.jdbc()
                .sql("select kind from crm_work where inquiry = ? order by seq")
                .param(inquiry.id().value())
                .query(String.class)
                .list();
    }

    public long count(String table) {
        return store.jdbc()
                .sql("select count(*) from " + table)
                .query(Long.class)
                .single();
    }

    /** Lets all works begin at once, each in a thread of its own; gives what each returned or threw. */
    public static List<Object> atOnce(List<Callable<?>> works) {
        ExecutorService threads = Executors.newFixedThreadPool(works.size());
        try {
            List<Object> outcomes = new ArrayList<>();
            for (Future<Object> future : threads.invokeAll(
                    works.stream().map(work -> (Callable<Object>) work::call).toList())) {
                try {
                    outcomes.add(future.get());
                } catch (ExecutionException e) {
                    outcomes.add(e.getCause());
                }
            }
            return outcomes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            threads.shutdown();
            try {
                threads.awaitTermination(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
