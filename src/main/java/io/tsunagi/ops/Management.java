package io.tsunagi.ops;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Predicate;
import org.apache.camel.CamelContext;

/**
 * Serves what those who run the hub look at: health, metrics, and Hawtio over Jolokia.
 *
 * <table>
 * <caption>Paths</caption>
 * <tr><td>{@code /observe/health}, {@code …/live}, {@code …/ready}</td><td>open; 503 when DOWN</td></tr>
 * <tr><td>{@code /observe/metrics}</td><td>Prometheus text; open to scrapers, else behind the gate</td></tr>
 * <tr><td>{@code /hawtio/}</td><td>Hawtio's client, behind the gate</td></tr>
 * <tr><td>{@code /observe/jolokia}, {@code /hawtio/jolokia}</td><td>JMX by {@code jolokia-access.xml}, behind the gate</td></tr>
 * </table>
 *
 * <p>The gate lets a signed-in person of the right role pass with {@code next()} and answers everyone else itself.
 * Nothing here says more than names and states without it. Work that may block runs on worker threads.
 */
public final class Management {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final long LARGEST_JOLOKIA_REQUEST = 256 * 1024;

    private final CamelContext camel;
    private final PrometheusMeterRegistry metrics;
    private final Handler<RoutingContext> gate;
    private final Predicate<SocketAddress> scrapers;
    private final JmxActs.Book book;

    /** Lets scrapers on this machine read metrics without a sign-in, and nobody else. */
    public Management(
            CamelContext camel, PrometheusMeterRegistry metrics, Handler<RoutingContext> gate, JmxActs.Book book) {
        this(camel, metrics, gate, Management::isThisMachine, book);
    }

    /**
     * @param scrapers who may read metrics without a sign-in, by the address the connection comes from
     * @param book keeps who changed what over JMX
     */
    Management(
            CamelContext camel,
            PrometheusMeterRegistry metrics,
            Handler<RoutingContext> gate,
            Predicate<SocketAddress> scrapers,
            JmxActs.Book book) {
        this.camel = camel;
        this.metrics = metrics;
        this.gate = gate;
        this.scrapers = scrapers;
        this.book = book;
    }

    /**
     * Puts the handlers on a router; once for each Camel context, which starts and stops Jolokia with itself.
     *
     * @throws IllegalStateException when the rules of who may do what over JMX are missing or cannot be read
     */
    public void mount(Router router) {
        var health = new Health(camel);
        router.get("/observe/health").handler(context -> health.answer(context, Health.Kind.ALL));
        router.get("/observe/health/live").handler(context -> health.answer(context, Health.Kind.LIVE));
        router.get("/observe/health/ready").handler(context -> health.answer(context, Health.Kind.READY));

        router.get("/observe/metrics").handler(this::letScrapersPass).blockingHandler(this::writeMetrics, false);

        var jolokia = Jolokia.in(camel, book);
        var hawtio = new Hawtio();
        // The body is read before the gate, which may take its time to look a session up.
        router.routeWithRegex("/(?:hawtio|observe)/jolokia(?:/.*)?")
                .handler(BodyHandler.create(false).setBodyLimit(LARGEST_JOLOKIA_REQUEST));
        router.routeWithRegex("/(?:hawtio|observe)/jolokia(?:/.*)?")
                .handler(gate)
                .blockingHandler(jolokia, false);
        router.routeWithRegex("/hawtio$").method(HttpMethod.GET).handler(hawtio::addSlash);
        router.get("/hawtio/*").handler(gate).blockingHandler(hawtio, false);
    }

    private void letScrapersPass(RoutingContext context) {
        if (scrapers.test(context.request().connection().remoteAddress())) {
            context.next();
        } else {
            gate.handle(context);
        }
    }

    private void writeMetrics(RoutingContext context) {
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, PROMETHEUS_TEXT)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(metrics.scrape());
    }

    private static boolean isThisMachine(SocketAddress from) {
        try {
            return from.hostAddress() != null
                    && InetAddress.getByName(from.hostAddress()).isLoopbackAddress();
        } catch (UnknownHostException notAnAddress) {
            return false;
        }
    }
}
