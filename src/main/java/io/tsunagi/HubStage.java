package io.tsunagi;

import io.tsunagi.config.Settings;
import io.tsunagi.line.SampleEvents;
import io.tsunagi.node.Node;
import io.tsunagi.node.Schedules;
import io.tsunagi.routes.HubParts;
import io.tsunagi.routes.Stage;
import io.tsunagi.salesforce.SalesforceSetup;
import io.tsunagi.store.JoiningJdbcComponent;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.Store;
import io.tsunagi.store.Turns;
import io.tsunagi.web.Web;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.StartupSummaryLevel;
import org.apache.camel.component.quartz.QuartzComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.errorhandler.NoErrorHandlerDefinition;
import org.apache.camel.support.DefaultInterceptSendToEndpoint;
import org.quartz.SchedulerException;

/** The stage that a hub's own parts make when they are built on a database in memory. */
final class HubStage implements Stage {
    private final Settings settings;
    private final Store store;
    private final Ledger ledger;
    private final Turns turns;
    private final SalesforceSetup salesforce;
    private final Map<String, Object> beans;
    private final Web web;
    private Supplier<List<byte[]>> recordings = List::of;
    private List<byte[]> recorded;
    private Runnable end = () -> {};

    HubStage(
            Settings settings,
            Store store,
            Ledger ledger,
            Turns turns,
            SalesforceSetup salesforce,
            Map<String, Object> beans,
            Web web) {
        this.settings = settings;
        this.store = store;
        this.ledger = ledger;
        this.turns = turns;
        this.salesforce = salesforce;
        this.beans = beans;
        this.web = web;
    }

    HubStage with(Supplier<List<byte[]>> recordings, Runnable end) {
        this.recordings = recordings;
        this.end = end;
        return this;
    }

    /** What the routes of a hub may name. */
    static HubParts parts(Settings settings, Map<String, Object> beans, SalesforceSetup salesforce) {
        Map<String, Class<?>> classes = new HashMap<>();
        beans.forEach((name, bean) -> classes.put(name, bean.getClass()));
        salesforce.beans().forEach((name, bean) -> classes.put(name, bean.getClass()));
        Map<String, String> open = settings.placeholders();
        return new HubParts(
                classes, name -> Optional.ofNullable(open.get(name)), name -> Optional.ofNullable(System.getenv(name)));
    }

    @Override
    public HubParts parts() {
        return parts(settings, beans, salesforce);
    }

    /** Gives the open settings of a hub with a database in memory, keys of its own and no secret. */
    static Settings settings(Settings like, Path keys) {
        Map<String, String> values = new HashMap<>(like.placeholders());
        values.putAll(Map.of(
                "hub.store.url",
                "jdbc:h2:mem:stage-" + UUID.randomUUID()
                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;DB_CLOSE_DELAY=-1",
                "hub.store.user",
                "stage",
                "hub.store.connections",
                "4",
                "hub.store.key-dir",
                keys.resolve("keys").toString(),
                "hub.media.key-dir",
                keys.resolve("media").toString(),
                "hub.audit.head-file",
                keys.resolve("audit-head").toString(),
                "hub.salesforce.login-url",
                "",
                "hub.node.name",
                "stage",
                "hub.access.staff",
                ""));
        values.put("hub.keys.master", "file");
        if (values.get("hub.line.accounts").isEmpty()) {
            values.put("hub.line.accounts", "main");
        }
        for (String account : values.get("hub.line.accounts").split(",")) {
            values.put("hub.line.account." + account.strip() + ".secret", "stage");
            values.put("hub.line.account." + account.strip() + ".token", "stage");
        }
        return Settings.of(like.profile(), values);
    }

    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The keys of a trial stay behind in " + folder, e);
        }
    }

    @Override
    public CamelContext context() {
        DefaultCamelContext camel = new DefaultCamelContext();
        camel.disableJMX();
        camel.setStartupSummaryLevel(StartupSummaryLevel.Off);
        camel.getCamelContextExtension().setName("stage-" + UUID.randomUUID());
        Properties open = new Properties();
        open.putAll(settings.placeholders());
        camel.getPropertiesComponent().setInitialProperties(open);
        beans.forEach(camel.getRegistry()::bind);
        camel.addComponent("jdbc", new JoiningJdbcComponent());
        salesforce.configure(camel);
        web.serveRoutesOf(camel);
        try {
            Schedules.of(store, Node.of(settings)).serveRoutesOf(camel);
        } catch (SchedulerException e) {
            throw new IllegalStateException("A scheduler that runs nothing cannot be made", e);
        }
        camel.getComponent("quartz", QuartzComponent.class).setAutoStartScheduler(false);
        // What fails here is told by whoever asked.
        camel.getCamelContextExtension().setErrorHandlerFactory(new NoErrorHandlerDefinition());
        camel.getCamelContextExtension().registerEndpointCallback(HubStage::silent);
        return camel;
    }

    /** Whatever is called outside answers nothing at once. */
    private static Endpoint silent(String uri, Endpoint endpoint) {
        if (!uri.matches("(https?|smtps?|salesforce):.*")) {
            return endpoint;
        }
        DefaultInterceptSendToEndpoint silent = new DefaultInterceptSendToEndpoint(endpoint, true);
        silent.setBefore(exchange -> {
            exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
            exchange.getMessage().setBody("{}");
        });
        return silent;
    }

    @Override
    public String play(CamelContext camel, byte[] body) throws Exception {
        String account = settings.list("hub.line.accounts").get(0);
        List<Ledger.Arrival> arrivals =
                SampleEvents.arrivals(account, body, store.clock().instant());
        ledger.append(arrivals);
        Set<UUID> lanes = new LinkedHashSet<>();
        arrivals.forEach(arrival -> lanes.add(arrival.lane()));
        try (ProducerTemplate template = camel.createProducerTemplate()) {
            for (UUID lane : lanes) {
                for (Turns.Turn turn = turns.plan(lane); turn != null; turn = turns.plan(lane)) {
                    template.sendBodyAndProperty("direct:run-turn", turn, "turn", turn);
                }
            }
        } catch (CamelExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        return store.jdbc()
                .sql("select state from inquiries where customer = any(?) order by number")
                .param(Store.uuids(lanes))
                .query(String.class)
                .list()
                .toString();
    }

    @Override
    public synchronized List<byte[]> recorded() {
        if (recorded == null) {
            recorded = List.copyOf(recordings.get());
        }
        return recorded;
    }

    @Override
    public void close() {
        end.run();
    }
}
