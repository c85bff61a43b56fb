package io.tsunagi.sandbox.line;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.stream.Collectors;

/** Serves the page with the customers' phones; only listed files, under a policy that allows nothing inline. */
final class PhonePage {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'%1$s; media-src%1$s; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
                    + " trusted-types 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final String[] FILES = {
        "index.html",
        "tokens.css",
        "phone.css",
        "phone.js",
        "desk.js",
        "draw.js",
        "api.js",
        "words.js",
        "mark.svg",
        "stickers.js"
    };

    private final Platform platform;

    PhonePage(Platform platform) {
        this.platform = platform;
    }

    void on(Router router) {
        for (String file : FILES) {
            byte[] bytes = read(file);
            String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
            router.get(file.equals("index.html") ? "/" : "/phone/" + file).handler(ctx -> ctx.response()
                    .putHeader("content-type", type)
                    .putHeader("content-security-policy", POLICY.formatted(hubs()))
                    .putHeader("x-content-type-options", "nosniff")
                    .putHeader("referrer-policy", "no-referrer")
                    .putHeader("cache-control", "no-cache")
                    .end(Buffer.buffer(bytes)));
        }
    }

    /** Pictures and videos that the hub sends are served by the hub: its origin is where the webhooks go. */
    private String hubs() {
        return platform.accounts().stream()
                .flatMap(account -> platform.webhook(account.name()).stream())
                .filter(uri -> uri.getHost() != null && uri.getHost().matches("[a-zA-Z0-9.-]+"))
                .map(uri ->
                        " " + uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
                .distinct()
                .collect(Collectors.joining());
    }

    /** Colours and sizes are the console's own. */
    private static byte[] read(String file) {
        String folder = file.equals("tokens.css") ? "/console/" : "/sandbox/line/";
        try (InputStream in = PhonePage.class.getResourceAsStream(folder + file)) {
            if (in == null) {
                throw new IllegalStateException("The phone page lacks " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
