package io.tsunagi.salesforce;

import static java.util.Map.entry;

import io.tsunagi.bot.Proposals;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CaseNews;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.component.salesforce.AuthenticationType;
import org.apache.camel.component.salesforce.SalesforceComponent;
import org.apache.camel.component.salesforce.SalesforceEndpointConfig;

/**
 * Builds what the Salesforce routes stand on: the component with the org's address and sign-in, and the beans that the
 * routes name. Built once by the composition root.
 */
public final class SalesforceSetup {
    /** Whether what people change in Salesforce is taken. */
    private enum Changes {
        TAKE,
        IGNORE
    }

    /** Whether what was said becomes comments of a Case when it is closed. */
    private enum CloseComment {
        NONE,
        TRANSCRIPT
    }

    private final SalesforceSettings settings;
    private final boolean closeComments;
    private final SalesforceHealth health;
    private final CrmQueue queue;
    private final CrmCustomers customers;
    private final CrmDrift drift;
    private final Map<String, Object> beans;

    /**
     * @throws io.tsunagi.config.SettingsException when a setting of {@code hub.salesforce} cannot be used
     */
    public SalesforceSetup(
            Settings settings,
            Store store,
            Signals signals,
            InquiryVersions versions,
            CaseNews news,
            Proposals proposals,
            Clock clock) {
        this.settings = SalesforceSettings.of(settings);
        closeComments = settings.choice("hub.salesforce.close-comment", CloseComment.class) == CloseComment.TRANSCRIPT;
        SalesforceErrors errors = new SalesforceErrors();
        health = new SalesforceHealth(this.settings, errors, clock);
        queue = new CrmQueue(store, signals, health, errors, this.settings.batch(), this.settings.lease(), clock);
        customers = new CrmCustomers(
                store, signals, versions, health, settings.duration("hub.salesforce.customer-age"), clock);
        drift = new CrmDrift(store, new CrmWork(store, signals, clock), clock);
        CrmCase crmCase = new CrmCase(store);
        Knowledge knowledge = new Knowledge(
                settings.list("hub.salesforce.knowledge-languages"),
                settings.text("hub.salesforce.knowledge-categories").strip(),
                settings.text("hub.salesforce.knowledge-url"));
        beans = Map.ofEntries(
                entry("crmQueue", queue),
                entry("crmFacts", new CrmFacts(store)),
                entry("crmCase", crmCase),
                entry("crmCustomers", customers),
                entry("crmSummary", new CrmSummary(account -> zone(settings, account))),
                entry("crmArticles", new ArticleDrafts(proposals, health, errors, knowledge)),
                entry("crmDrift", drift),
                entry(
                        "crmChanges",
                        new CrmChanges(
                                store,
                                news,
                                crmCase,
                                settings.choice("hub.salesforce.changes", Changes.class) == Changes.TAKE,
                                settings.text("hub.salesforce.comment-mark").strip(),
                                this.settings.lease(),
                                queue::catchingUp,
                                clock)),
                entry("sfRecord", new SalesforceRecords()),
                entry("sfErrors", errors),
                entry("sfHealth", health),
                entry("sfKnowledge", knowledge));
    }

    private static ZoneId zone(Settings settings, String account) {
        String key = "hub.line.account." + account + ".zone";
        return settings.find(key).isPresent() ? settings.zone(key) : ZoneId.of("Asia/Tokyo");
    }

    /**
     * Cuts off calls to Salesforce that are not answered, for a hub that stops; none can be made afterwards.
     *
     * @throws Exception when the component's client does not stop
     */
    public static void cutOffCalls(CamelContext camel) throws Exception {
        if (camel.hasComponent("salesforce") instanceof SalesforceComponent component
                && component.getHttpClient() != null) {
            component.getHttpClient().stop();
        }
    }

    /** Says whether what was said becomes comments of a Case when it is closed. */
    public boolean closeComments() {
        return closeComments;
    }

    /** Adds the {@code salesforce} component and binds the beans; call it before any route is loaded. */
    public void configure(CamelContext camel) {
        RenewingComponent component = new RenewingComponent(
                health, () -> forEvents(camel), config -> settings.credentials().renew(config, camel));
        reach(component, camel);
        component.setLazyLogin(true);
        camel.addComponent("salesforce", component);
        health.signInWith(component::token, component::signIn);
        beans.forEach((name, bean) -> camel.getRegistry().bind(name, bean));
    }

    private SalesforceComponent forEvents(CamelContext camel) {
        SalesforceComponent component = new SalesforceComponent();
        reach(component, camel);
        component.setLazyLogin(false);
        return component;
    }

    private void reach(SalesforceComponent component, CamelContext camel) {
        SalesforceEndpointConfig config = new SalesforceEndpointConfig();
        config.setApiVersion(SalesforceSettings.API_VERSION);
        component.setConfig(config);
        if (settings.off()) {
            // Nothing calls it, but the routes must load.
            component.setAuthenticationType(AuthenticationType.CLIENT_CREDENTIALS);
            component.setLoginUrl("http://127.0.0.1:9");
            component.setClientId("off");
            component.setClientSecret("off");
        } else {
            component.setLoginUrl(settings.loginUrl());
            settings.credentials().equip(component, camel);
        }
        component.setHttpRequestTimeout(settings.callTimeout().toMillis());
        component.setHttpClientConnectionTimeout(settings.callTimeout().toMillis());
        component.setHttpMaxContentLength(16 * 1024 * 1024);
    }

    /** What routes may name, by name. */
    public Map<String, Object> beans() {
        return beans;
    }

    /** Says whether what is left to be written goes anywhere: to Salesforce, or to what takes its place. */
    public boolean on() {
        return !settings.off() || settings.replaced();
    }

    /** The line of work, for the list of failed work and its retry button. */
    public CrmQueue queue() {
        return queue;
    }

    /** The nightly comparison, for the health check. */
    public CrmDrift drift() {
        return drift;
    }

    /** What Salesforce holds of customers, for the console. */
    public CrmCustomers customers() {
        return customers;
    }

    /** Where Salesforce stands, for the console. */
    public SalesforceHealth health() {
        return health;
    }
}
