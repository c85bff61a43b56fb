package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The HTTP side of the sandbox itself: what customers do, what really happened, what shall go wrong. */
final class ControlApi {
    private static final Pattern USER_ID = Pattern.compile("[A-Za-z0-9_.-]{1,68}");

    private final Sandbox sandbox;

    ControlApi(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    void on(Router router) {
        Platform platform = sandbox.platform();
        router.route("/sandbox/*").handler(ControlApi::ownPagesOnly);

        later(router, HttpMethod.POST, "/sandbox/users/:userId/messages", ctx -> sandbox.write(userId(ctx), body(ctx))
                .thenApply(Sent::json));
        later(router, HttpMethod.POST, "/sandbox/users/:userId/events", ctx -> sandbox.happen(userId(ctx), body(ctx))
                .thenApply(Sent::json));
        later(router, HttpMethod.POST, "/sandbox/users/:userId/redeliver", ctx -> sandbox.redeliver(
                        userId(ctx), body(ctx))
                .thenApply(Sent::json));
        later(router, HttpMethod.POST, "/sandbox/users/:userId/tap", ctx -> sandbox.tap(userId(ctx), body(ctx)));
        later(
                router,
                HttpMethod.POST,
                "/sandbox/users/:userId/manager",
                ctx -> sandbox.manager(userId(ctx), body(ctx)));
        later(router, HttpMethod.POST, "/sandbox/webhooks", ctx -> sandbox.post(body(ctx)));

        now(router, HttpMethod.GET, "/sandbox/users", ctx -> platform.customersJson());
        now(router, HttpMethod.GET, "/sandbox/users/:userId", ctx -> platform.customerJson(userId(ctx)));
        now(router, HttpMethod.PUT, "/sandbox/users/:userId", ctx -> platform.put(userId(ctx), body(ctx)));
        now(
                router,
                HttpMethod.GET,
                "/sandbox/users/:userId/chat",
                ctx -> platform.chatJson(ctx.queryParams().get("account"), userId(ctx)));

        now(
                router,
                HttpMethod.GET,
                "/sandbox/calls",
                ctx -> Json.array(sandbox.calls().list(ctx.queryParams().get("endpoint"), number(ctx, "after", 0))));
        now(
                router,
                HttpMethod.GET,
                "/sandbox/posts",
                ctx -> Json.array(sandbox.posts().list(number(ctx, "after", 0))));
        now(router, HttpMethod.GET, "/sandbox/truth", ctx -> platform.truthJson((int) number(ctx, "newest", 200)));
        now(router, HttpMethod.GET, "/sandbox/faults", ctx -> sandbox.faults().json());
        now(router, HttpMethod.PUT, "/sandbox/faults", ctx -> {
            sandbox.faults().put(anyBody(ctx));
            sandbox.changed("faults");
            return sandbox.faults().json();
        });
        now(router, HttpMethod.DELETE, "/sandbox/faults", ctx -> {
            String endpoint = ctx.queryParams().get("endpoint");
            if (endpoint == null) {
                sandbox.faults().clear();
            } else {
                sandbox.faults().clear(endpoint);
            }
            sandbox.changed("faults");
            return sandbox.faults().json();
        });
        now(router, HttpMethod.GET, "/sandbox/settings", ctx -> platform.settings()
                .json());
        now(router, HttpMethod.PUT, "/sandbox/settings", ctx -> {
            ObjectNode settings = platform.change(body(ctx)).json();
            sandbox.changed("settings");
            return settings;
        });
        now(router, HttpMethod.GET, "/sandbox/accounts", ctx -> sandbox.accountsJson());
        now(
                router,
                HttpMethod.GET,
                "/sandbox/stats",
                ctx -> sandbox.stats(
                        ctx.queryParams().get("account"), ctx.queryParams().get("userId")));
        now(router, HttpMethod.POST, "/sandbox/reset", ctx -> {
            sandbox.reset();
            return Json.object().put("reset", true);
        });
        router.get("/sandbox/contents/:messageId")
                .handler(ctx -> answer(ctx, () -> {
                    Content content = platform.preview(null, ctx.pathParam("messageId"));
                    boolean image = content.contentType.equals("image/png") || content.contentType.equals("image/jpeg");
                    return image && content.type.equals("image")
                            ? Answer.bytes(200, content.contentType, content.bytes)
                            : Answer.bytes(
                                    200,
                                    "image/jpeg",
                                    SampleMedia.of("image", "preview").bytes());
                }));
        router.get("/sandbox/stream").handler(sandbox.stream()::open);
        router.route("/sandbox/*")
                .handler(ctx -> answer(ctx, () -> {
                    throw new Refusal(404, "Not found");
                }));
    }

    /** A page of another origin must not drive the sandbox through a visitor's browser. */
    private static void ownPagesOnly(RoutingContext ctx) {
        String origin = ctx.request().getHeader("origin");
        String host = ctx.request().getHeader("host");
        if (origin != null && !origin.equals("http://" + host)) {
            send(ctx, new Refusal(403, "Only the sandbox's own pages may call this").answer());
        } else {
            ctx.next();
        }
    }

    private static void now(Router router, HttpMethod method, String path, Function<RoutingContext, JsonNode> action) {
        router.route(method, path).handler(ctx -> answer(ctx, () -> Answer.json(200, action.apply(ctx))));
    }

    private static void later(
            Router router,
            HttpMethod method,
            String path,
            Function<RoutingContext, CompletableFuture<? extends JsonNode>> action) {
        router.route(method, path).handler(ctx -> {
            try {
                action.apply(ctx).whenComplete((json, failure) -> ctx.vertx().runOnContext(nothing -> {
                    if (failure != null) {
                        ctx.fail(failure);
                    } else {
                        send(ctx, Answer.json(200, json));
                    }
                }));
            } catch (Refusal refusal) {
                send(ctx, refusal.answer());
            }
        });
    }

    private static void answer(RoutingContext ctx, java.util.function.Supplier<Answer> action) {
        Answer answer;
        try {
            answer = action.get();
        } catch (Refusal refusal) {
            answer = refusal.answer();
        }
        send(ctx, answer);
    }

    private static void send(RoutingContext ctx, Answer answer) {
        if (ctx.response().closed() || ctx.response().ended()) {
            return; // whoever asked has gone
        }
        ctx.response()
                .setStatusCode(answer.status())
                .putHeader("content-type", answer.contentType())
                .putHeader("cache-control", "no-store")
                .end(Buffer.buffer(answer.body()));
    }

    private static String userId(RoutingContext ctx) {
        String id = ctx.pathParam("userId");
        if (!USER_ID.matcher(id).matches()) {
            throw new Refusal(400, "A user id has 1 to 68 letters, digits, dots, lines or underlines");
        }
        return id;
    }

    private static long number(RoutingContext ctx, String name, long otherwise) {
        String text = ctx.queryParams().get(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw new Refusal(400, name + " must be a number");
        }
        return Long.parseLong(text);
    }

    private static JsonNode anyBody(RoutingContext ctx) {
        Buffer buffer = ctx.body() == null ? null : ctx.body().buffer();
        if (buffer == null || buffer.length() == 0) {
            return Json.object();
        }
        return Json.read(buffer.getBytes()).orElseThrow(() -> new Refusal(400, "The body is not JSON"));
    }

    private static JsonNode body(RoutingContext ctx) {
        JsonNode body = anyBody(ctx);
        if (!body.isObject()) {
            throw new Refusal(400, "The body must be a JSON object");
        }
        return body;
    }
}
