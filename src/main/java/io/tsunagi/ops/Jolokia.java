package io.tsunagi.ops;

import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.support.service.ServiceSupport;
import org.jolokia.core.api.LogHandler;
import org.jolokia.json.JSONStructure;
import org.jolokia.server.core.config.ConfigKey;
import org.jolokia.server.core.config.StaticConfiguration;
import org.jolokia.server.core.http.HttpRequestHandler;
import org.jolokia.server.core.request.BadRequestException;
import org.jolokia.server.core.request.EmptyResponseException;
import org.jolokia.server.core.restrictor.policy.PolicyRestrictor;
import org.jolokia.server.core.service.JolokiaServiceManagerFactory;
import org.jolokia.server.core.service.api.JolokiaContext;
import org.jolokia.server.core.service.api.JolokiaServiceManager;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.jmx.DefaultMBeanServerAccess;
import org.jolokia.service.jmx.LocalRequestHandler;
import org.jolokia.service.serializer.JolokiaSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives JMX over HTTP to those who signed in, as far as {@code jolokia-access.xml} allows.
 *
 * <p>Camel's own plug-in allows everything when that file is missing; this one does not start. A GET only looks: what
 * changes something must be a POST, so that no link and no foreign page can do it, and is told to {@link JmxActs}.
 */
final class Jolokia extends ServiceSupport implements Handler<RoutingContext> {
    private static final Logger LOG = LoggerFactory.getLogger(Jolokia.class);
    private static final String POLICY = "/jolokia-access.xml";
    private static final Set<String> LOOKING = Set.of("", "version", "list", "read", "search");

    private final JolokiaServiceManager services;
    private final JmxActs acts;
    private JolokiaContext context;
    private volatile HttpRequestHandler requests;

    private Jolokia(JmxActs acts) {
        this.acts = acts;
        var configuration = new StaticConfiguration(Map.of(
                // Unique, so that two hubs in one JVM do not fight for one MBean name.
                ConfigKey.AGENT_ID.getKeyValue(), "tsunagi-" + UUID.randomUUID(),
                ConfigKey.INCLUDE_STACKTRACE.getKeyValue(), "false",
                ConfigKey.DISCOVERY_ENABLED.getKeyValue(), "false"));
        services = JolokiaServiceManagerFactory.createJolokiaServiceManager(
                configuration, new Slf4j(), acts, log -> new TreeSet<>());
        services.addService(new JolokiaSerializer());
        services.addService(new LocalRequestHandler(1));
    }

    /** Gives a Jolokia that lives as long as the Camel context. */
    static Jolokia in(CamelContext camel, JmxActs.Book book) {
        var jolokia = new Jolokia(new JmxActs(policy(), book));
        try {
            camel.addService(jolokia, true, true);
        } catch (Exception failure) {
            throw new IllegalStateException("Jolokia does not start", failure);
        }
        return jolokia;
    }

    private static Restrictor policy() {
        try (InputStream rules = Jolokia.class.getResourceAsStream(POLICY)) {
            if (rules == null) {
                throw new IllegalStateException("No " + POLICY + " on the class path: JMX would be open to everyone");
            }
            return new PolicyRestrictor(rules);
        } catch (IOException unreadable) {
            throw new IllegalStateException(POLICY + " cannot be read", unreadable);
        }
    }

    @Override
    protected void doStart() {
        context = services.start();
        requests = new HttpRequestHandler(context);
    }

    @Override
    protected void doStop() {
        requests = null;
        services.stop();
        // Jolokia itself leaves its listeners at the JVM's MBean servers.
        if (context.getMBeanServerAccess() instanceof DefaultMBeanServerAccess listener) {
            listener.unregisterFromMBeanNotifications();
        }
    }

    @Override
    public void handle(RoutingContext context) {
        var handler = requests;
        if (handler == null) {
            refuse(context, 503, "The hub is stopping");
        } else if (isForeign(context.request())) {
            refuse(context, 403, "Requests from other sites are not answered");
        } else if (context.request().method() == HttpMethod.POST) {
            acts.begin(context);
            try {
                post(handler, context);
            } finally {
                acts.end();
            }
        } else if (context.request().method() == HttpMethod.GET) {
            get(handler, context);
        } else {
            refuse(context, 405, "Use GET to look and POST to act");
        }
    }

    private static void get(HttpRequestHandler handler, RoutingContext context) {
        String path;
        try {
            // A plus is a plus here, as in every path.
            var raw = context.normalizedPath().replaceFirst("^/(?:hawtio|observe)/jolokia/?", "");
            path = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException halfAnEscape) {
            refuse(context, 400, "Not a Jolokia request");
            return;
        }
        if (!LOOKING.contains(path.split("/", 2)[0])) {
            refuse(context, 405, "GET only looks: " + LOOKING);
            return;
        }
        // Parameters are left out: one of them ("p") is a second way to give the path.
        answer(handler, context, () -> handler.handleGetRequest(path, path, Map.of()));
    }

    private static void post(HttpRequestHandler handler, RoutingContext context) {
        Buffer body = context.body().buffer();
        if (body == null) {
            refuse(context, 400, "A request needs a body");
            return;
        }
        answer(handler, context, () -> {
            try (var in = new ByteBufInputStream(body.getByteBuf())) {
                return handler.handlePostRequest("", in, StandardCharsets.UTF_8.name(), Map.of());
            }
        });
    }

    private static void answer(HttpRequestHandler handler, RoutingContext context, Answer answer) {
        try {
            end(context, 200, answer.give().toJSONString());
        } catch (EmptyResponseException nothingToSay) {
            end(context, 200, "");
        } catch (BadRequestException | IOException malformed) {
            refuse(context, 400, "Not a Jolokia request");
        } catch (RuntimeException failure) {
            // Jolokia's own words for it; the status inside says what went wrong.
            LOG.debug("A Jolokia request failed", failure);
            end(context, 200, handler.handleThrowable(failure).toJSONString());
        }
    }

    /** A browser says where a request comes from; what says nothing is no browser and has no cookie to misuse. */
    private static boolean isForeign(HttpServerRequest request) {
        var site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null) {
            return false;
        }
        try {
            return !request.getHeader(HttpHeaders.HOST).equalsIgnoreCase(new URI(origin).getAuthority());
        } catch (URISyntaxException strange) {
            return true;
        }
    }

    private static void refuse(RoutingContext context, int status, String why) {
        end(
                context,
                status,
                new JsonObject().put("status", status).put("error", why).encode());
    }

    private static void end(RoutingContext context, int status, String json) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(json);
    }

    private interface Answer {
        JSONStructure give() throws IOException, BadRequestException, EmptyResponseException;
    }

    private static final class Slf4j implements LogHandler {
        @Override
        public void debug(String message) {
            LOG.debug(message);
        }

        @Override
        public void info(String message) {
            LOG.debug(message);
        }

        @Override
        public void error(String message, Throwable failure) {
            LOG.warn(message, failure);
        }

        @Override
        public boolean isDebug() {
            return LOG.isDebugEnabled();
        }
    }
}
