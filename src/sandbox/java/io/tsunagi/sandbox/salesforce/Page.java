package io.tsunagi.sandbox.salesforce;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;

/** The page that lists the records, at {@code /}. */
final class Page {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                    + " require-trusted-types-for 'script'; trusted-types 'none'";
    private static final Map<String, String> TYPES =
            Map.of("html", "text/html", "css", "text/css", "js", "text/javascript", "svg", "image/svg+xml");

    /** Colours and sizes are the console's own. */
    private static final String TOKENS = "/console/tokens.css";

    void addTo(Router router) {
        router.get("/").handler(context -> send(context, "index.html"));
        router.get("/page/:file").handler(context -> send(context, context.pathParam("file")));
        router.get("/favicon.ico")
                .handler(context -> context.response().setStatusCode(204).end());
    }

    private static void send(RoutingContext context, String file) {
        Optional<byte[]> content = file.matches("[a-z-]+\\.(html|css|js|svg)")
                ? SalesforceSimulator.resource(file.equals("tokens.css") ? TOKENS : "page/" + file)
                : Optional.empty();
        if (content.isEmpty()) {
            context.response().setStatusCode(404).end();
            return;
        }
        context.response()
                .putHeader("Content-Type", TYPES.get(file.substring(file.lastIndexOf('.') + 1)) + ";charset=UTF-8")
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cache-Control", "no-cache")
                .end(Buffer.buffer(content.get()));
    }
}
