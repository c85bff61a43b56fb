package io.tsunagi.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.ArticleIndex;
import io.tsunagi.bot.Articles;
import io.tsunagi.bot.Bot;
import io.tsunagi.bot.BotSettings;
import io.tsunagi.bot.HandOffRules;
import io.tsunagi.bot.Proposals;
import io.tsunagi.config.Settings;
import io.tsunagi.console.Answers;
import io.tsunagi.inquiry.CaseNews;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Office;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.seda.SedaComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;

/** The Salesforce routes on a database, against a Salesforce simulator on the wire, with people and words to write. */
final class SalesforceBench implements AutoCloseable {
    static final Instant T0 = Instant.parse("2026-04-01T09:00:00Z");
    private static final AtomicInteger COUNT = new AtomicInteger();

    /** The hub's time: the real one, and what a test adds. */
    static final class ShiftedClock extends Clock {
        private volatile Duration ahead = Duration.ZERO;

        void pass(Duration time) {
            ahead = ahead.plus(time);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(ahead);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("The hub asks for instants only");
        }
    }

    final ShiftedClock clock = new ShiftedClock();
    final Store store;
    final SalesforceSimulator salesforce;
    final Signals signals = new Signals();
    final Articles articles;
    final Proposals proposals;
    final ArticleIndex index = new ArticleIndex(BotSettings.defaults());
    final SalesforceSetup setup;
    final CrmWork work;
    final Settings settings;

    /** What was told of Cases and comments, in order. */
    final List<Object> told = new CopyOnWriteArrayList<>();

    /** An inquiry whose news make trouble. */
    volatile UUID untakable;

    private final CaseNews news = new CaseNews() {
        @Override
        public void seen(InquiryId inquiry, Seen now) {
            if (inquiry.value().equals(untakable)) {
                throw new IllegalStateException("It cannot be taken");
            }
            told.add(now);
        }

        @Override
        public void said(InquiryId inquiry, Comment comment) {
            if (inquiry.value().equals(untakable)) {
                throw new IllegalStateException("It cannot be taken");
            }
            told.add(comment);
        }
    };
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final InquiryVersions versions;
    private ProducerTemplate producer;

    SalesforceBench(Dialect dialect, SalesforceSimulator salesforce, Map<String, String> more) {
        this.salesforce = salesforce;
        Map<String, String> own = new HashMap<>(Map.of(
                "hub.salesforce.client-id", "sandbox-client",
                "hub.salesforce.client-secret", "sandbox-client-secret",
                "hub.salesforce.call-timeout-millis", "3000",
                "hub.salesforce.sweep-millis", "200",
                "hub.salesforce.changes", "ignore"));
        if (salesforce != null) {
            own.put("hub.salesforce.login-url", salesforce.baseUri());
        }
        own.putAll(more);
        settings = TestStores.settings(dialect, own);
        store = Store.open(settings);
        versions = new InquiryVersions(store, signals, clock);
        work = new CrmWork(store, signals, clock);
        articles = new Articles(store, index, clock);
        proposals = new Proposals(
                store,
                new Bot(
                        index,
                        HandOffRules.parse("rules: [{name: never, reason: never, phrases: {ja: [ぬるぽがっ]}}]"),
                        BotSettings.defaults()),
                Office.SENSITIVE,
                new Audit(store, clock),
                clock);
        setup = new SalesforceSetup(settings, store, signals, versions, news, proposals, clock);
    }

    /**
     * Starts the shipped routes, with those of a folder in the place of the shipped ones of the same name; without those
     * that start by themselves when {@code timers} is false.
     */
    SalesforceBench start(Path routes, boolean timers) {
        Map<Path, Path> files = new TreeMap<>();
        try {
            for (Path root : List.of(Path.of("routes"), routes)) {
                for (String folder : List.of("common", "salesforce")) {
                    if (Files.isDirectory(root.resolve(folder))) {
                        try (Stream<Path> all = Files.list(root.resolve(folder))) {
                            all.forEach(file -> files.put(root.relativize(file), file));
                        }
                    }
                }
            }
            files.keySet()
                    .removeIf(file -> file.endsWith("rest.camel.yaml")
                            || !file.toString().endsWith(".camel.yaml")
                            || !timers && file.endsWith("sweep-salesforce.camel.yaml"));
            // Tests look at no MBeans, and wait for no queue when they end.
            camel.disableJMX();
            camel.getComponent("seda", SedaComponent.class).setDefaultPollTimeout(50);
            setup.configure(camel);
            camel.getRegistry().bind("articles", articles);
            camel.getRegistry().bind("proposals", proposals);
            camel.getRegistry().bind("answers", new Answers(store, new Audit(store, clock)));
            Properties placeholders = new Properties();
            settings.placeholders().forEach(placeholders::setProperty);
            camel.getPropertiesComponent().setInitialProperties(placeholders);
            for (Path file : files.values()) {
                PluginHelper.getRoutesLoader(camel)
                        .loadRoutes(
                                PluginHelper.getResourceLoader(camel).resolveResource("file:" + file.toAbsolutePath()));
            }
            if (!timers) {
                for (String id : List.of(
                        "refresh-knowledge",
                        "watch-knowledge",
                        "look-for-changes",
                        "sweep-changes",
                        "hear-changes",
                        "compare-transcripts",
                        "create-articles")) {
                    camel.getRouteDefinition(id).setAutoStartup("false");
                }
            }
            camel.getShutdownStrategy().setTimeout(5);
            camel.start();
            producer = camel.createProducerTemplate();
            if (timers) {
                signals.listen((kind, id) -> {
                    if (kind == Signals.Kind.SALESFORCE) {
                        producer.sendBody("seda:salesforce?discardWhenFull=true", id);
                    }
                });
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("The routes did not start", e);
        }
    }

    static SalesforceBench running(Dialect dialect, SalesforceSimulator salesforce) {
        return new SalesforceBench(dialect, salesforce, Map.of()).start(Path.of("routes"), true);
    }

    /** Starts nothing by itself: a test takes each step. */
    static SalesforceBench byHand(Dialect dialect, SalesforceSimulator salesforce) {
        return new SalesforceBench(dialect, salesforce, Map.of()).start(Path.of("routes"), false);
    }

    Object call(String route, Object body, Map<String, Object> headers) {
        return producer.requestBodyAndHeaders("direct:" + route, body, headers);
    }

    /** Writes the heads of these inquiries' lines that are of one kind. */
    void write(UUID... inquiries) {
        producer.requestBody("direct:write-to-salesforce", List.of(inquiries));
    }

    /** Writes all that is due of inquiries that were woken together, as the route that a signal wakes does. */
    void writeAll(UUID... inquiries) {
        producer.requestBody("seda:salesforce-batches", List.of(inquiries));
    }

    UUID customer(String lineUserId, String name) {
        UUID id = Ids.lane("main", "user", lineUserId);
        store.jdbc()
                .sql("""
                        insert into customers (id, account, line_user_id, name, language, blocked, first_seen, last_seen)
                        values (?, 'main', ?, ?, 'ja', false, ?, ?)
                        """)
                .params(id, lineUserId, store.sealing().seal("customers", id, name), Store.at(T0), Store.at(T0))
                .update();
        return id;
    }

    UUID inquiry(UUID customer, String topic) {
        UUID id = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, team, topic,
                                               priority, weight, opened_at, changed_at, handed_off_at, hand_off_reason,
                                               read_seq, bot_misses, bot_prompts)
                        values (:id, :customer, 'main', 'WAITING', 1, 0, 'ja', 'care', :topic, 3, 1, :at, :at, :at,
                                'asked', 0, 0, 0)
                        """)
                .param("id", id)
                .param("customer", customer)
                .param("topic", topic, java.sql.Types.VARCHAR)
                .param("at", Store.at(T0))
                .update();
        return id;
    }

    /** An inquiry of a new customer. */
    UUID inquiry() {
        return inquiry(customer("U%032x".formatted(COUNT.incrementAndGet()), "美咲"), "残高");
    }

    UUID message(UUID inquiry, int seq, String sender, String type, String content) {
        UUID id = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, type, content,
                                              line_message_id, at, late)
                        values (?, ?, ?, 1, (select customer from inquiries where id = ?), ?, ?, ?, ?, ?, false)
                        """)
                .params(
                        id,
                        inquiry,
                        seq,
                        inquiry,
                        sender,
                        type,
                        store.sealing().seal("messages", id, content.getBytes(StandardCharsets.UTF_8)),
                        "5" + seq,
                        Store.at(T0.plusSeconds(seq)))
                .update();
        return id;
    }

    UUID text(UUID inquiry, int seq, String words) {
        return message(inquiry, seq, "CUSTOMER", "text", "{\"text\":\"" + words + "\"}");
    }

    void add(UUID inquiry, Kind kind, UUID subject) {
        store.inTransaction(
                () -> work.add(inquiry, kind, subject, UUID.randomUUID().toString(), Duration.ZERO));
    }

    void add(UUID inquiry, Kind kind) {
        add(inquiry, kind, inquiry);
    }

    void state(UUID inquiry, String state) {
        store.jdbc()
                .sql("update inquiries set state = ? where id = ?")
                .params(state, inquiry)
                .update();
    }

    List<String> states(UUID inquiry) {
        return store.jdbc()
                .sql("select state from crm_work where inquiry = ? order by seq")
                .param(inquiry)
                .query(String.class)
                .list();
    }

    List<String> errors(UUID inquiry) {
        return store.jdbc()
                .sql("select error from crm_work where inquiry = ? and error is not null order by seq")
                .param(inquiry)
                .query(String.class)
                .list();
    }

    Map<String, Object> row(UUID inquiry) {
        return store.jdbc()
                .sql("select * from inquiries where id = ?")
                .param(inquiry)
                .query()
                .singleRow();
    }

    /** The records of an object that belong to an inquiry. */
    List<JsonNode> cases(UUID inquiry) {
        return salesforce.records("Case").stream()
                .filter(record ->
                        key(inquiry).equals(record.path("LineInquiryKey__c").asText()))
                .toList();
    }

    List<JsonNode> transcript(UUID inquiry) {
        String id = cases(inquiry).get(0).path("Id").asText();
        return salesforce.records("LineMessage__c").stream()
                .filter(record -> id.equals(record.path("Case__c").asText()))
                .toList();
    }

    List<JsonNode> calls(String kind) {
        return salesforce.calls().stream()
                .filter(call -> kind.equals(call.path("kind").asText()))
                .toList();
    }

    /** Gives the simulated org a custom field, as an administrator would. */
    static void addField(SalesforceSimulator salesforce, String object, String field) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(salesforce.baseUri() + "/sandbox/fields/" + object + "/" + field))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"type\":\"string(255)\"}"))
                .build();
        try {
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.statusCode() + " " + answer.body());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    @Override
    public void close() {
        camel.stop();
        store.close();
    }
}
