package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The HTTP side of {@code api.line.me} and {@code api-data.line.me}, both on one port: who is calling, which fault
 * the call meets, what it answers, and one line in the call log.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/">Messaging API reference</a>
 */
final class MessagingApi {
    /** Tokens of version 2.1 that a channel may have at a time. */
    private static final int MOST_TOKENS = 30;

    private static final int BODY_LIMIT = 2 * 1024 * 1024;
    private static final String UNAUTHORIZED =
            "Authentication failed. Confirm that the access token in the authorization header is valid.";
    /** Calls that a watcher of the truth log wants to see; the rest is in the call log. */
    private static final Set<String> SHOWN =
            Set.of("reply", "push", "multicast", "broadcast", "loading", "markAsRead", "content", "richmenu");

    /** One call as an action sees it. */
    private record Call(
            LineSimulator.Account account, RoutingContext http, String requestId, JsonNode body, ObjectNode note) {
        String path(String name) {
            return http.pathParam(name);
        }

        /** The retry key where one is allowed; refused when it is not a UUID. */
        String retryKey() {
            String key = http.request().getHeader("x-line-retry-key");
            if (key != null) {
                try {
                    if (key.length() != 36 || UUID.fromString(key) == null) {
                        throw new Refusal(400, "The retry key is invalid");
                    }
                } catch (IllegalArgumentException e) {
                    throw new Refusal(400, "The retry key is invalid");
                }
            }
            return key == null ? null : key.toLowerCase(Locale.ROOT);
        }

        void noRetryKey() {
            if (http.request().getHeader("x-line-retry-key") != null) {
                throw new Refusal(400, "The retry key is not supported by this endpoint");
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        CompletableFuture<Answer> on(Call call);
    }

    @FunctionalInterface
    private interface PlainAction {
        Answer on(Call call);
    }

    private final Vertx vertx;
    private final Platform platform;
    private final Webhooks webhooks;
    private final Faults faults;
    private final CallLog calls;

    MessagingApi(Vertx vertx, Platform platform, Webhooks webhooks, Faults faults, CallLog calls) {
        this.vertx = vertx;
        this.platform = platform;
        this.webhooks = webhooks;
        this.faults = faults;
        this.calls = calls;
    }

    void on(Router router) {
        post(router, "/v2/bot/message/reply", "reply", call -> {
            call.noRetryKey();
            return sent(platform.reply(call.account, call.body, call.requestId), call);
        });
        post(
                router,
                "/v2/bot/message/push",
                "push",
                call -> sent(platform.push(call.account, call.body, call.retryKey(), call.requestId), call));
        post(router, "/v2/bot/message/multicast", "multicast", call -> {
            call.note.put("paid", platform.multicast(call.account, call.body, call.retryKey(), call.requestId));
            return Answer.ok();
        });
        post(router, "/v2/bot/message/broadcast", "broadcast", call -> {
            call.note.put("paid", platform.broadcast(call.account, call.body, call.retryKey(), call.requestId));
            return Answer.ok();
        });
        post(router, "/v2/bot/message/validate/:kind", "validate", call -> {
            if (!Set.of("reply", "push", "multicast", "narrowcast", "broadcast").contains(call.path("kind"))) {
                throw new Refusal(404, "Not found");
            }
            MessageRules.check(call.body);
            return Answer.ok();
        });
        get(router, "/v2/bot/message/quota", "quota", call -> {
            long quota = platform.settings().quota();
            return Answer.json(
                    200,
                    quota < 0
                            ? Json.object().put("type", "none")
                            : Json.object().put("type", "limited").put("value", quota));
        });
        get(
                router,
                "/v2/bot/message/quota/consumption",
                "consumption",
                call -> Answer.json(200, Json.object().put("totalUsage", platform.used(call.account.name()))));

        get(router, "/v2/bot/message/:messageId/content", "content", call -> platform.content(
                        call.account, call.path("messageId"))
                .map(content -> Answer.bytes(200, content.contentType, content.bytes))
                .orElseGet(() -> Answer.json(202, Json.object())));
        get(
                router,
                "/v2/bot/message/:messageId/content/transcoding",
                "transcoding",
                call -> Answer.json(
                        200,
                        Json.object()
                                .put(
                                        "status",
                                        platform.transcoding(call.account, call.path("messageId"))
                                                ? "processing"
                                                : "succeeded")));
        get(router, "/v2/bot/message/:messageId/content/preview", "preview", call -> {
            Content content = platform.preview(call.account, call.path("messageId"));
            return content.type.equals("image")
                    ? Answer.bytes(200, content.contentType, content.bytes)
                    : Answer.bytes(
                            200,
                            "image/jpeg",
                            SampleMedia.of("image", "preview").bytes());
        });

        get(
                router,
                "/v2/bot/profile/:userId",
                "profile",
                call -> Answer.json(200, platform.profile(call.account, call.path("userId"))));
        get(
                router,
                "/v2/bot/group/:groupId/summary",
                "group",
                call -> Answer.json(200, platform.group(call.account, call.path("groupId"))));
        get(
                router,
                "/v2/bot/group/:groupId/member/:userId",
                "profile",
                call -> Answer.json(200, platform.memberProfile(call.path("userId"))));
        get(
                router,
                "/v2/bot/room/:roomId/member/:userId",
                "profile",
                call -> Answer.json(200, platform.memberProfile(call.path("userId"))));
        for (String kind : List.of("group", "room")) {
            get(
                    router,
                    "/v2/bot/" + kind + "/:id/members/count",
                    "members",
                    call -> Answer.json(200, platform.memberCount(call.account, call.path("id"))));
        }
        get(
                router,
                "/v2/bot/info",
                "info",
                call -> Answer.json(
                        200,
                        Json.object()
                                .put("userId", call.account.destination())
                                .put("basicId", "@" + call.account.name())
                                .put("displayName", call.account.displayName())
                                .put("chatMode", "chat")
                                .put("markAsReadMode", "manual")));

        post(router, "/v2/bot/chat/loading/start", "loading", call -> {
            platform.typing(call.account, call.body);
            return Answer.json(202, Json.object());
        });
        post(router, "/v2/bot/chat/:chatId/control/acquire", "control", call -> {
            Delivery activated = platform.acquire(call.account, call.path("chatId"), call.body);
            webhooks.deliver(call.account.name(), List.of(activated));
            return Answer.ok();
        });
        post(router, "/v2/bot/chat/:chatId/control/release", "control", call -> {
            Delivery deactivated = platform.release(call.account, call.path("chatId"));
            if (deactivated != null) {
                webhooks.deliver(call.account.name(), List.of(deactivated));
            }
            return Answer.ok();
        });
        post(router, "/v2/bot/chat/markAsRead", "markAsRead", call -> {
            platform.markAsRead(call.account, call.body);
            return Answer.ok();
        });

        get(
                router,
                "/v2/bot/channel/webhook/endpoint",
                "webhookEndpoint",
                call -> Answer.json(
                        200,
                        platform.webhook(call.account.name())
                                .map(uri -> Json.object()
                                        .put("endpoint", uri.toString())
                                        .put("active", true))
                                .orElseThrow(() -> new Refusal(404, "Not found"))));
        route(router, HttpMethod.PUT, "/v2/bot/channel/webhook/endpoint", "webhookEndpoint", true, now(call -> {
            platform.webhook(call.account.name(), endpoint(call.body));
            return Answer.ok();
        }));
        route(router, HttpMethod.POST, "/v2/bot/channel/webhook/test", "webhookTest", true, this::testWebhook);

        post(router, "/v2/bot/user/:userId/richmenu/:richMenuId", "richmenu", call -> {
            platform.richMenu(call.account, call.path("userId"), call.path("richMenuId"));
            return Answer.ok();
        });
        get(
                router,
                "/v2/bot/user/:userId/richmenu",
                "richmenu",
                call -> Answer.json(200, platform.richMenu(call.account, call.path("userId"))));
        route(router, HttpMethod.DELETE, "/v2/bot/user/:userId/richmenu", "richmenu", true, now(call -> {
            platform.richMenu(call.account, call.path("userId"), null);
            return Answer.ok();
        }));
        post(
                router,
                "/v2/bot/user/:userId/linkToken",
                "linkToken",
                call -> Answer.json(200, platform.linkToken(call.account, call.path("userId"))));

        route(
                router,
                HttpMethod.POST,
                "/oauth2/v3/token",
                "token",
                false,
                now(call -> token(call, Duration.ofMinutes(15))));
        route(
                router,
                HttpMethod.POST,
                "/oauth2/v2.1/token",
                "token",
                false,
                now(call -> token(call, Duration.ofDays(30))));
        route(
                router,
                HttpMethod.POST,
                "/v2/oauth/accessToken",
                "token",
                false,
                now(call -> token(call, Duration.ofDays(30))));
        route(router, HttpMethod.POST, "/oauth2/v2.1/revoke", "token", false, now(call -> {
            platform.revokeAccessToken(call.http.request().getFormAttribute("access_token"));
            return Answer.ok();
        }));

        route(router, HttpMethod.GET, "/stickershop/v1/sticker/:id/android/sticker.png", "sticker", false, now(call -> {
            if (call.path("id").equals("0")) {
                throw new Refusal(404, "Not found");
            }
            return Answer.bytes(200, "image/png", SampleMedia.sticker(call.path("id")));
        }));

        route(
                router,
                HttpMethod.GET,
                "/sticonshop/v1/sticon/:product/android/:id.png",
                "emoji",
                false,
                now(call ->
                        Answer.bytes(200, "image/png", SampleMedia.sticker(call.path("product") + call.path("id")))));

        for (String prefix : List.of("/v2/*", "/oauth2/*")) {
            router.route(prefix)
                    .handler(ctx -> handle(ctx, "unknown", false, now(call -> {
                        throw new Refusal(404, "Not found");
                    })));
        }
    }

    private static Action now(PlainAction action) {
        return call -> CompletableFuture.completedFuture(action.on(call));
    }

    private void get(Router router, String path, String endpoint, PlainAction action) {
        route(router, HttpMethod.GET, path, endpoint, true, now(action));
    }

    private void post(Router router, String path, String endpoint, PlainAction action) {
        route(router, HttpMethod.POST, path, endpoint, true, now(action));
    }

    private void route(Router router, HttpMethod method, String path, String endpoint, boolean bearer, Action action) {
        router.route(method, path).handler(ctx -> handle(ctx, endpoint, bearer, action));
    }

    private void handle(RoutingContext ctx, String endpoint, boolean bearer, Action action) {
        String requestId = UUID.randomUUID().toString();
        String at = platform.now().toString();
        byte[] bytes = ctx.body() == null || ctx.body().buffer() == null
                ? new byte[0]
                : ctx.body().buffer().getBytes();
        Optional<JsonNode> json = Json.read(bytes);
        Optional<LineSimulator.Account> account = bearer(ctx);
        Optional<Faults.Fault> fault =
                faults.meet(endpoint, account.map(LineSimulator.Account::name).orElse(null));

        ObjectNode note = Json.object();
        CompletableFuture<Answer> acted;
        if (fault.filter(one -> !one.takesEffect()).isPresent()) {
            acted = CompletableFuture.completedFuture(fault.get().answer());
        } else {
            acted = act(ctx, bearer, account, requestId, bytes, json, note, action)
                    .thenApply(real -> fault.filter(one -> one.status() != 0 && real.status() / 100 == 2)
                            .map(Faults.Fault::answer)
                            .orElse(real));
        }
        acted.whenComplete((answer, failure) -> {
            if (failure != null) {
                ctx.fail(failure);
                return;
            }
            boolean lost = fault.filter(Faults.Fault::lostAnswer).isPresent();
            log(ctx, endpoint, requestId, at, account, bytes, json, answer, fault, lost, note);
            long delay = fault.map(Faults.Fault::delayMillis).orElse(0L);
            Runnable end = () -> {
                if (lost) {
                    ctx.request().connection().close();
                } else {
                    send(
                            ctx.response(),
                            answer,
                            requestId,
                            fault.map(Faults.Fault::stallMillis).orElse(0L));
                }
            };
            if (delay > 0) {
                vertx.setTimer(delay, timer -> end.run());
            } else {
                ctx.vertx().runOnContext(nothing -> end.run());
            }
        });
    }

    private CompletableFuture<Answer> act(
            RoutingContext ctx,
            boolean bearer,
            Optional<LineSimulator.Account> account,
            String requestId,
            byte[] bytes,
            Optional<JsonNode> json,
            ObjectNode note,
            Action action) {
        try {
            if (bearer && account.isEmpty()) {
                throw new Refusal(401, UNAUTHORIZED);
            }
            if (bytes.length > BODY_LIMIT) {
                throw new Refusal(413, "Request Entity Too Large");
            }
            if (bearer && bytes.length > 0) {
                String type = ctx.request().getHeader("content-type");
                if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
                    throw new Refusal(415, "Unsupported Media Type");
                }
                if (json.filter(JsonNode::isObject).isEmpty()) {
                    throw new Refusal(400, "The request body could not be parsed as JSON");
                }
            }
            return action.on(new Call(account.orElse(null), ctx, requestId, json.orElseGet(Json::object), note));
        } catch (Refusal refusal) {
            return CompletableFuture.completedFuture(refusal.answer());
        } catch (AlreadyAccepted accepted) {
            return CompletableFuture.completedFuture(accepted.answer());
        }
    }

    private Optional<LineSimulator.Account> bearer(RoutingContext ctx) {
        String header = ctx.request().getHeader("authorization");
        return header == null || !header.startsWith("Bearer ")
                ? Optional.empty()
                : platform.bearer(header.substring("Bearer ".length()).trim());
    }

    private void send(HttpServerResponse response, Answer answer, String requestId, long stall) {
        if (response.closed() || response.ended()) {
            return; // the hub hung up meanwhile, as it may
        }
        response.setStatusCode(answer.status())
                .putHeader("x-line-request-id", requestId)
                .putHeader("content-type", answer.contentType());
        answer.headers().forEach(response::putHeader);
        if (stall == 0) {
            response.end(Buffer.buffer(answer.body()));
            return;
        }
        Buffer whole = Buffer.buffer(answer.body());
        int half = whole.length() / 2;
        response.putHeader("content-length", Integer.toString(whole.length())).write(whole.slice(0, half));
        vertx.setTimer(stall, timer -> {
            if (!response.closed()) {
                response.end(whole.slice(half, whole.length()));
            }
        });
    }

    private void log(
            RoutingContext ctx,
            String endpoint,
            String requestId,
            String at,
            Optional<LineSimulator.Account> account,
            byte[] bytes,
            Optional<JsonNode> json,
            Answer answer,
            Optional<Faults.Fault> fault,
            boolean lost,
            ObjectNode note) {
        ObjectNode call = Json.object()
                .put("at", at)
                .put("endpoint", endpoint)
                .put("method", ctx.request().method().name())
                .put("path", ctx.request().path());
        account.ifPresent(who -> call.put("account", who.name()));
        ObjectNode headers = call.putObject("headers");
        for (String name : List.of("content-type", "x-line-retry-key", "user-agent", "accept")) {
            String value = ctx.request().getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        String authorization = ctx.request().getHeader("authorization");
        if (authorization != null) {
            headers.put(
                    "authorization",
                    account.map(who -> "Bearer [account " + who.name() + "]")
                            .orElseGet(() -> "[sha256 " + digest(authorization) + "]"));
        }
        boolean secret = endpoint.equals("token");
        if (bytes.length > 0 && !secret) {
            call.set("body", json.orElseGet(() -> Json.array()
                    .add(new String(bytes, StandardCharsets.UTF_8))
                    .get(0)));
        }
        call.put("status", answer.status()).put("requestId", requestId);
        if (lost) {
            call.put("answerLost", true);
        }
        fault.ifPresent(one -> call.set("fault", one.json(-1)));
        if (answer.contentType().startsWith("application/json") && !secret) {
            Json.read(answer.body()).ifPresent(body -> call.set("answer", body));
        }
        calls.add(call);

        if (SHOWN.contains(endpoint)) {
            JsonNode body = json.orElseGet(Json::object);
            ObjectNode line = Json.object()
                    .put("direction", "out")
                    .put("what", endpoint)
                    .put("status", answer.status())
                    .put("requestId", requestId);
            account.ifPresent(who -> line.put("account", who.name()));
            String userId = body.path("to").asText(body.path("chatId").asText(""));
            if (!userId.isEmpty()) {
                line.put("userId", userId);
            }
            line.setAll(note);
            ArrayNode types = line.putArray("types");
            body.path("messages")
                    .forEach(message -> types.add(message.path("type").asText()));
            if (ctx.request().getHeader("x-line-retry-key") != null) {
                line.put("retryKey", true);
            }
            if (lost) {
                line.put("answerLost", true);
            }
            platform.record(line);
        }
    }

    private static String digest(String value) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static Answer sent(Platform.Outcome outcome, Call call) {
        call.note.put("userId", outcome.chat()).put("paid", outcome.paid());
        return Answer.json(200, Json.object().set("sentMessages", outcome.sentMessages()));
    }

    private static URI endpoint(JsonNode body) {
        String text = body.path("endpoint").asText("");
        try {
            URI uri = URI.create(text);
            if (text.length() <= 500 && uri.isAbsolute()) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, "Invalid webhook endpoint URL");
        }
        throw new Refusal(400, "Invalid webhook endpoint URL");
    }

    /** The platform's own test call: a signed body without events. */
    private CompletableFuture<Answer> testWebhook(Call call) {
        URI uri = call.body.has("endpoint")
                ? endpoint(call.body)
                : platform.webhook(call.account.name()).orElseThrow(() -> new Refusal(404, "Not found"));
        byte[] body = webhooks.body(call.account.name(), List.of());
        String signature = Signature.of(body, call.account.channelSecret());
        return webhooks.post(uri, body, Map.of("x-line-signature", signature))
                .thenApply(attempt -> Answer.json(
                        200,
                        Json.object()
                                .put("success", attempt.accepted())
                                .put("timestamp", platform.now().toString())
                                .put("statusCode", attempt.status())
                                .put(
                                        "reason",
                                        attempt.reason().equals("ok")
                                                ? "OK"
                                                : attempt.reason().toUpperCase(Locale.ROOT))
                                .put("detail", Integer.toString(attempt.status()))));
    }

    /**
     * Issues a token for {@code client_id} = the account's name and {@code client_secret} = its channel secret, or for
     * a JWT of {@link Assertions}, whose {@code iss} is the account's name.
     */
    private Answer token(Call call, Duration life) {
        var request = call.http.request();
        String assertion = request.getFormAttribute("client_assertion");
        String client = request.getFormAttribute("client_id");
        boolean proven = false;
        if (assertion != null) {
            String wanted = life.compareTo(Duration.ofDays(1)) > 0 ? "token_exp" : null;
            Optional<Assertions.Proof> proof = platform.assertions().check(assertion, wanted, platform.now());
            client = proof.map(Assertions.Proof::account).orElse(null);
            proven = proof.isPresent();
            life = proof.map(Assertions.Proof::tokenLife)
                    .filter(asked -> wanted != null)
                    .orElse(life);
        }
        String name = client;
        Optional<LineSimulator.Account> account = platform.accounts().stream()
                .filter(one -> one.name().equals(name))
                .findAny();
        if (account.isEmpty()
                || !proven && !account.get().channelSecret().equals(request.getFormAttribute("client_secret"))) {
            return Answer.json(
                    400,
                    Json.object()
                            .put("error", "invalid_client")
                            .put("error_description", "invalid client_id or secret"));
        }
        if (assertion != null
                && life.compareTo(Duration.ofDays(1)) > 0
                && platform.liveTokens(account.get().name()) >= MOST_TOKENS) {
            return Answer.json(
                    400,
                    Json.object()
                            .put("error", "invalid_request")
                            .put("error_description", "the number of channel access tokens exceeds the limit"));
        }
        String token = platform.issueAccessToken(account.get().name(), life);
        ObjectNode body = Json.object()
                .put("access_token", token)
                .put("expires_in", life.toSeconds())
                .put("token_type", "Bearer");
        if (assertion != null && life.compareTo(Duration.ofDays(1)) > 0) {
            body.put("key_id", digest(token));
        }
        return Answer.json(200, body);
    }
}
