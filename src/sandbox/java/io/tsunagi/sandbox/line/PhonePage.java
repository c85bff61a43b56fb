package io.tsunagi.sandbox.line;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** Serves the page with the customers' phones; only listed files, under a policy that allows nothing inline. */
final class PhonePage {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
                    + " trusted-types 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final String[] FILES = {
        "index.html", "tokens.css", "phone.css", "phone.js", "api.js", "words.js", "draw.js", "icons.svg"
    };

    void on(Router router) {
        for (String file : FILES) {
            byte[] bytes = read(file);
            String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
            router.get(file.equals("index.html") ? "/" : "/phone/" + file).handler(ctx -> ctx.response()
                    .putHeader("content-type", type)
                    .putHeader("content-security-policy", POLICY)
                    .putHeader("x-content-type-options", "nosniff")
                    .putHeader("referrer-policy", "no-referrer")
                    .putHeader("cache-control", "no-cache")
                    .end(Buffer.buffer(bytes)));
        }
    }

    private static byte[] read(String file) {
        try (InputStream in = PhonePage.class.getResourceAsStream("/sandbox/line/" + file)) {
            if (in == null) {
                throw new IllegalStateException("The phone page lacks " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
