package io.tsunagi.web;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/**
 * The hub's own HTTP servers: the public one with console and API, and the one for those who run the hub. Routes begin at
 * {@code platform-http:} on the first.
 *
 * <p>Camel's built-in server has no deadline and sends no security headers, so these servers do: a request's head and
 * body must each be there within 10 s however slowly they drip, a connection on which nothing is asked is closed after
 * 30 s, one address holds only so many connections ({@link Connections}), TRACE is refused, and every answer carries the headers that keep a browser from being used against us (OWASP ASVS 14.4).
 */
public final class Web implements AutoCloseable {
    /**
     * A route's header for the length of the stream it answers with, in bytes; sent as Content-Length, which Camel lets no
     * route set. Players of videos want to know it. Counts for media only: elsewhere Camel might copy it from the request,
     * and a caller would say where an answer ends.
     */
    public static final String LENGTH = "tsunagi-length";

    private static final long REQUEST_DEADLINE_MILLIS = 10_000;
    /** A video of an operator comes over a slow line too. */
    private static final long VIDEO_DEADLINE_MILLIS = 180_000;

    /** Where LINE calls. */
    private static final String WEBHOOKS = "/line/";

    private static final int IDLE_SECONDS = 30;
    private static final int LARGEST_HEADER = 8 * 1024;
    /** Pictures and videos are the only bodies that may be larger than a webhook's; a phone's photo has up to 15 MB. */
    private static final int LARGEST_UPLOAD = 15 * 1024 * 1024;

    /** LINE takes no larger one. */
    private static final int LARGEST_VIDEO = 200 * 1024 * 1024;

    private static final Pattern UPLOAD =
            Pattern.compile("/api/inquiries/[0-9a-f-]{36}/(images|videos/[0-9a-f-]{36}/preview)");
    private static final Pattern MEDIA = Pattern.compile("/m/[^/]+|/api/media/[0-9a-fA-F-]{36}");
    private static final Pattern VIDEO = Pattern.compile("/api/inquiries/[0-9a-f-]{36}/videos");

    /** On every answer; encoded once. */
    private static final Map<CharSequence, CharSequence> ALWAYS = optimized(Map.of(
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin"));

    /** On answers that do not say otherwise. */
    private static final Map<CharSequence, CharSequence> UNLESS_SET = optimized(Map.of(
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cache-Control", "no-store"));

    private final Vertx vertx;
    private final Settings settings;
    private final Router main;
    private final Router management;
    private final boolean behindTls;
    private HttpServer mainServer;
    private HttpServer managementServer;
    private Connections mainConnections;
    private volatile boolean open;
    private volatile boolean leaving;

    public Web(Settings settings) {
        this.settings = settings;
        // The proxy in front ends TLS: what the browser sees is the public address.
        this.behindTls = settings.needed("hub.http.public-url").startsWith("https:");
        this.vertx = Vertx.vertx(new VertxOptions().setBlockedThreadCheckInterval(10_000));
        this.main = Router.router(vertx);
        this.management = Router.router(vertx);
        main.route().handler(this::guard);
        management.route().handler(this::guard);
        // A body over the limit is the sender's matter, not an error of ours.
        main.errorHandler(413, ctx -> ctx.response().setStatusCode(413).end());
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Gives the router of the public server; what is mounted before the routes start comes before them. */
    public Router main() {
        return main;
    }

    public Router management() {
        return management;
    }

    /** Makes {@code platform-http:} begin on the public server. Call before routes are added. */
    public void serveRoutesOf(CamelContext camel) {
        int port = settings.whole("hub.http.port", 0, 65535);
        long limit = settings.whole("hub.line.body-limit-bytes", 1024, 100_000_000);
        VertxPlatformHttpRouter router = new VertxPlatformHttpRouter(null, vertx, main, "server") {
            @Override
            public Handler<RoutingContext> bodyHandler() {
                BodyHandler usual = BodyHandler.create(false).setBodyLimit(limit);
                BodyHandler pictures = BodyHandler.create(false).setBodyLimit(LARGEST_UPLOAD);
                BodyHandler videos = BodyHandler.create(false)
                        .setBodyLimit(settings.whole("hub.media.video-limit-bytes", 1, LARGEST_VIDEO));
                return ctx -> {
                    String path = ctx.normalizedPath();
                    boolean picture = UPLOAD.matcher(path).matches();
                    (picture ? pictures : VIDEO.matcher(path).matches() ? videos : usual).handle(ctx);
                };
            }
        };
        camel.getRegistry().bind(VertxPlatformHttpRouter.getRouterNameFromPort(port), router);
        VertxPlatformHttpEngine engine = new VertxPlatformHttpEngine() {
            @Override
            public int getServerPort() {
                return port;
            }
        };
        camel.getComponent("platform-http", PlatformHttpComponent.class).setEngine(engine);
    }

    /**
     * Looks whether both ports can be opened, before the rest of the hub starts for nothing.
     *
     * @throws SettingsException in one sentence when one is taken
     */
    public void checkPorts() {
        for (String key : new String[] {"hub.http", "hub.management"}) {
            String host = settings.needed(key + ".host");
            int port = settings.whole(key + ".port", 0, 65535);
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(host, port));
            } catch (IOException e) {
                throw cannotOpen(key, host, port, e);
            }
        }
    }

    private static SettingsException cannotOpen(String key, String host, int port, Throwable cause) {
        return new SettingsException("Port " + port + " on " + host + " cannot be opened (" + cause.getMessage()
                + "). Is another hub running? Change " + key + ".port, or stop it.");
    }

    /**
     * Opens the public port for webhooks, which need nothing but the store: LINE need not wait until all routes are there.
     * Whatever else is asked is answered 503 until {@link #listen}.
     */
    public void listenForWebhooks() {
        mainConnections = connections();
        mainServer = listen("hub.http", main, mainConnections);
    }

    /** Opens the ports that are not open yet and lets everybody in. */
    public void listen() {
        if (mainServer == null) {
            listenForWebhooks();
        }
        managementServer = listen("hub.management", management, connections());
        open = true;
    }

    private Connections connections() {
        return new Connections(
                System::nanoTime,
                settings.whole("hub.http.connections-per-address", 1, 1_000_000),
                proxies(),
                Duration.ofMillis(REQUEST_DEADLINE_MILLIS),
                Duration.ofSeconds(IDLE_SECONDS));
    }

    private HttpServer listen(String key, Router router, Connections connections) {
        String host = settings.needed(key + ".host");
        int port = settings.whole(key + ".port", 0, 65535);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxHeaderSize(LARGEST_HEADER)
                // Else a connection that says nothing is not counted: the server waits for its first bytes to know.
                .setHttp2ClearTextEnabled(false)
                .setDecompressionSupported(false)
                .setCompressionSupported(false);
        connections.watch(vertx);
        HttpServer server = vertx.createHttpServer(options);
        server.connectionHandler(connections::opened);
        server.requestHandler(request -> {
            connections.asked(request);
            if (request.method().equals(HttpMethod.TRACE)) {
                request.response().setStatusCode(405).end();
                return;
            }
            closeWhenSlow(request);
            router.handle(request);
        });
        try {
            return server.listen().toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw cannotOpen(key, host, port, e.getCause());
        }
    }

    private Set<String> proxies() {
        Set<String> addresses = new HashSet<>();
        for (String address : settings.list("hub.http.proxies")) {
            if (!address.matches("[0-9a-fA-F.:]+")) {
                throw new SettingsException("The setting hub.http.proxies holds '" + address
                        + "', which is not an IP address such as 10.0.0.7.");
            }
            try {
                addresses.add(InetAddress.getByName(address).getHostAddress());
            } catch (UnknownHostException e) {
                throw new SettingsException("The setting hub.http.proxies holds '" + address
                        + "', which is not an IP address such as 10.0.0.7.");
            }
        }
        return addresses;
    }

    /** The idle time-out starts anew with every byte; the deadline does not. */
    private void closeWhenSlow(HttpServerRequest request) {
        boolean video = request.path() != null && VIDEO.matcher(request.path()).matches();
        long deadline =
                vertx.setTimer(video ? VIDEO_DEADLINE_MILLIS : REQUEST_DEADLINE_MILLIS, late -> request.connection()
                        .close());
        // Kept any longer, it would keep the request in memory.
        request.end().onComplete(ended -> vertx.cancelTimer(deadline));
    }

    private static Map<CharSequence, CharSequence> optimized(Map<String, String> headers) {
        return headers.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        header -> HttpHeaders.createOptimized(header.getKey()),
                        header -> HttpHeaders.createOptimized(header.getValue())));
    }

    private void guard(RoutingContext ctx) {
        ctx.addHeadersEndHandler(v -> {
            var headers = ctx.response().headers();
            if (leaving) {
                headers.set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            String length = headers.get(LENGTH);
            if (length != null) {
                headers.remove(LENGTH);
                if (MEDIA.matcher(ctx.normalizedPath()).matches()) {
                    headers.remove(HttpHeaders.TRANSFER_ENCODING);
                    headers.set(HttpHeaders.CONTENT_LENGTH, length);
                }
            }
            ALWAYS.forEach(headers::set);
            UNLESS_SET.forEach((name, value) -> {
                if (!headers.contains(name)) {
                    headers.set(name, value);
                }
            });
            if (behindTls) {
                headers.set("Strict-Transport-Security", "max-age=31536000");
            }
        });
        if (!open && !ctx.normalizedPath().startsWith(WEBHOOKS)) {
            ctx.response()
                    .setStatusCode(503)
                    .putHeader(HttpHeaders.RETRY_AFTER, "2")
                    .end("Tsunagi is starting.");
            return;
        }
        ctx.next();
    }

    /** Gives the port that is open, which is another than configured when that is 0. */
    public int port() {
        return mainServer.actualPort();
    }

    public int managementPort() {
        return managementServer.actualPort();
    }

    /** Asks those who keep connections to let them go with their next answer. */
    public void leave() {
        leaving = true;
    }

    /** Waits until no request is under way, or for so long; new ones are still taken. */
    public void endRequests(Duration longest) {
        long deadline = System.nanoTime() + longest.toNanos();
        while (mainConnections != null && mainConnections.busy() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** Closes the ports; those whose requests are under way are cut off. */
    public void stopListening() {
        for (HttpServer server : new HttpServer[] {mainServer, managementServer}) {
            if (server != null) {
                server.close().toCompletionStage().toCompletableFuture().join();
            }
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
