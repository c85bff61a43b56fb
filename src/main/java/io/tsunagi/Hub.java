package io.tsunagi;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.tsunagi.access.AccessApi;
import io.tsunagi.access.EndedSessions;
import io.tsunagi.access.Invitations;
import io.tsunagi.access.KeysApi;
import io.tsunagi.access.Operators;
import io.tsunagi.access.OwnKeys;
import io.tsunagi.access.OwnPassword;
import io.tsunagi.access.Passwords;
import io.tsunagi.access.ProviderSignIn;
import io.tsunagi.access.RefusedAddresses;
import io.tsunagi.access.Role;
import io.tsunagi.access.SecondFactor;
import io.tsunagi.access.SessionGate;
import io.tsunagi.access.Sessions;
import io.tsunagi.access.Shortcuts;
import io.tsunagi.access.SignIn;
import io.tsunagi.access.Staff;
import io.tsunagi.access.TeamScope;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.AuditCopy;
import io.tsunagi.audit.AuditKeeping;
import io.tsunagi.audit.AuditSealer;
import io.tsunagi.audit.AuditSearch;
import io.tsunagi.audit.AuditWatch;
import io.tsunagi.audit.NodeAudit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.Reveals;
import io.tsunagi.bot.ArticleIndex;
import io.tsunagi.bot.Articles;
import io.tsunagi.bot.Bot;
import io.tsunagi.bot.BotDesk;
import io.tsunagi.bot.BotInTime;
import io.tsunagi.bot.BotLimits;
import io.tsunagi.bot.BotSettings;
import io.tsunagi.bot.HandOffRules;
import io.tsunagi.bot.Proposals;
import io.tsunagi.bot.Texts;
import io.tsunagi.bot.Warning;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.console.AccountsView;
import io.tsunagi.console.Answers;
import io.tsunagi.console.AuditApi;
import io.tsunagi.console.CallOrigins;
import io.tsunagi.console.CannedApi;
import io.tsunagi.console.ConsoleApi;
import io.tsunagi.console.ConsoleFiles;
import io.tsunagi.console.DraftApi;
import io.tsunagi.console.FailedWork;
import io.tsunagi.console.Feed;
import io.tsunagi.console.Finder;
import io.tsunagi.console.KeepingApi;
import io.tsunagi.console.MediaView;
import io.tsunagi.console.MessageCards;
import io.tsunagi.console.OperationsView;
import io.tsunagi.console.PeopleApi;
import io.tsunagi.console.ProposalsView;
import io.tsunagi.console.Reports;
import io.tsunagi.console.Screens;
import io.tsunagi.console.TeamApi;
import io.tsunagi.console.TranslationApi;
import io.tsunagi.console.Wall;
import io.tsunagi.dispatch.Dispatcher;
import io.tsunagi.dispatch.HandOff;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.dispatch.Offers;
import io.tsunagi.dispatch.OpeningHours;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.inquiry.AdviceBook;
import io.tsunagi.inquiry.Approvals;
import io.tsunagi.inquiry.CannedAnswers;
import io.tsunagi.inquiry.Cards;
import io.tsunagi.inquiry.CaseDesk;
import io.tsunagi.inquiry.CustomerTurn;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Mentions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Notices;
import io.tsunagi.inquiry.Outgoing;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.inquiry.Silence;
import io.tsunagi.keeping.Keeping;
import io.tsunagi.keeping.KeepingRules;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.line.AccountTurn;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineCalls;
import io.tsunagi.line.LineChat;
import io.tsunagi.line.LineChatControl;
import io.tsunagi.line.LineEvents;
import io.tsunagi.line.LineMessages;
import io.tsunagi.line.LinePace;
import io.tsunagi.line.LineProfiles;
import io.tsunagi.line.LineQuota;
import io.tsunagi.line.LineTokens;
import io.tsunagi.line.LineWebhook;
import io.tsunagi.line.SampleEvents;
import io.tsunagi.line.StickerPictures;
import io.tsunagi.line.WebhookCheck;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.node.Hints;
import io.tsunagi.node.Node;
import io.tsunagi.node.Schedules;
import io.tsunagi.node.SharedKeys;
import io.tsunagi.ops.Backlog;
import io.tsunagi.ops.DeliveredFiles;
import io.tsunagi.ops.JmxAudit;
import io.tsunagi.ops.LineChecks;
import io.tsunagi.ops.Management;
import io.tsunagi.ops.NodeChecks;
import io.tsunagi.ops.Retention;
import io.tsunagi.ops.SharedMBeanInfo;
import io.tsunagi.ops.StoreWrites;
import io.tsunagi.routes.CountingDirect;
import io.tsunagi.routes.RouteFiles;
import io.tsunagi.routes.RouteKeeper;
import io.tsunagi.routes.Stage;
import io.tsunagi.salesforce.SalesforceHealth;
import io.tsunagi.salesforce.SalesforceSetup;
import io.tsunagi.store.AccountStandings;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.GroupCommit;
import io.tsunagi.store.JoiningJdbcComponent;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.LedgerKeeping;
import io.tsunagi.store.Sends;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.Turns;
import io.tsunagi.store.WaitingSince;
import io.tsunagi.survey.Survey;
import io.tsunagi.translate.Translations;
import io.tsunagi.translate.Translator;
import io.tsunagi.voice.CallLinks;
import io.tsunagi.voice.Calls;
import io.tsunagi.web.Embedding;
import io.tsunagi.web.GuardedHttp;
import io.tsunagi.web.Outside;
import io.tsunagi.web.Web;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mail.MailComponent;
import org.apache.camel.component.mail.MailConfiguration;
import org.apache.camel.component.micrometer.eventnotifier.MicrometerRouteEventNotifier;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.spring.spi.SpringTransactionPolicy;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.quartz.SchedulerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds every object of the hub once, by constructor, and is the only place that knows them all.
 *
 * <p>{@link #start} opens the database, takes webhooks from then on, loads the routes and lets everybody in; when one of
 * these fails, everything opened so far is closed and one sentence says what to do: the webhooks that were taken wait in
 * the database for the next start. {@link #close} takes no new requests, lets the running ones end and
 * loses nothing: what waits is in the database.
 */
public final class Hub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    /**
     * How long requests, routes and calls under way may take to end, all together: whoever stops a hub waits for 10 s at most.
     * What is cut off then, such as a call that LINE does not answer, goes on after the next start.
     */
    private static final java.time.Duration LAST_WORK = java.time.Duration.ofSeconds(5);

    /** What is noted of calls that were cut off, and what Camel takes to end. */
    private static final java.time.Duration LAST_NOTES = java.time.Duration.ofSeconds(1);

    private final Settings settings;
    private final Path folder;
    private final ConfigFiles files;
    private final Store store;
    private final DeliveredFiles delivered;
    private final boolean onStage;
    private final Web web;
    private final ArticleIndex articleIndex;
    private final Main main = new Main();
    private BotInTime botInTime;
    private GroupCommit events;
    private LineCalls lineCalls;
    private Wakeups wakeups;
    private NodeAudit nodeAudit;
    private Schedules schedules;
    private Hints hints;
    private Feed feed;
    private RouteKeeper routes;
    private HubStage stage;
    private volatile boolean listening;
    private volatile boolean leaving;

    /** Starts a hub whose home folder holds {@code config/} and {@code routes/}; both may be absent. */
    public static Hub start(Path home, String profile) {
        return start(Settings.load(home.resolve("config"), profile, System.getenv(), Map.of()), home);
    }

    /**
     * Starts a hub.
     *
     * @param folder what relative folders of the settings are relative to
     * @throws SettingsException in one sentence when the hub cannot work as configured
     */
    public static Hub start(Settings settings, Path folder) {
        Hub hub = new Hub(settings, folder, DeliveryCheck.pass(settings));
        try {
            hub.build(hub.store.clock());
            return hub;
        } catch (Exception e) {
            hub.close();
            throw inOneSentence(e);
        }
    }

    /**
     * Opens a stage to try routes on: a hub with these settings, but on a database in memory, without secrets and ports.
     *
     * @param recorded what production saw last
     */
    static Stage stage(Settings like, Path folder, Supplier<List<byte[]>> recorded) {
        Path keys;
        try {
            keys = Files.createTempDirectory("tsunagi-stage");
        } catch (IOException e) {
            throw new UncheckedIOException("There is no room for the keys of a trial", e);
        }
        Hub hub = new Hub(HubStage.settings(like, keys), folder, null);
        try {
            hub.build(hub.store.clock());
            return hub.stage.with(recorded, () -> {
                hub.close();
                HubStage.delete(keys);
            });
        } catch (Exception e) {
            hub.close();
            HubStage.delete(keys);
            throw inOneSentence(e);
        }
    }

    private static RuntimeException inOneSentence(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SettingsException clear) {
                return clear;
            }
            if (cause instanceof FailedToCreateRouteException broken) {
                // Camel's words name the file and the route; whose file it is knows what to mend.
                return new SettingsException(broken.getMessage());
            }
            if (cause instanceof FailedToStartRouteException broken) {
                return new SettingsException(broken.getMessage() + " Give it another id, or remove its file.");
            }
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    /** @param delivered null for a stage, which the hub opens that was checked */
    private Hub(Settings settings, Path folder, DeliveredFiles delivered) {
        this.settings = settings;
        this.delivered = delivered;
        this.onStage = delivered == null;
        this.folder = folder;
        this.files = new ConfigFiles(folder, settings);
        this.store = Store.open(settings);
        this.web = new Web(settings);
        this.articleIndex = new ArticleIndex(botSettings());
    }

    private void build(Clock clock) throws Exception {
        if (!onStage) {
            web.check();
        }
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Signals signals = new Signals();

        // What remembers
        Lanes lanes = new Lanes(store);
        Ledger ledger = new Ledger(store, signals, clock);
        Turns turns = new Turns(
                store,
                clock,
                settings.duration("hub.line.turn-patience"),
                settings.whole("hub.line.turn-tries", 1, 100));
        Deliveries deliveries = new Deliveries(
                store,
                signals,
                clock,
                settings.duration("hub.line.reply-window"),
                settings.duration("hub.line.bot-words-keep"),
                settings.duration("hub.line.operator-words-keep"));
        AccountStandings standings = new AccountStandings(store, deliveries);
        CrmWork crm = new CrmWork(store, signals, clock);
        Audit audit = new Audit(store, clock);

        // LINE's way in
        LineAccounts accounts = new LineAccounts(settings);
        LinePace pace = new LinePace(
                clock,
                settings.whole("hub.line.calls-per-second", 1, 2000),
                java.time.Duration.ofMillis(settings.whole("hub.line.call-timeout-millis", 100, 600_000)));
        deliveries.keep(pace);
        Sends sends = new Sends(store, clock);
        LineQuota quota = new LineQuota(store, sends, accounts, clock);
        deliveries.spare(quota);
        LineTokens tokens = new LineTokens(store, accounts, clock);
        WebhookCheck webhooks = new WebhookCheck(
                store,
                accounts,
                clock,
                settings.needed("hub.http.public-url"),
                settings.needed("hub.line.webhook-test").equals("true"));
        events = new GroupCommit(
                store,
                signals,
                clock,
                metrics,
                settings.whole("hub.store.waiting-events", 100, 1_000_000),
                settings.whole("hub.store.waiting-bytes", 1 << 20, 1 << 30),
                settings.duration("hub.store.patience"));
        SensitiveWords sensitive = files.sensitiveWords();
        LineWebhook webhook = new LineWebhook(
                accounts,
                events,
                sensitive,
                metrics,
                clock,
                settings.whole("hub.line.body-limit-bytes", 1024, 100_000_000));

        // Inquiries
        InquiryVersions versions = new InquiryVersions(store, signals, clock);
        Messages messages = new Messages(store, versions, crm, settings.duration("hub.salesforce.transcript-delay"));
        deliveries.listen(versions::deliveriesChanged);
        deliveries.onArrival(messages::arrived);
        Customers customers = new Customers(store, clock);
        Seats seats = new Seats(store, signals, clock);
        Inquiries inquiries = new Inquiries(store, signals, versions, messages, crm, seats, clock);
        LineChatControl chatControl = new LineChatControl(
                store, lanes, inquiries, customers, accounts, clock, settings.duration("hub.line.chat-control-ttl"));
        inquiries.listen(chatControl);
        Outgoing outgoing = new Outgoing(
                messages,
                customers,
                deliveries,
                new LineMessages(account -> accounts.get(account).sender()),
                clock);
        Media media = new Media(
                store,
                signals,
                versions,
                DayKeys.in(
                        Path.of(settings.needed("hub.media.key-dir")),
                        store.sealing().master()),
                clock,
                settings);
        if (!onStage) {
            // All keys are there, and those of this database: what comes from here on is kept.
            SharedKeys.check(store, Path.of(settings.needed("hub.media.key-dir")));
            webhook.mount(web.main());
            web.listenForWebhooks();
        }
        Drafts drafts = new Drafts(store, clock);
        HandOffRules handOffRules = files.handOffRules();
        CustomerTurn customerTurn = new CustomerTurn(
                store,
                customers,
                inquiries,
                messages,
                drafts,
                media,
                deliveries,
                signals,
                sensitive,
                accounts::languageOf,
                words -> handOffRules.match("", words).map(HandOffRules.Rule::reason),
                chatControl);
        LegalHolds holds = new LegalHolds(store, audit);
        KeepingRules rules = files.keepingRules();
        PurgeCertificates certificates = new PurgeCertificates(store, Path.of(settings.needed("hub.store.key-dir")));
        Keeping keeping = new Keeping(
                store,
                rules,
                media,
                new Erase(store, messages, drafts, media),
                holds,
                certificates,
                audit,
                settings.whole("hub.keeping.purge-batch", 1, 10_000));
        inquiries.listen(new Inquiries.Listener() {
            @Override
            public void reopened(Inquiry inquiry) {
                keeping.reopened(inquiry.id());
            }
        });
        Mentions mentions = new Mentions(store, signals, clock);
        Notices notices = new Notices(store, signals, sensitive, audit, clock);
        CannedAnswers canned = new CannedAnswers(store, audit, clock);
        canned.seed(files.cannedAnswers());
        Cards cards = files.cards();
        Operators operators = new Operators(store, audit, clock, new Passwords(), settings);
        Approvals approvals = new Approvals(store, files.approvalRules(), versions, signals, sensitive, audit, clock);
        inquiries.listen(approvals);
        Desk desk = new Desk(
                store,
                lanes,
                inquiries,
                messages,
                customers,
                outgoing,
                drafts,
                media,
                cards,
                approvals,
                operators::face,
                chatControl,
                sensitive,
                audit,
                clock,
                java.time.Duration.ofSeconds(settings.whole("hub.console.undo-seconds", 0, 15)));

        Heartbeats heartbeats = new Heartbeats(
                store,
                signals,
                versions,
                desk,
                audit,
                clock,
                settings.duration("hub.dispatch.lost-after"),
                settings.duration("hub.dispatch.lost-grace"));

        AdviceBook advice = new AdviceBook(store, inquiries, versions, signals, sensitive, audit, clock);

        // The bot, the dispatcher, the survey
        Articles articles = new Articles(store, articleIndex, clock);
        articles.onUse(
                (inquiry, use) -> crm.add(inquiry.value(), CrmWork.Kind.ARTICLE, use, "", java.time.Duration.ZERO));
        inquiries.listen(new Inquiries.Listener() {
            @Override
            public void handedOff(Inquiry inquiry) {
                articles.handedOff(inquiry.id());
            }

            @Override
            public void caseOpened(Inquiry inquiry) {
                articles.handedOff(inquiry.id());
            }

            @Override
            public void reopened(Inquiry inquiry) {
                articles.handedOff(inquiry.id());
            }
        });
        // Beside the routes, which take as long to load; they begin when both are there.
        FutureTask<Void> filling = new FutureTask<>(articles::reload, null);
        new Thread(filling, "fill-index").start();
        Texts texts = files.texts();
        Bot bot = new Bot(articleIndex, handOffRules, botSettings());
        botInTime = new BotInTime(
                bot, settings.whole("hub.line.turn-threads", 1, 1000), settings.duration("hub.bot.patience"));
        Proposals proposals = new Proposals(store, bot, sensitive, audit, clock);
        BotDesk botDesk = new BotDesk(
                bot,
                botInTime,
                new BotLimits(settings, metrics),
                articleIndex,
                articles,
                texts,
                inquiries,
                outgoing,
                store,
                clock,
                settings.whole("hub.bot.max-misses", 1, 10),
                chatControl);
        Offers offers = new Offers(store, lanes, inquiries, signals, audit, clock, settings);
        Dispatcher dispatcher = new Dispatcher(store, lanes, inquiries, seats, offers, clock);
        Survey survey = new Survey(store, outgoing, texts, crm, versions, clock, settings.duration("hub.survey.open"));

        // LINE, Salesforce
        CaseDesk caseDesk = new CaseDesk(
                store,
                lanes,
                inquiries,
                customers,
                outgoing,
                sensitive,
                audit,
                settings.choice("hub.salesforce.case-closed", CaseDesk.WhenClosed.class),
                clock);
        SalesforceSetup salesforce =
                new SalesforceSetup(settings, store, signals, versions, caseDesk, proposals, clock);
        if (salesforce.closeComments()) {
            java.time.Duration delay = settings.duration("hub.salesforce.transcript-delay");
            inquiries.listen(new Inquiries.Listener() {
                @Override
                public void closed(Inquiry inquiry) {
                    if (inquiries.wantsCase(inquiry.id())) {
                        java.util.UUID id = inquiry.id().value();
                        crm.add(id, CrmWork.Kind.SUMMARY, id, "closed" + inquiry.version(), delay);
                    }
                }
            });
        }

        Calls calls = new Calls(
                store,
                lanes,
                inquiries,
                messages,
                customers,
                outgoing,
                accounts,
                texts,
                operators::face,
                sensitive,
                audit,
                clock,
                settings);
        inquiries.listen(calls);

        // People
        if (!onStage) {
            operators.prepare();
        }
        Sessions sessions = new Sessions(store, clock, settings);
        SecondFactor factor = new SecondFactor(store, clock, settings);
        SignIn signIn = new SignIn(store, sessions, factor, audit, clock, new Passwords(), settings);
        Invitations invitations = new Invitations(store, sessions, factor, audit, clock, new Passwords(), settings);
        Staff staff = new Staff(store, sessions, factor, invitations, signals, audit, clock, settings);
        SessionGate gate = new SessionGate(store, sessions, operators, audit, settings);
        RefusedAddresses refused = new RefusedAddresses(store, audit, clock);
        web.onOutside(address -> {
            if (refused.wanted(address)) {
                web.vertx()
                        .executeBlocking(
                                () -> {
                                    refused.write(address);
                                    return null;
                                },
                                false)
                        .onFailure(
                                e -> LOG.error("A call from {}, refused by its address, is not audited", address, e));
            }
        });
        Screens screens = new Screens(
                store,
                inquiries,
                messages,
                customers,
                drafts,
                mentions,
                notices,
                seats,
                heartbeats,
                advice,
                approvals,
                calls,
                operators,
                accounts,
                standings,
                sends,
                quota,
                salesforce.health(),
                salesforce.customers(),
                new TeamScope(store, settings),
                settings,
                clock);
        feed = new Feed(web.vertx(), store, sessions, clock, settings.whole("hub.console.feeds", 1, 1_000_000));
        hints = new Hints(store, feed);

        Translator translator = new Translator(store, sensitive, settings, clock);
        Translations translations = new Translations(store, messages, versions, clock);

        Map<String, Object> beans = new LinkedHashMap<>();
        beans.put("translator", translator);
        beans.put(
                "translationApi",
                new TranslationApi(store, inquiries, customers, translations, translator, operators, audit));
        beans.put("lineAccounts", accounts);
        beans.put("lineEvents", new LineEvents(accounts));
        beans.put("accountTurn", new AccountTurn(standings));
        lineCalls = new LineCalls(deliveries, accounts, pace, metrics, clock);
        beans.put("lineCalls", lineCalls);
        beans.put("lineChat", new LineChat(inquiries, messages, customers, accounts));
        beans.put("chatControl", chatControl);
        beans.put("mediaLinks", media.links());
        beans.put("calls", calls);
        beans.put("callLinks", new CallLinks(calls, texts));
        beans.put("lineQuota", quota);
        beans.put("lineTokens", tokens);
        beans.put("webhookCheck", webhooks);
        beans.put("lineProfiles", new LineProfiles(customers, customerTurn, ledger, signals, clock));
        beans.put("ledger", ledger);
        beans.put(
                "ledgerKeeping",
                new LedgerKeeping(
                        ledger,
                        settings.duration("hub.store.event-body-keep"),
                        settings.duration("hub.store.event-key-keep")));
        beans.put("turns", turns);
        beans.put("deliveries", deliveries);
        beans.put("customerTurn", customerTurn);
        beans.put(
                "silence",
                new Silence(
                        store,
                        lanes,
                        inquiries,
                        settings.duration("hub.bot.silence"),
                        settings.duration("hub.line.close-blocked-after")));
        beans.put("botDesk", botDesk);
        beans.put("articles", articles);
        OpeningHours hours = new OpeningHours(
                files.openingHours(), account -> accounts.get(account).zone(), clock);
        beans.put("openingHours", hours);
        beans.put("stickerPictures", new StickerPictures(settings, clock));
        beans.put("warning", new Warning(outgoing, messages, texts, clock, settings.flag("hub.bot.warn-for-people")));
        beans.put("handOff", new HandOff(inquiries, outgoing, texts, hours));
        beans.put("dispatcher", dispatcher);
        beans.put("offers", offers);
        beans.put("notices", notices);
        beans.put("heartbeats", heartbeats);
        beans.put("survey", survey);
        beans.put("media", media);
        beans.put(
                "access",
                new AccessApi(
                        signIn,
                        new ProviderSignIn(store, signIn, staff, audit, clock, settings),
                        invitations,
                        new OwnPassword(store, sessions, audit, clock, new Passwords(), settings),
                        sessions,
                        operators,
                        new Shortcuts(store),
                        clock,
                        settings));
        beans.put("keys", new KeysApi(new OwnKeys(store, sessions, factor, audit, clock, new Passwords(), settings)));
        beans.put("people", new PeopleApi(staff, store, audit));
        beans.put("sessions", new EndedSessions(store, audit, clock, settings));
        beans.put("keeping", keeping);
        beans.put("keepingApi", new KeepingApi(store, keeping, holds, certificates, operators, sensitive));
        beans.put(
                "auditView",
                new AuditApi(
                        store,
                        new AuditSearch(store),
                        new Reveals(store, audit, settings.duration("hub.audit.reveal")),
                        messages,
                        sensitive,
                        audit));
        beans.put("auditSealer", new AuditSealer(store, clock, settings));
        beans.put("auditKeeping", new AuditKeeping(store, audit, clock, settings));
        Node node = Node.of(settings);
        AuditCopy auditCopy = new AuditCopy(store, settings, node.name());
        beans.put("auditCopy", auditCopy);
        AuditWatch auditWatch = new AuditWatch(store, audit, settings);
        beans.put("auditWatch", auditWatch);
        beans.put("answers", new Answers(store, audit));
        MessageCards onScreen = new MessageCards(store, messages, media, screens, translations, clock);
        beans.put(
                "console",
                new ConsoleApi(
                        screens,
                        onScreen,
                        desk,
                        offers,
                        survey,
                        articles,
                        mentions,
                        heartbeats,
                        advice,
                        calls,
                        cards,
                        texts,
                        operators,
                        audit,
                        store,
                        settings.duration("hub.media.identity-window"),
                        rules.identityDays(settings.duration("hub.media.keep"))));
        beans.put("draft", new DraftApi(screens, onScreen, desk, media, heartbeats, operators, audit, store));
        TeamScope scope = new TeamScope(store, settings);
        beans.put(
                "team", new TeamApi(screens, desk, seats, offers, notices, heartbeats, operators, audit, store, scope));
        beans.put("wall", new Wall(store, customers, seats, operators, calls, quota, settings, clock));
        beans.put("finder", new Finder(store, customers, operators, audit, scope, settings));
        beans.put("reports", new Reports(store, operators, settings, clock));
        beans.put("canned", new CannedApi(canned, operators, sensitive));
        beans.put("proposals", proposals);
        beans.put("proposalsView", new ProposalsView(store, proposals, operators, audit));
        beans.put(
                "accountsView",
                new AccountsView(accounts, tokens, webhooks, quota, sends, standings, audit, store, clock));
        beans.put(
                "operationsView",
                new OperationsView(
                        settings,
                        () -> routes == null ? List.of() : routes.standings(),
                        web::managementPort,
                        store,
                        audit));
        beans.put("failedWork", new FailedWork(store, ledger, deliveries, salesforce.queue(), audit));
        beans.put("mediaView", new MediaView(media, operators, store, audit, clock, settings));
        beans.put("dataSource", store.forRoutes());
        beans.put("PROPAGATION_REQUIRED", new SpringTransactionPolicy(store.transactions()));
        if (onStage) {
            filling.get();
            stage = new HubStage(settings, store, ledger, turns, salesforce, beans, web);
            return;
        }
        schedules = Schedules.of(store, node);
        nodeAudit = new NodeAudit(store, audit, node.name());
        nodeAudit.started(
                settings,
                Objects.requireNonNullElse(Hub.class.getPackage().getImplementationVersion(), ""),
                delivered.digest());
        openCamel(beans, metrics, salesforce);
        HealthCheckRegistry.get(main.getCamelContext())
                .register(new StoreWrites(store, () -> events.trouble().isPresent()));
        HealthCheckRegistry.get(main.getCamelContext())
                .register(new Retention(
                        () -> keeping.last().map(Keeping.Found::overdue).orElse(0L)));
        watchBacklog(settings, salesforce, metrics);
        Gauge.builder("tsunagi.audit.alarms", auditWatch, AuditWatch::alarms).register(metrics);
        Gauge.builder("tsunagi.events", ledger, l -> l.counts().getOrDefault("WAITING", 0L))
                .tag("state", "waiting")
                .register(metrics);
        Gauge.builder("tsunagi.events", ledger, l -> l.counts().getOrDefault("PARKED", 0L))
                .tag("state", "parked")
                .register(metrics);

        Gauge.builder("tsunagi.salesforce.api.calls", salesforce.health(), SalesforceHealth::apiCallsUsed)
                .tag("what", "used")
                .register(metrics);
        Gauge.builder("tsunagi.salesforce.api.calls", salesforce.health(), SalesforceHealth::apiCallsAllowed)
                .tag("what", "allowed")
                .register(metrics);
        for (String account : quota.accounts()) {
            quotaGauge(metrics, quota, account, "used", LineQuota.Standing::used);
            quotaGauge(metrics, quota, account, "forecast", LineQuota.Standing::forecast);
            quotaGauge(metrics, quota, account, "reserved", LineQuota.Standing::reserved);
            quotaGauge(metrics, quota, account, "allowed", LineQuota.Standing::allowed);
        }
        for (String language : texts.languages()) {
            Gauge.builder("tsunagi.bot.articles", articleIndex, index -> index.size(language))
                    .tag("language", language)
                    .register(metrics);
        }

        // The public port's other guests: what is mounted first is asked first
        new ConsoleFiles(Embedding.of(settings), web::isPublic, delivered::holds).mount(web.main());
        web.main().route("/api/*").handler(gate);
        feed.mount(web.main());
        CamelContext camel = main.getCamelContext();
        web.serveRoutesOf(camel);
        wakeups = new Wakeups(camel, hints);
        turns.together(
                most -> wakeups.more(Signals.Kind.TURN, most),
                lane -> signals.send(Signals.Kind.TURN, lane),
                customerTurn::expect);
        routes = new RouteKeeper(
                new RouteKeeper.Needs(
                        HubStage.parts(settings, beans, salesforce),
                        () -> stage(
                                settings,
                                folder,
                                () -> ledger.recent(settings.whole("hub.routes.tried-events", 0, 1000)).stream()
                                        .map(SampleEvents::body)
                                        .toList()),
                        store,
                        audit),
                new RouteFiles(folder.resolve(settings.needed("hub.routes.folder"))),
                java.time.Duration.ofMillis(settings.whole("hub.routes.look-millis", 50, 3_600_000)));
        routes.load(camel);
        LineChecks.register(camel, quota, webhooks);
        NodeChecks.warn(camel, "routes", routes::trouble);
        if (auditCopy.on()) {
            NodeChecks.warn(camel, "audit-copy", auditCopy::trouble);
            Gauge.builder("tsunagi.audit.copy.behind", auditCopy, copy -> copy.behind()
                            .orElse(0))
                    .register(metrics);
        }
        NodeChecks.warn(camel, "delivered-files", delivered::trouble);
        NodeChecks.warn(camel, "certificate", web::troubleWithCertificate);
        if (!settings.text("hub.media.clamd").isEmpty()) {
            NodeChecks.warn(camel, "virus-scanner", media::scannerTrouble);
        }
        NodeChecks.warn(camel, "master-key", store.sealing().master()::trouble);
        NodeChecks.warn(camel, "salesforce-drift", salesforce.drift()::trouble);
        if (translator.on()) {
            NodeChecks.warn(camel, "translation", translator::trouble);
            Gauge.builder("tsunagi.translate.characters", translator, Translator::charactersToday)
                    .register(metrics);
        }
        NodeChecks.register(camel, () -> leaving, store, hints);
        Gauge.builder("tsunagi.node.clock.ahead", store, s -> s.clockAhead().toMillis() / 1000.0)
                .baseUnit("seconds")
                .register(metrics);
        Gauge.builder("tsunagi.feeds", feed, Feed::size).register(metrics);
        new Management(camel, metrics, gate.forRoles(Set.of(Role.ADMIN, Role.OPS)), new JmxAudit(store, audit))
                .mount(web.management());
        ProducerTemplate asking = camel.createProducerTemplate();
        tokens.calledBy(account ->
                asking.request("direct:issue-line-token", exchange -> exchange.setProperty("account", account)));
        filling.get();
        main.start();
        schedules.lookAfter(camel);
        signals.listen(wakeups);
        hints.start();
        web.listen();
        routes.start();
        listening = true;
        SecondFactor.look(settings).forEach(found -> LOG.warn(found.sentence()));
        LOG.info(
                "Node {} listens on port {}, for console and API on port {} and for operations on port {}",
                node,
                web.port(),
                web.privatePort(),
                web.managementPort());
    }

    /**
     * The mail server's name and password are the component's, so that no address shows them. With a server that offers TLS
     * mail goes over it.
     */
    private void openMail(CamelContext camel) {
        String user = settings.text("hub.mail.user");
        String password = settings.secret("hub.mail.password").reveal();
        if (!user.isEmpty() && password.isEmpty()) {
            throw new SettingsException("The setting hub.mail.user is '" + user
                    + "', but there is no password: set HUB_MAIL_PASSWORD or hub.mail.password-file.");
        }
        for (String scheme : new String[] {"smtp", "smtps"}) {
            MailConfiguration mail = new MailConfiguration(camel);
            mail.getAdditionalJavaMailProperties().setProperty("mail.smtp.starttls.enable", "true");
            if (!user.isEmpty()) {
                mail.setUsername(user);
                mail.setPassword(password);
            }
            camel.addComponent(scheme, new MailComponent(mail));
        }
    }

    /** Bounds the calls of routes over HTTP, and whom they reach; {@code https:} is a component of its own to Camel. */
    static void openHttp(Main main, Settings settings) {
        Outside hosts = new Outside(settings, SystemDefaultDnsResolver.INSTANCE);
        String patience = settings.needed("hub.line.call-timeout-millis");
        for (String component : new String[] {"http", "https"}) {
            main.bind(component + "-component", new GuardedHttp(hosts));
            Map.of(
                            "connections-per-route",
                            "64",
                            "automatic-retries-disabled",
                            "true",
                            "max-total-connections",
                            "256",
                            "connect-timeout",
                            patience,
                            "response-timeout",
                            patience,
                            "so-timeout",
                            patience)
                    .forEach((limit, value) ->
                            main.addInitialProperty("camel.component." + component + "." + limit, value));
        }
    }

    private void openCamel(Map<String, Object> beans, PrometheusMeterRegistry metrics, SalesforceSetup salesforce)
            throws SchedulerException {
        main.configure().withName("tsunagi").withRoutesIncludePattern("false").withShutdownTimeout(10);
        // Whoever runs the hub stops it; Camel's own hook at the JVM's end would keep it for ever.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        main.setOverrideProperties(new Properties());
        settings.placeholders().forEach(main::addInitialProperty);
        Map.of("camel.main.auto-configuration-log-summary", "false", "camel.main.startup-summary-level", "Oneline")
                .forEach(main::addInitialProperty);
        openHttp(main, settings);
        beans.forEach(main::bind);
        main.bind("metricsRegistry", metrics);
        main.init();
        CamelContext camel = main.getCamelContext();
        camel.getCamelContextExtension().setManagementMBeanAssembler(new SharedMBeanInfo(camel));
        camel.getCamelContextExtension().addInterceptStrategy(new CallOrigins());
        camel.addComponent("jdbc", new JoiningJdbcComponent());
        camel.addComponent("direct", new CountingDirect());
        salesforce.configure(camel);
        openMail(camel);
        schedules.serveRoutesOf(camel);
        MicrometerRoutePolicyFactory routeMetrics = new MicrometerRoutePolicyFactory();
        routeMetrics.setMeterRegistry(metrics);
        camel.addRoutePolicyFactory(routeMetrics);
        MicrometerRouteEventNotifier routes = new MicrometerRouteEventNotifier();
        routes.setMeterRegistry(metrics);
        camel.getManagementStrategy().addEventNotifier(routes);
    }

    private void watchBacklog(Settings settings, SalesforceSetup salesforce, PrometheusMeterRegistry metrics) {
        WaitingSince since = new WaitingSince(store);
        Backlog backlog = new Backlog(settings.duration("hub.management.backlog-patience"), store.clock())
                .of("events", since::events)
                .of("deliveries", since::deliveries);
        if (salesforce.on()) {
            backlog.of("salesforce", salesforce.queue()::dueSince);
        }
        HealthCheckRegistry.get(main.getCamelContext()).register(backlog);
        backlog.works().forEach(work -> Gauge.builder("tsunagi.backlog", backlog, b -> b.seconds(work))
                .baseUnit("seconds")
                .tag("work", work)
                .register(metrics));
        Gauge.builder("tsunagi.routes.stopped", main.getCamelContext(), Hub::stoppedRoutes)
                .register(metrics);
    }

    /** Camel's own figures of running routes do not come back to what they were when a route is started again. */
    private static long stoppedRoutes(CamelContext camel) {
        return camel.getRoutes().stream()
                .filter(route -> !Boolean.FALSE.equals(route.isAutoStartup()))
                .map(route -> camel.getRouteController().getRouteStatus(route.getId()))
                // A route that is being exchanged has none for a moment.
                .filter(status -> status != null && !status.isStarted())
                .count();
    }

    /** No figure where there is no limit. */
    private static void quotaGauge(
            PrometheusMeterRegistry metrics,
            LineQuota quota,
            String account,
            String what,
            Function<LineQuota.Standing, Number> figure) {
        Gauge.builder("tsunagi.line.quota", quota, q -> {
                    Number found = figure.apply(q.recent(account));
                    return found == null ? Double.NaN : found.doubleValue();
                })
                .tag("account", account)
                .tag("what", what)
                .register(metrics);
    }

    private BotSettings botSettings() {
        return BotSettings.defaults()
                .withThresholds(settings.share("hub.bot.threshold-answer"), settings.share("hub.bot.threshold-choose"))
                .withLimits(settings.whole("hub.bot.choices", 1, 10), settings.whole("hub.bot.max-misses", 1, 10));
    }

    public int port() {
        return web.port();
    }

    /** Gives the port of console and API, which may be the public one. */
    public int privatePort() {
        return web.privatePort();
    }

    /** Names the routes that run. */
    public java.util.List<String> routeIds() {
        return main.getCamelContext().getRoutes().stream()
                .map(org.apache.camel.Route::getRouteId)
                .toList();
    }

    public int managementPort() {
        return web.managementPort();
    }

    @Override
    public synchronized void close() {
        if (leaving) {
            return;
        }
        leaving = true;
        if (listening) {
            letOthersTakeOver();
            feed.close();
        }
        long until = System.nanoTime() + LAST_WORK.toNanos();
        if (routes != null) {
            routes.close();
        }
        java.time.Duration left = java.time.Duration.ofNanos(Math.max(0, until - System.nanoTime()));
        web.endRequests(left);
        if (events != null) {
            events.close();
        }
        web.stopListening();
        if (wakeups != null) {
            wakeups.close();
        }
        try {
            CamelContext camel = main.getCamelContext();
            if (camel == null) {
                main.stop();
            } else {
                java.time.Duration rest = java.time.Duration.ofNanos(until - System.nanoTime());
                Runnable leaveThem = new CallsUnderWay(camel, lineCalls::leave).cutOffAfter(rest, web.vertx());
                ShutdownStrategy stop = camel.getShutdownStrategy();
                stop.setTimeUnit(TimeUnit.MILLISECONDS);
                stop.setTimeout(Math.max(0, rest.toMillis()) + LAST_NOTES.toMillis());
                camel.getExecutorServiceManager().setShutdownAwaitTermination(LAST_NOTES.toMillis() / 5);
                main.stop();
                leaveThem.run();
            }
        } finally {
            main.shutdown();
            if (schedules != null) {
                schedules.close();
            }
            if (hints != null) {
                hints.close();
            }
            web.close();
            if (botInTime != null) {
                botInTime.close();
            }
            articleIndex.close();
            if (nodeAudit != null) {
                nodeAudit.stopped();
            }
            store.close();
        }
    }

    /** Health says for a while that this node takes no work, while it still does: who sends it some has to notice. */
    private void letOthersTakeOver() {
        web.leave();
        try {
            Thread.sleep(settings.duration("hub.http.leave").toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
