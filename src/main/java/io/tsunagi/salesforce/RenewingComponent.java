package io.tsunagi.salesforce;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.salesforce.SalesforceComponent;
import org.apache.camel.component.salesforce.SalesforceLoginConfig;
import org.apache.camel.component.salesforce.api.SalesforceException;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.apache.camel.support.service.ServiceHelper;

/**
 * camel-salesforce, except that a session that is over is renewed once for all calls that find it so, and each of them is
 * repeated once. By itself 4.18.0 signs in for every call in flight, and never ends a call whose sign-in is answered with
 * 401. Also hands on what each answer says about the API calls that are left.
 *
 * <p>Calls are made by the thread that asks; it waits for the renewal too, no longer than the call time limit.
 */
final class RenewingComponent extends SalesforceComponent {
    private static final String SUBSCRIBE = "subscribe:";

    private final SalesforceHealth health;
    private final Supplier<SalesforceComponent> forEvents;
    private final java.util.function.Consumer<SalesforceLoginConfig> secrets;

    /**
     * @param forEvents makes a component for a subscription to change events, which signs in when it starts
     * @param secrets gives the secrets as they are when somebody signs in
     */
    RenewingComponent(
            SalesforceHealth health,
            Supplier<SalesforceComponent> forEvents,
            java.util.function.Consumer<SalesforceLoginConfig> secrets) {
        this.secrets = secrets;
        this.health = health;
        this.forEvents = forEvents;
        // The client's own renewal is off: it would sign in before this one does.
        setHttpClientProperties(new HashMap<>(Map.of("maxRetries", 0)));
    }

    /** Null until an endpoint was made. */
    String token() {
        return getSession() == null ? null : getSession().getAccessToken();
    }

    /** Signs in unless somebody did since {@code old} was the token. */
    void signIn(String old) throws SalesforceException {
        if (getSession() != null) {
            secrets.accept(getLoginConfig());
            getSession().login(old);
        }
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        if (remaining.startsWith(SUBSCRIBE)) {
            return new ChangesEndpoint(uri, this, remaining.substring(SUBSCRIBE.length()));
        }
        return new RenewingEndpoint(uri, this, super.createEndpoint(uri, remaining, parameters));
    }

    @Override
    protected void doStop() throws Exception {
        try {
            super.doStop();
        } finally {
            health.close();
        }
    }

    private static final class ChangesEndpoint extends DefaultEndpoint {
        private final RenewingComponent component;
        private final String topic;

        ChangesEndpoint(String uri, RenewingComponent component, String topic) {
            super(uri, component);
            this.component = component;
            this.topic = topic;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException("Change events are heard, not sent");
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new ChangesConsumer(this, processor, topic, component.health, component.forEvents);
        }
    }

    private static final class RenewingEndpoint extends DefaultEndpoint {
        private final RenewingComponent component;
        private final Endpoint endpoint;

        RenewingEndpoint(String uri, RenewingComponent component, Endpoint endpoint) {
            super(uri, component);
            this.component = component;
            this.endpoint = endpoint;
        }

        @Override
        public Producer createProducer() throws Exception {
            return new RenewingProducer(this, component, endpoint.createProducer());
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            return endpoint.createConsumer(processor);
        }

        @Override
        protected void doStart() throws Exception {
            super.doStart();
            ServiceHelper.startService(endpoint);
        }

        @Override
        protected void doStop() throws Exception {
            ServiceHelper.stopService(endpoint);
            super.doStop();
        }
    }

    private static final class RenewingProducer extends DefaultProducer {
        private final RenewingComponent component;
        private final Producer calls;

        RenewingProducer(Endpoint endpoint, RenewingComponent component, Producer calls) {
            super(endpoint);
            this.component = component;
            this.calls = calls;
        }

        @Override
        public void process(Exchange exchange) throws Exception {
            String token = component.token();
            Message question = exchange.getMessage().copy();
            calls.process(exchange);
            if (sessionOver(exchange)) {
                exchange.setException(null);
                exchange.setMessage(question);
                try {
                    component.health.renew(token);
                } catch (IOException e) {
                    exchange.setException(e);
                    return;
                }
                calls.process(exchange);
            }
            Integer status = status(exchange);
            if (exchange.getException() == null && (status == null || status < 300)) {
                component.health.told(exchange.getMessage().getHeader("Sforce-Limit-Info", String.class));
            }
        }

        /** Calls with raw payloads leave a refusal in the answer, others throw it. */
        private static boolean sessionOver(Exchange exchange) {
            SalesforceException refusal = exchange.getException(SalesforceException.class);
            if (refusal != null) {
                return refusal.getStatusCode() == 401;
            }
            Integer status = status(exchange);
            return exchange.getException() == null && status != null && status == 401;
        }

        private static Integer status(Exchange exchange) {
            return exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        }

        @Override
        protected void doStart() throws Exception {
            super.doStart();
            ServiceHelper.startService(calls);
        }

        @Override
        protected void doStop() throws Exception {
            ServiceHelper.stopService(calls);
            super.doStop();
        }
    }
}
