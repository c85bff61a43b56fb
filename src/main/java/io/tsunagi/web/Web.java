package io.tsunagi.web;

import io.tsunagi.config.Finding;
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
import io.vertx.core.net.SSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub's own HTTP servers: the public one, the private one with console and API ({@link Doors}; one port may be both), and
 * the one for those who run the hub. Routes begin at {@code platform-http:} on the first two, over TLS when there is a
 * certificate.
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

    private static final Logger LOG = LoggerFactory.getLogger(Web.class);
    private static final Set<String> TLS_VERSIONS = Set.of("TLSv1.2", "TLSv1.3");
    private static final String SECURITY_TEXT = "/.well-known/security.txt";
    /** RFC 9116, 2.5.5: less than a year. */
    private static final Duration SECURITY_TEXT_HOLDS = Duration.ofDays(180);

    private static final long REQUEST_DEADLINE_MILLIS = 10_000;
    /** A video of an operator comes over a slow line too. */
    private static final long VIDEO_DEADLINE_MILLIS = 180_000;

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
    private final Doors doors;
    private final Callers callers;
    private final AddressRanges privateAllowed;
    private final AddressRanges managementAllowed;
    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private volatile Certificate certificate;
    private volatile HttpServer privateServer;
    private HttpServer mainServer;
    private HttpServer managementServer;
    private HttpServer redirectServer;
    private final AtomicBoolean looking = new AtomicBoolean();
    /** The timer that looks at the certificate; Vert.x counts them from 0. */
    private volatile long looks = -1;

    private volatile String trouble;
    private Connections mainConnections;
    private final Set<Connections> watched = new HashSet<>();
    private volatile boolean open;
    private volatile Consumer<String> outside = address -> {};
    private volatile boolean leaving;

    public Web(Settings settings) {
        this.settings = settings;
        // The proxy in front ends TLS: what the browser sees is the public address.
        this.behindTls = settings.needed(Doors.PUBLIC_URL).startsWith("https:");
        this.doors = Doors.of(settings);
        this.callers = Callers.of(settings);
        this.privateAllowed = AddressRanges.of(settings, "hub.private.allow");
        this.managementAllowed = AddressRanges.of(settings, Doors.MANAGEMENT_ALLOW);
        List<String> contacts = securityContacts();
        this.vertx = Vertx.vertx(new VertxOptions().setBlockedThreadCheckInterval(10_000));
        this.main = Router.router(vertx);
        this.management = Router.router(vertx);
        main.route().handler(this::guard);
        main.route().handler(this::letIn);
        management.route().handler(this::guard);
        management.route().handler(ctx -> letAllowed(ctx, managementAllowed));
        mountSecurityText(contacts);
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

    /** Whether a path is for customers and LINE, and so none of the console's. */
    public boolean isPublic(String path) {
        return doors.isPublic(path);
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
     * Looks whether the hub may be reached as configured and all ports can be opened, before the rest of it starts for nothing.
     *
     * @throws SettingsException in one sentence when one is taken, or others would reach it in the clear
     */
    public void check() {
        Doors.check(settings);
        if (Certificate.named(settings)) {
            Certificate.read(settings);
        }
        for (String key : Doors.ports(settings)) {
            String host = hostOf(key);
            int port = settings.whole(key, 0, 65535);
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(host, port));
            } catch (IOException e) {
                throw cannotOpen(key, host, port, e);
            }
        }
    }

    private String hostOf(String key) {
        return settings.needed(key.replaceFirst("[^.]+$", "host"));
    }

    private static SettingsException cannotOpen(String key, String host, int port, Throwable cause) {
        return new SettingsException("Port " + port + " on " + host + " cannot be opened (" + cause.getMessage()
                + "). Is another hub running? Change " + key + ", or stop it.");
    }

    /**
     * Opens the public port for webhooks, which need nothing but the store: LINE need not wait until all routes are there.
     * Whatever else is asked is answered 503 until {@link #listen}.
     */
    public void listenForWebhooks() {
        mainConnections = connections();
        certificate = Certificate.named(settings) ? Certificate.read(settings) : null;
        mainServer = listen("hub.http.port", main, mainConnections, certificate);
        if (certificate != null) {
            looks = vertx.setPeriodic(
                    settings.whole("hub.http.certificate-look-millis", 100, 86_400_000), timer -> lookAtCertificate());
        }
    }

    /** Opens the ports that are not open yet and lets everybody in. */
    public void listen() {
        if (mainServer == null) {
            listenForWebhooks();
        }
        if (doors.apart()) {
            privateServer = listen(Doors.PRIVATE_PORT, main, mainConnections, certificate);
        }
        if (!settings.text(Doors.REDIRECT_PORT).isEmpty()) {
            redirectServer = listen(Doors.REDIRECT_PORT, redirect(), connections(), null);
        }
        managementServer = listen("hub.management.port", management, connections(), null);
        open = true;
    }

    private Connections connections() {
        return new Connections(
                System::nanoTime,
                settings.whole("hub.http.connections-per-address", 1, 1_000_000),
                callers::uncounted,
                Duration.ofMillis(REQUEST_DEADLINE_MILLIS),
                Duration.ofSeconds(IDLE_SECONDS));
    }

    private HttpServer listen(String key, Router router, Connections connections, Certificate shown) {
        String host = hostOf(key);
        int port = settings.whole(key, 0, 65535);
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
        if (shown != null) {
            options.setSsl(true)
                    .setUseAlpn(false)
                    .setKeyCertOptions(shown.options())
                    .setEnabledSecureTransportProtocols(TLS_VERSIONS);
        }
        if (watched.add(connections)) {
            connections.watch(vertx);
        }
        HttpServer server = vertx.createHttpServer(options);
        server.connectionHandler(connections::opened);
        server.requestHandler(request -> {
            connections.asked(request);
            closeWhenSlow(request);
            router.handle(request);
        });
        try {
            server.listen().toCompletionStage().toCompletableFuture().join();
            servers.add(server);
            return server;
        } catch (CompletionException e) {
            throw cannotOpen(key, host, port, e.getCause());
        }
    }

    /** Sends whoever comes by plain http to the public address; where it is comes from the settings, never from the caller. */
    private Router redirect() {
        Router router = Router.router(vertx);
        router.route().handler(this::guard);
        router.route().handler(ctx -> lead(ctx, settings.needed(Doors.PUBLIC_URL)));
        return router;
    }

    private static void lead(RoutingContext ctx, String to) {
        String uri = ctx.request().uri();
        ctx.response()
                .setStatusCode(308)
                .putHeader(HttpHeaders.LOCATION, to + (uri.startsWith("/") ? uri : "/"))
                .end();
    }

    /** Takes a renewed certificate for new connections; one that cannot be used or ends soon is told, and stays in use. */
    private void lookAtCertificate() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        vertx.<Optional<Certificate>>executeBlocking(() -> certificate.renewed(settings), true)
                .onComplete(looked -> looking.set(false))
                .onSuccess(renewed -> {
                    Finding found = renewed.orElse(certificate).look(Instant.now());
                    tell(found.kind() == Finding.Kind.GOOD ? null : found.sentence());
                    renewed.ifPresent(this::show);
                })
                .onFailure(unusable -> tell("The certificate that was in use stays: " + unusable.getMessage()));
    }

    private void tell(String now) {
        if (now != null && !now.equals(trouble)) {
            LOG.error(now);
        }
        trouble = now;
    }

    private void show(Certificate renewed) {
        Certificate before = certificate;
        certificate = renewed;
        SSLOptions options =
                new SSLOptions().setKeyCertOptions(renewed.options()).setEnabledSecureTransportProtocols(TLS_VERSIONS);
        for (HttpServer server : servers) {
            if (server == mainServer || server == privateServer) {
                server.updateSSLOptions(options)
                        .onSuccess(done -> LOG.info("A renewed certificate is in use until {}", renewed.end()))
                        .onFailure(failed -> {
                            // The next look finds it renewed once more.
                            certificate = before;
                            LOG.error("The renewed certificate cannot be used", failed);
                        });
            }
        }
    }

    /** Says why the certificate's files, which changed, are not in use, or when it ends if that is soon; else empty. */
    public Optional<String> troubleWithCertificate() {
        return Optional.ofNullable(trouble);
    }

    private List<String> securityContacts() {
        List<String> contacts = settings.list("hub.http.security-contact");
        for (String contact : contacts) {
            if (!contact.matches("(mailto:|https://|tel:)\\S+")) {
                throw new SettingsException("The setting hub.http.security-contact holds '" + contact
                        + "'; a contact begins with mailto:, https:// or tel:.");
            }
        }
        return contacts;
    }

    /** Whom to write to about a hole (RFC 9116), where {@code hub.http.security-contact} says so. */
    private void mountSecurityText(List<String> contacts) {
        if (contacts.isEmpty()) {
            return;
        }
        main.get(SECURITY_TEXT).handler(ctx -> {
            StringBuilder text = new StringBuilder();
            contacts.forEach(contact -> text.append("Contact: ").append(contact).append("\n"));
            text.append("Expires: ")
                    .append(Instant.now().plus(SECURITY_TEXT_HOLDS).truncatedTo(ChronoUnit.SECONDS))
                    .append("\nPreferred-Languages: ja, en\nCanonical: ")
                    .append(settings.needed(Doors.PUBLIC_URL))
                    .append(SECURITY_TEXT)
                    .append("\n");
            ctx.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .end(text.toString());
        });
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
            if (behindTls || callers.secure(ctx.request())) {
                headers.set("Strict-Transport-Security", "max-age=31536000");
            }
        });
        if (ctx.request().method().equals(HttpMethod.TRACE)) {
            ctx.response().setStatusCode(405).end();
        } else {
            ctx.next();
        }
    }

    /** Keeps to each way in what belongs there; webhooks pass whatever is asked of others. */
    private void letIn(RoutingContext ctx) {
        String path = ctx.normalizedPath();
        boolean isPublic = doors.isPublic(path);
        if (doors.apart() && isPublic == atPrivateDoor(ctx)) {
            ctx.response().setStatusCode(404).end();
            return;
        }
        if (path.startsWith(Doors.WEBHOOKS)) {
            ctx.next();
            return;
        }
        if (!open) {
            ctx.response()
                    .setStatusCode(503)
                    .putHeader(HttpHeaders.RETRY_AFTER, "2")
                    .end("Tsunagi is starting.");
            return;
        }
        if (behindTls && callers.plainAtProxy(ctx.request())) {
            lead(ctx, isPublic ? settings.needed(Doors.PUBLIC_URL) : Doors.consoleUrl(settings));
        } else if (isPublic) {
            ctx.next();
        } else {
            letAllowed(ctx, privateAllowed);
        }
    }

    /**
     * Says who hears the address of everybody who called console or API from outside {@code hub.private.allow}; on an event
     * loop, so it must not wait.
     */
    public void onOutside(Consumer<String> listener) {
        outside = listener;
    }

    private boolean atPrivateDoor(RoutingContext ctx) {
        HttpServer door = privateServer;
        return door != null && ctx.request().localAddress().port() == door.actualPort();
    }

    private void letAllowed(RoutingContext ctx, AddressRanges allowed) {
        if (allowed.isEmpty() || allowed.contains(callers.address(ctx.request()))) {
            ctx.next();
        } else {
            ctx.response().setStatusCode(403).end();
            if (allowed == privateAllowed) {
                outside.accept(callers.address(ctx.request()));
            }
        }
    }

    /** Gives the port that is open, which is another than configured when that is 0. */
    public int port() {
        return mainServer.actualPort();
    }

    /** Gives the port of console and API, which may be the public one. */
    public int privatePort() {
        return doors.apart() ? privateServer.actualPort() : port();
    }

    /** Gives the port that leads to https; there is one when {@code hub.http.redirect-port} says so. */
    int redirectPort() {
        return redirectServer.actualPort();
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
        vertx.cancelTimer(looks);
        for (HttpServer server : servers) {
            server.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
