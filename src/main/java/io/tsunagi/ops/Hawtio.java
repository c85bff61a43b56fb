package io.tsunagi.ops;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Serves Hawtio's client from the class path ({@code hawtio/}, put there by the build).
 *
 * <p>The client asks its server a few questions that Hawtio's war would answer; here they are constants: nobody signs
 * in at Hawtio itself, there is no proxy, no Keycloak and no plug-in.
 */
final class Hawtio implements Handler<RoutingContext> {
    private static final String ROOT = "/hawtio/";

    /** What a file of the client may be called; a dot follows a name, so {@code ..} never matches. */
    private static final Pattern FILE = Pattern.compile("(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    private static final Map<String, String> ANSWERS = Map.of(
            "user", "\"public\"",
            "plugin", "[]",
            "auth/config", "{}",
            "auth/config/session-timeout", "{}",
            "keycloak/enabled", "false",
            "proxy/enabled", "false",
            "preset-connections", "[]");

    /** Strict as far as Hawtio lets it be: PatternFly writes style elements, the editor compiles its workers. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'self'; script-src 'self'; "
            + "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; "
            + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    void addSlash(RoutingContext context) {
        context.response()
                .setStatusCode(302)
                .putHeader(HttpHeaders.LOCATION, ROOT)
                .end();
    }

    @Override
    public void handle(RoutingContext context) {
        var path = context.normalizedPath().substring(ROOT.length());
        var answer = ANSWERS.get(path);
        if (answer != null) {
            context.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .end(answer);
        } else if (path.isEmpty()) {
            page(context);
        } else if (!FILE.matcher(path).matches()) {
            context.response().setStatusCode(404).end();
        } else {
            file(context, path);
        }
    }

    private void file(RoutingContext context, String path) {
        var bytes = bytes(path);
        if (bytes != null) {
            send(context, path, bytes);
        } else if (path.lastIndexOf('.') > path.lastIndexOf('/')) {
            context.response().setStatusCode(404).end();
        } else {
            // A page of the client: it reads the path itself.
            page(context);
        }
    }

    private void page(RoutingContext context) {
        var page = bytes("index.html");
        if (page == null) {
            context.response().setStatusCode(404).end();
        } else {
            send(context, "index.html", page);
        }
    }

    private static void send(RoutingContext context, String path, byte[] bytes) {
        var type = MimeMapping.getMimeTypeForFilename(path);
        // Files under static/ carry their hash in their name.
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, type == null ? "application/octet-stream" : type)
                .putHeader(
                        HttpHeaders.CACHE_CONTROL,
                        path.startsWith("static/") ? "private, max-age=31536000, immutable" : "no-cache")
                .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .end(Buffer.buffer(bytes));
    }

    private static byte[] bytes(String path) {
        try (var in = Hawtio.class.getResourceAsStream(ROOT + path)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
