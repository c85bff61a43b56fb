package io.tsunagi.salesforce;

import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CaseNews;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
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

    private final SalesforceSettings settings;
    private final SalesforceHealth health;
    private final CrmQueue queue;
    private final Map<String, Object> beans;

    /**
     * @throws io.tsunagi.config.SettingsException when a setting of {@code hub.salesforce} cannot be used
     */
    public SalesforceSetup(
            Settings settings, Store store, Signals signals, InquiryVersions versions, CaseNews news, Clock clock) {
        this.settings = SalesforceSettings.of(settings);
        SalesforceErrors errors = new SalesforceErrors();
        health = new SalesforceHealth(this.settings, errors, clock);
        queue = new CrmQueue(store, signals, versions, health, errors, this.settings.lease(), clock);
        beans = Map.of(
                "crmQueue",
                queue,
                "crmFacts",
                new CrmFacts(store),
                "crmChanges",
                new CrmChanges(
                        store,
                        news,
                        settings.choice("hub.salesforce.changes", Changes.class) == Changes.TAKE,
                        settings.text("hub.salesforce.comment-mark").strip(),
                        this.settings.lease(),
                        clock),
                "sfRecord",
                new SalesforceRecords(),
                "sfErrors",
                errors,
                "sfHealth",
                health,
                "sfKnowledge",
                new Knowledge(
                        settings.list("hub.salesforce.knowledge-languages"),
                        settings.text("hub.salesforce.knowledge-url")));
    }

    /** Adds the {@code salesforce} component and binds the beans; call it before any route is loaded. */
    public void configure(CamelContext camel) {
        RenewingComponent component = new RenewingComponent(health, this::forEvents);
        reach(component);
        component.setLazyLogin(true);
        camel.addComponent("salesforce", component);
        health.signInWith(component::token, component::signIn);
        beans.forEach((name, bean) -> camel.getRegistry().bind(name, bean));
    }

    private SalesforceComponent forEvents() {
        SalesforceComponent component = new SalesforceComponent();
        reach(component);
        component.setLazyLogin(false);
        return component;
    }

    private void reach(SalesforceComponent component) {
        SalesforceEndpointConfig config = new SalesforceEndpointConfig();
        config.setApiVersion(SalesforceSettings.API_VERSION);
        component.setConfig(config);
        component.setAuthenticationType(AuthenticationType.CLIENT_CREDENTIALS);
        // Off: nothing calls it, but the routes must load. An eager login would stop the hub while Salesforce is down.
        component.setLoginUrl(settings.off() ? "http://127.0.0.1:9" : settings.loginUrl());
        component.setClientId(settings.off() ? "off" : settings.clientId());
        component.setClientSecret(
                settings.off() ? "off" : settings.clientSecret().reveal());
        component.setHttpRequestTimeout(settings.callTimeout().toMillis());
        component.setHttpClientConnectionTimeout(settings.callTimeout().toMillis());
        component.setHttpMaxContentLength(16 * 1024 * 1024);
    }

    /** What routes may name, by name. */
    public Map<String, Object> beans() {
        return beans;
    }

    /** The line of work, for the list of failed work and its retry button. */
    public CrmQueue queue() {
        return queue;
    }

    /** Where Salesforce stands, for the console. */
    public SalesforceHealth health() {
        return health;
    }
}
