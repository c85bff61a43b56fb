package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the platform knows and the rules by which it changes: customers, chats, reply tokens, retry keys, quota,
 * content. Knows no HTTP. One lock guards everything, so a call takes effect whole or not at all.
 */
final class Platform {
    private static final ZoneId QUOTA_ZONE = ZoneId.of("Asia/Tokyo");
    private static final Duration RETRY_KEY_LIFE = Duration.ofHours(24);
    private static final Duration REPLY_TOKEN_LIMIT = Duration.ofMinutes(20);
    private static final Duration PUSH_AFTER_WRITING = Duration.ofDays(7);
    private static final Duration LINK_TOKEN_LIFE = Duration.ofMinutes(10);
    private static final Duration SAME_TWICE = Duration.ofSeconds(10);
    private static final int TRUTH_KEPT = 2_000;
    private static final int EVENTS_KEPT = 50_000;
    private static final int TOKENS_KEPT = 200_000;
    private static final Set<String> NO_REPLY_TOKEN = Set.of(
            "unsend",
            "unfollow",
            "leave",
            "memberLeft",
            "delivery",
            "module",
            "activated",
            "deactivated",
            "botSuspended",
            "botResumed");
    private static final Set<String> NO_SOURCE = Set.of("delivery", "module", "botSuspended", "botResumed");
    private static final Set<String> CONTROL_FIELDS =
            Set.of("account", "overrides", "deliver", "data", "sample", "contentType");

    private static final class ReplyToken {
        final String account;
        final String chat;
        final Instant eventAt;
        Instant sentAt;
        boolean used;

        ReplyToken(String account, String chat, Instant eventAt) {
            this.account = account;
            this.chat = chat;
            this.eventAt = eventAt;
            this.sentAt = eventAt;
        }
    }

    private record Accepted(String requestId, ArrayNode sentMessages, Instant at) {}

    private record Quotable(String messageId, String account, String chat) {}

    /** What a send did: the messages, whose phone, how many it cost. */
    record Outcome(ArrayNode sentMessages, String chat, long paid) {}

    private record AccessToken(String account, Instant until) {}

    private final Map<String, LineSimulator.Account> accounts;
    private final Map<String, URI> webhooks = new HashMap<>();
    private final Clock clock;
    private final Ids ids;
    private final Consumer<ObjectNode> happened;

    private final Map<String, Customer> customers = new LinkedHashMap<>();
    private final Map<String, Chat> chats = new LinkedHashMap<>();
    private final Map<String, ReplyToken> replyTokens = new Newest<>(TOKENS_KEPT);
    private final Map<String, Accepted> retryKeys = new Newest<>(TOKENS_KEPT);
    private final Map<String, Quotable> quoteTokens = new Newest<>(TOKENS_KEPT);
    private final Map<String, Quotable> readTokens = new Newest<>(TOKENS_KEPT);
    private final Map<String, Content> contents = new Newest<>(TOKENS_KEPT);
    private final Map<String, Long> paid = new HashMap<>();
    private final Map<String, AccessToken> accessTokens = new HashMap<>();
    private final Assertions assertions = new Assertions();
    private final Map<String, Instant> linkTokens = new HashMap<>();
    private final Map<String, Delivery> events = new Newest<>(EVENTS_KEPT);
    private final Deque<ObjectNode> truth = new ArrayDeque<>();
    private Settings settings = Settings.DEFAULT;
    private long sameTwice;
    private long truthCount;

    /** Forgets its oldest entries, so that a long benchmark does not fill the memory. */
    private static final class Newest<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;
        private final int kept;

        Newest(int kept) {
            this.kept = kept;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > kept;
        }
    }

    /** @param happened is told, outside the lock, of each change a watcher may want to show */
    Platform(List<LineSimulator.Account> accounts, Clock clock, Consumer<ObjectNode> happened) {
        this.accounts = new LinkedHashMap<>();
        for (LineSimulator.Account account : accounts) {
            this.accounts.put(account.name(), account);
            if (account.webhook() != null) {
                webhooks.put(account.name(), account.webhook());
            }
        }
        this.clock = clock;
        this.ids = new Ids(clock);
        this.happened = happened;
        seed();
    }

    // ---------------------------------------------------------------- accounts and settings

    List<LineSimulator.Account> accounts() {
        return List.copyOf(accounts.values());
    }

    LineSimulator.Account account(String name) {
        LineSimulator.Account account =
                name == null ? accounts.values().iterator().next() : accounts.get(name);
        if (account == null) {
            throw new Refusal(404, "No such account: " + name);
        }
        return account;
    }

    synchronized Optional<URI> webhook(String account) {
        return Optional.ofNullable(webhooks.get(account));
    }

    synchronized void webhook(String account, URI uri) {
        webhooks.put(account(account).name(), uri);
    }

    /** Whose access token this is. */
    synchronized Optional<LineSimulator.Account> bearer(String token) {
        for (LineSimulator.Account account : accounts.values()) {
            if (account.accessToken().equals(token)) {
                return Optional.of(account);
            }
        }
        AccessToken issued = accessTokens.get(token);
        return issued == null || !clock.instant().isBefore(issued.until)
                ? Optional.empty()
                : Optional.of(accounts.get(issued.account));
    }

    synchronized String issueAccessToken(String account, Duration life) {
        String token = ids.token(170);
        accessTokens.put(token, new AccessToken(account, clock.instant().plus(life)));
        return token;
    }

    Assertions assertions() {
        return assertions;
    }

    /** How many issued tokens of an account have not ended. */
    synchronized long liveTokens(String account) {
        return accessTokens.values().stream()
                .filter(token ->
                        token.account.equals(account) && clock.instant().isBefore(token.until))
                .count();
    }

    /** All tokens issued to an account end now, as when somebody revokes them in the console. */
    synchronized void revokeAccessTokens(String account) {
        accessTokens.values().removeIf(token -> token.account.equals(account));
    }

    synchronized void revokeAccessToken(String token) {
        accessTokens.remove(token);
    }

    synchronized Settings settings() {
        return settings;
    }

    synchronized Settings change(JsonNode changes) {
        settings = settings.with(changes);
        return settings;
    }

    synchronized void reset() {
        customers.clear();
        chats.clear();
        replyTokens.clear();
        retryKeys.clear();
        quoteTokens.clear();
        readTokens.clear();
        contents.clear();
        paid.clear();
        accessTokens.clear();
        assertions.clear();
        linkTokens.clear();
        events.clear();
        truth.clear();
        sameTwice = 0;
        settings = Settings.DEFAULT;
        seed();
    }

    private void seed() {
        for (SeedCustomers.Seed seed : SeedCustomers.ALL) {
            Customer customer = new Customer(seed.id(), seed.displayName(), seed.language());
            customers.put(customer.id, customer);
            for (LineSimulator.Account account : accounts.values()) {
                if (seed.account().equals(account.name())) {
                    Chat chat = chat(account.name(), customer.id);
                    chat.friend = true;
                    chat.blocked = seed.blocked();
                }
            }
        }
    }

    // ---------------------------------------------------------------- customers

    synchronized JsonNode customersJson() {
        ArrayNode list = Json.array();
        customers.values().forEach(customer -> list.add(json(customer)));
        return list;
    }

    synchronized JsonNode customerJson(String id) {
        Customer customer = customers.get(id);
        if (customer == null) {
            throw new Refusal(404, "No such user: " + id);
        }
        return json(customer);
    }

    private ObjectNode json(Customer customer) {
        ObjectNode json = Json.object()
                .put("userId", customer.id)
                .put("displayName", customer.displayName)
                .put("language", customer.language);
        if (customer.profileHidden) {
            json.put("profileHidden", true);
        }
        ArrayNode relations = json.putArray("accounts");
        for (LineSimulator.Account account : accounts.values()) {
            Chat chat = chats.get(key(account.name(), customer.id));
            if (chat != null) {
                ObjectNode relation = relations
                        .addObject()
                        .put("account", account.name())
                        .put("friend", chat.friend)
                        .put("blocked", chat.blocked)
                        .put("messages", chat.shown.size());
                if (chat.typingUntil.isAfter(clock.instant())) {
                    relation.put("typingUntil", chat.typingUntil.toString());
                }
                if (chat.richMenu != null) {
                    relation.put("richMenuId", chat.richMenu);
                }
            }
        }
        return json;
    }

    /**
     * Makes or changes a customer. {@code blocked} and {@code friend} count for the named account; without one, for
     * those that know the customer, or for all when nobody does. {@code members} sets how many are in a group or room.
     */
    JsonNode put(String id, JsonNode profile) {
        JsonNode answer;
        synchronized (this) {
            Customer customer = customer(id);
            Json.text(profile, "displayName").ifPresent(name -> customer.displayName = name);
            Json.text(profile, "language").ifPresent(language -> customer.language = language);
            Json.text(profile, "statusMessage").ifPresent(status -> customer.statusMessage = status);
            customer.profileHidden = profile.path("profileHidden").asBoolean(customer.profileHidden);
            List<String> named = new ArrayList<>();
            Json.text(profile, "account")
                    .ifPresent(name -> named.add(account(name).name()));
            if (named.isEmpty()) {
                accounts.keySet().stream()
                        .filter(name -> chats.containsKey(key(name, id)))
                        .forEach(named::add);
            }
            if (named.isEmpty()) {
                named.addAll(accounts.keySet());
            }
            for (String name : named) {
                Chat known = chats.get(key(name, id));
                Chat chat = chat(name, id);
                if (known == null) {
                    chat.friend = true;
                }
                chat.blocked = profile.path("blocked").asBoolean(chat.blocked);
                chat.friend = profile.path("friend").asBoolean(chat.friend);
                if (profile.path("members").canConvertToInt()) {
                    chat.size = profile.path("members").intValue();
                }
            }
            answer = json(customer);
        }
        tell("users", null, id);
        return answer;
    }

    private Customer customer(String id) {
        return customers.computeIfAbsent(id, fresh -> new Customer(fresh, "Customer " + tail(fresh), "ja"));
    }

    private static String tail(String id) {
        return id.length() <= 6 ? id : id.substring(id.length() - 6);
    }

    private Chat chat(String account, String with) {
        return chats.computeIfAbsent(key(account, with), key -> new Chat(account, with));
    }

    private static String key(String account, String with) {
        return account + '\n' + with;
    }

    /** What this customer's phone shows, oldest first. */
    synchronized ArrayNode chatJson(String account, String userId) {
        Chat chat = chats.get(key(account(account).name(), userId));
        if (chat == null) {
            return Json.array();
        }
        return Json.array(chat.shown.stream().map(ObjectNode::deepCopy).toList());
    }

    // ---------------------------------------------------------------- what customers do

    /**
     * The customer writes: shows it on the phone, keeps its content, and makes the webhook event. {@code body} is
     * {@code {account, type, …}} with the fields of a LINE message content; {@code data} (Base64) or {@code sample}
     * gives the bytes of an image, video, audio or file.
     */
    Delivery write(String userId, JsonNode body) {
        LineSimulator.Account account = account(Json.text(body, "account").orElse(null));
        String type = Json.text(body, "type").orElseThrow(() -> new Refusal(400, "A message needs a type"));
        Delivery delivery;
        synchronized (this) {
            Instant now = clock.instant();
            customer(userId);
            String chatId = chatId(userId, body.path("source"));
            Chat chat = chat(account.name(), chatId);
            seen(chat, userId);
            if (chat.blocked) {
                throw new Refusal(409, userId + " has blocked " + account.name() + " and cannot write to it");
            }
            if (chat.lastWritten == null && chat.shown.isEmpty()) {
                chat.friend = true;
            }
            chat.lastWritten = now;

            ObjectNode message = Json.object().put("type", type).put("id", ids.message());
            body.fields().forEachRemaining(field -> {
                if (!CONTROL_FIELDS.contains(field.getKey())
                        && !Set.of("type", "source", "id").contains(field.getKey())) {
                    message.set(field.getKey(), field.getValue());
                }
            });
            complete(account, chat, message, body);
            chat.shown.add(shown("customer", message, now));
            delivery = event(account, chatId, userId, "message", body, event -> event.set("message", message));
        }
        tell("chat", account.name(), delivery.chat());
        return delivery;
    }

    private void complete(LineSimulator.Account account, Chat chat, ObjectNode message, JsonNode body) {
        String type = message.path("type").asText();
        String id = message.path("id").asText();
        if (type.equals("text") && !message.path("text").isTextual()) {
            throw new Refusal(400, "A text message needs text");
        }
        if (type.equals("sticker")) {
            if (!message.path("packageId").isTextual()
                    || !message.path("stickerId").isTextual()) {
                throw new Refusal(400, "A sticker needs packageId and stickerId, as strings");
            }
            if (!message.has("stickerResourceType")) {
                message.put("stickerResourceType", "STATIC");
            }
        }
        if (Set.of("image", "video", "audio", "file").contains(type)) {
            boolean external =
                    message.path("contentProvider").path("type").asText().equals("external");
            if (!external) {
                content(account, message, body);
                if (!type.equals("file") && !message.has("contentProvider")) {
                    message.putObject("contentProvider").put("type", "line");
                }
            }
        }
        if (Set.of("text", "sticker", "image", "video").contains(type)) {
            message.put("quoteToken", quoteToken(id, chat));
        }
        if (!message.has("markAsReadToken")) {
            String token = ids.token(64);
            readTokens.put(token, new Quotable(id, chat.account, chat.with));
            message.put("markAsReadToken", token);
        }
    }

    private void content(LineSimulator.Account account, ObjectNode message, JsonNode body) {
        String type = message.path("type").asText();
        byte[] bytes;
        String contentType = Json.text(body, "contentType").orElse(null);
        if (body.path("data").isTextual()) {
            try {
                bytes = Base64.getDecoder().decode(body.path("data").textValue());
            } catch (IllegalArgumentException e) {
                throw new Refusal(400, "data is not Base64");
            }
            if (contentType == null) {
                contentType = SampleMedia.contentType(type, bytes);
            }
        } else {
            SampleMedia.Sample sample =
                    SampleMedia.of(type, Json.text(body, "sample").orElse(""));
            bytes = sample.bytes();
            contentType = contentType == null ? sample.contentType() : contentType;
        }
        if (type.equals("file")) {
            String name = Json.text(message, "fileName").orElse("document.pdf");
            message.put("fileName", name).put("fileSize", bytes.length);
            String guess = URLConnection.guessContentTypeFromName(name);
            contentType = Json.text(body, "contentType").orElse(guess == null ? "application/octet-stream" : guess);
        }
        if (Set.of("video", "audio").contains(type) && !message.has("duration")) {
            message.put("duration", 3_000);
        }
        long polls = Set.of("video", "audio").contains(type) ? settings.transcodingPolls() : 0;
        contents.put(message.path("id").asText(), new Content(account.name(), type, contentType, bytes, polls));
    }

    /**
     * Something other than a message happens: {@code {account, type, …}}. Known types get their usual shape; any other
     * type is sent with the fields given; type {@code raw} sends {@code event} and fills in what is missing.
     */
    Delivery happen(String userId, JsonNode body) {
        LineSimulator.Account account = account(Json.text(body, "account").orElse(null));
        String type = Json.text(body, "type").orElseThrow(() -> new Refusal(400, "An event needs a type"));
        Delivery delivery;
        synchronized (this) {
            Instant now = clock.instant();
            customer(userId);
            String chatId = chatId(userId, body.path("source"));
            Chat chat = chat(account.name(), chatId);
            switch (type) {
                case "memberJoined", "memberLeft" -> {
                    body.path("members").forEach(member -> {
                        if (type.equals("memberJoined")) {
                            chat.members.add(member.asText());
                        } else {
                            chat.members.remove(member.asText());
                        }
                    });
                    delivery = event(account, chatId, userId, type, body, event -> payload(type, body, event));
                }
                case "unsend" -> {
                    String id = Json.text(body, "messageId")
                            .or(() -> Json.text(body.path("unsend"), "messageId"))
                            .orElseGet(() -> lastId(chat));
                    unsend(chat, id);
                    delivery = event(account, chatId, userId, type, body, event -> event.putObject("unsend")
                            .put("messageId", id));
                }
                case "messageEdited" -> {
                    String id = Json.text(body, "messageId").orElseGet(() -> lastId(chat));
                    String text = Json.text(body, "text").orElseThrow(() -> new Refusal(400, "An edit needs text"));
                    ObjectNode entry = chat.find(id);
                    if (entry != null) {
                        entry.put("text", text).put("edited", true);
                    }
                    ObjectNode message = Json.object()
                            .put("type", "text")
                            .put("id", id)
                            .put("text", text)
                            .put("quoteToken", quoteToken(id, chat));
                    delivery = event(account, chatId, userId, type, body, event -> event.set("message", message));
                }
                case "follow" -> {
                    boolean unblocked = body.path("follow")
                            .path("isUnblocked")
                            .asBoolean(body.path("isUnblocked").asBoolean(chat.blocked));
                    chat.friend = true;
                    chat.blocked = false;
                    delivery = event(account, chatId, userId, type, body, event -> event.putObject("follow")
                            .put("isUnblocked", unblocked));
                }
                case "unfollow" -> {
                    chat.friend = false;
                    chat.blocked = true;
                    delivery = event(account, chatId, userId, type, body, event -> {});
                }
                case "postback" -> {
                    String data = Json.text(body, "data")
                            .or(() -> Json.text(body.path("postback"), "data"))
                            .orElseThrow(() -> new Refusal(400, "A postback needs data"));
                    Json.text(body, "displayText")
                            .ifPresent(text -> chat.shown.add(shown(
                                    "customer",
                                    Json.object()
                                            .put("type", "text")
                                            .put("id", "postback-" + ids.message())
                                            .put("text", text)
                                            .put("postback", data),
                                    now)));
                    delivery = event(account, chatId, userId, type, body, event -> {
                        ObjectNode postback = event.putObject("postback").put("data", data);
                        JsonNode params = body.has("params")
                                ? body.get("params")
                                : body.path("postback").get("params");
                        if (params != null) {
                            postback.set("params", params);
                        }
                    });
                }
                case "raw" -> {
                    if (!body.path("event").isObject()) {
                        throw new Refusal(400, "A raw event needs event");
                    }
                    String inner = body.path("event").path("type").asText("unknown");
                    delivery = event(
                            account,
                            chatId,
                            userId,
                            inner,
                            body,
                            event -> event.setAll((ObjectNode) body.get("event").deepCopy()));
                }
                default ->
                    delivery = event(account, chatId, userId, type, body, event -> {
                        payload(type, body, event);
                        body.fields().forEachRemaining(field -> {
                            String name = field.getKey();
                            if (!event.has(name) && !CONTROL_FIELDS.contains(name) && !PAYLOAD_FIELDS.contains(name)) {
                                event.set(name, field.getValue());
                            }
                        });
                    });
            }
        }
        tell("chat", account.name(), delivery.chat());
        return delivery;
    }

    private static final Set<String> PAYLOAD_FIELDS =
            Set.of("hwid", "beaconType", "membershipId", "membershipType", "trackingId", "result", "nonce", "members");

    /** Lets the common fields of an event be given flat: {@code {"type":"beacon","hwid":"…"}}. */
    private void payload(String type, JsonNode body, ObjectNode event) {
        switch (type) {
            case "beacon" ->
                put(body, event, "beacon", () -> Json.object()
                        .put("hwid", body.path("hwid").asText("d41d8cd98f"))
                        .put("type", body.path("beaconType").asText("enter")));
            case "membership" ->
                put(body, event, "membership", () -> Json.object()
                        .put("type", body.path("membershipType").asText("joined"))
                        .put("membershipId", body.path("membershipId").asLong(3189)));
            case "videoPlayComplete" ->
                put(body, event, "videoPlayComplete", () -> Json.object()
                        .put("trackingId", body.path("trackingId").asText("video-1")));
            case "accountLink" ->
                put(body, event, "link", () -> Json.object()
                        .put("result", body.path("result").asText("ok"))
                        .put("nonce", body.path("nonce").asText("")));
            case "memberJoined", "memberLeft" ->
                put(body, event, type.equals("memberJoined") ? "joined" : "left", () -> {
                    ObjectNode members = Json.object();
                    ArrayNode list = members.putArray("members");
                    body.path("members")
                            .forEach(member ->
                                    list.addObject().put("type", "user").put("userId", member.asText()));
                    return members;
                });
            default -> {
                // its fields travel as they were given
            }
        }
    }

    private static void put(
            JsonNode body, ObjectNode event, String field, java.util.function.Supplier<ObjectNode> otherwise) {
        event.set(field, body.has(field) ? body.get(field) : otherwise.get());
    }

    private static String lastId(Chat chat) {
        for (int i = chat.shown.size() - 1; i >= 0; i--) {
            ObjectNode entry = chat.shown.get(i);
            if (entry.path("from").asText().equals("customer")
                    && !entry.path("unsent").asBoolean()
                    && !entry.has("postback")) {
                return entry.path("id").asText();
            }
        }
        throw new Refusal(409, "There is no message of this customer left");
    }

    private void unsend(Chat chat, String messageId) {
        ObjectNode entry = chat.find(messageId);
        if (entry != null) {
            entry.retain("id", "from", "type", "at");
            entry.put("unsent", true);
        }
        Content content = contents.get(messageId);
        if (content != null) {
            content.unsent = true;
        }
    }

    /** Who says something in a group or room is in it. */
    private static void seen(Chat chat, String userId) {
        if (!chat.with.equals(userId)) {
            chat.members.add(userId);
        }
    }

    private static String chatId(String userId, JsonNode source) {
        return switch (source.path("type").asText("user")) {
            case "group" -> source.path("groupId").asText(userId);
            case "room" -> source.path("roomId").asText(userId);
            default -> userId;
        };
    }

    private Delivery event(
            LineSimulator.Account account,
            String chatId,
            String userId,
            String type,
            JsonNode body,
            Consumer<ObjectNode> payload) {
        Instant now = clock.instant();
        ObjectNode event = Json.object().put("type", type);
        payload.accept(event);
        Chat shared = chats.get(key(account.name(), chatId));
        boolean away = settings.sharedChats()
                && !type.equals("activated")
                && (shared == null || !shared.controlUntil.isAfter(now));
        put(event, "mode", away ? "standby" : "active");
        if (!event.has("timestamp")) {
            event.put("timestamp", now.toEpochMilli());
        }
        boolean failedLink = event.path("link").path("result").asText().equals("failed");
        if (!event.has("source") && !NO_SOURCE.contains(type) && !failedLink) {
            if (body.path("source").isObject()) {
                ObjectNode source = body.get("source").deepCopy();
                put(source, "userId", userId);
                event.set("source", source);
            } else {
                event.putObject("source").put("type", "user").put("userId", userId);
            }
        }
        put(event, "webhookEventId", ids.event());
        if (!event.has("deliveryContext")) {
            event.putObject("deliveryContext").put("isRedelivery", false);
        }
        boolean standby = away
                || body.path("overrides").path("mode").asText().equals("standby")
                || event.path("mode").asText().equals("standby");
        if (!event.has("replyToken") && !NO_REPLY_TOKEN.contains(type) && !failedLink && !standby) {
            event.put("replyToken", ids.hex());
        }
        if (body.path("overrides").isObject()) {
            event.setAll((ObjectNode) body.get("overrides").deepCopy());
        }
        // an override of null takes the property away
        event.properties().stream()
                .filter(field -> field.getValue().isNull())
                .map(Map.Entry::getKey)
                .toList()
                .forEach(event::remove);
        Json.text(event, "replyToken")
                .ifPresent(token -> replyTokens.put(token, new ReplyToken(account.name(), chatId, now)));
        Delivery delivery = new Delivery(account.name(), chatId, event);
        events.put(delivery.eventId(), delivery);

        return delivery;
    }

    private static void put(ObjectNode node, String field, String value) {
        if (!node.has(field)) {
            node.put(field, value);
        }
    }

    /** Gives an event made before; null means the newest of this customer. */
    synchronized Delivery made(String account, String userId, String eventId) {
        if (eventId != null) {
            Delivery delivery = events.get(eventId);
            if (delivery == null) {
                throw new Refusal(404, "No such event: " + eventId);
            }
            return delivery;
        }
        Delivery newest = null;
        for (Delivery delivery : events.values()) {
            boolean his = delivery.chat().equals(userId)
                    || delivery.event().path("source").path("userId").asText().equals(userId);
            if (his && (account == null || delivery.account().equals(account))) {
                newest = delivery;
            }
        }
        if (newest == null) {
            throw new Refusal(404, "There is no event of " + userId);
        }
        return newest;
    }

    /** A webhook leaves now: its reply tokens work again from here on, if they were not used. */
    synchronized void leaving(List<? extends JsonNode> leaving) {
        Instant now = clock.instant();
        for (JsonNode event : leaving) {
            ReplyToken token = replyTokens.get(event.path("replyToken").asText());
            if (token != null) {
                token.sentAt = now;
            }
        }
    }

    /** The action behind a button that this customer's phone shows now, newest first. */
    synchronized ObjectNode button(String account, String userId, String label) {
        Chat chat = chats.get(key(account(account).name(), userId));
        if (chat != null) {
            for (int i = chat.shown.size() - 1; i >= 0; i--) {
                ObjectNode entry = chat.shown.get(i);
                if (!entry.path("from").asText().equals("account")) {
                    continue;
                }
                boolean newest = i == chat.shown.size() - 1;
                for (String field : List.of("quickReply", "template", "contents")) {
                    // quick replies vanish as soon as anything follows them
                    if (entry.has(field) && (newest || !field.equals("quickReply"))) {
                        ObjectNode action = action(entry.get(field), label);
                        if (action != null) {
                            return action.deepCopy();
                        }
                    }
                }
            }
        }
        throw new Refusal(404, "The phone shows no button " + label);
    }

    private static ObjectNode action(JsonNode node, String label) {
        if (node.isObject()
                && node.path("type").isTextual()
                && node.path("label").asText().equals(label)) {
            return (ObjectNode) node;
        }
        for (JsonNode child : node) {
            ObjectNode found = action(child, label);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    // ---------------------------------------------------------------- what accounts do

    /** Replies with a token that works once and for a short time; free of the quota. */
    Outcome reply(LineSimulator.Account account, JsonNode body, String requestId) {
        MessageRules.check(body);
        ArrayNode sent;
        String chatId;
        synchronized (this) {
            Instant now = clock.instant();
            ReplyToken token = replyTokens.get(body.path("replyToken").asText(""));
            if (token == null
                    || !token.account.equals(account.name())
                    || token.used
                    || now.isAfter(token.sentAt.plusSeconds(settings.replyTokenSeconds()))
                    || now.isAfter(token.eventAt.plus(REPLY_TOKEN_LIMIT))) {
                throw new Refusal(400, "Invalid reply token");
            }
            Chat chat = chat(account.name(), token.chat);
            checkQuotes(chat, body);
            token.used = true;
            chatId = token.chat;
            sent = show(chat, body.path("messages"), "reply", false, requestId);
        }
        tell("chat", account.name(), chatId);
        return new Outcome(sent, chatId, 0);
    }

    /** Pushes to one customer, group or room; counts against the quota. */
    Outcome push(LineSimulator.Account account, JsonNode body, String retryKey, String requestId) {
        ArrayNode sent;
        String to;
        long cost;
        synchronized (this) {
            alreadyAccepted(account, retryKey);
            to = Json.text(body, "to")
                    .filter(id -> !id.isEmpty())
                    .orElseThrow(() -> new Refusal(
                            400, "The property, 'to', in the request body is invalid (line: -, column: -)"));
            MessageRules.check(body);
            Chat chat = chats.get(key(account.name(), to));
            if (chat == null) {
                throw new Refusal(400, "Failed to send messages");
            }
            checkQuotes(chat, body);
            cost = reaches(chat) ? chat.people() : 0;
            spend(account, cost);
            sent = show(chat, body.path("messages"), "push", cost > 0, requestId);
            accept(account, retryKey, requestId, sent);
        }
        tell("chat", account.name(), to);
        return new Outcome(sent, to, cost);
    }

    /** Sends the same to many; ids that this account does not know are skipped, as blocked ones are. */
    long multicast(LineSimulator.Account account, JsonNode body, String retryKey, String requestId) {
        List<String> told = new ArrayList<>();
        long cost;
        synchronized (this) {
            alreadyAccepted(account, retryKey);
            JsonNode to = body.path("to");
            if (!to.isArray() || to.isEmpty() || to.size() > 500) {
                throw Refusal.ofBody(List.of(new Refusal.Detail("Size must be between 1 and 500", "to")));
            }
            MessageRules.check(body);
            List<Chat> targets = new ArrayList<>();
            to.forEach(id -> {
                Chat chat = chats.get(key(account.name(), id.asText()));
                if (chat != null && !targets.contains(chat)) {
                    targets.add(chat);
                }
            });
            cost = sendAll(account, targets, body, retryKey, requestId, told);
        }
        told.forEach(id -> tell("chat", account.name(), id));
        return cost;
    }

    /** Sends the same to every friend. */
    long broadcast(LineSimulator.Account account, JsonNode body, String retryKey, String requestId) {
        List<String> told = new ArrayList<>();
        long cost;
        synchronized (this) {
            alreadyAccepted(account, retryKey);
            MessageRules.check(body);
            List<Chat> targets = chats.values().stream()
                    .filter(chat -> chat.account.equals(account.name()) && chat.friend)
                    .toList();
            cost = sendAll(account, targets, body, retryKey, requestId, told);
        }
        told.forEach(id -> tell("chat", account.name(), id));
        return cost;
    }

    private long sendAll(
            LineSimulator.Account account,
            List<Chat> targets,
            JsonNode body,
            String retryKey,
            String requestId,
            List<String> told) {
        long cost =
                targets.stream().filter(this::reaches).mapToLong(Chat::people).sum();
        spend(account, cost);
        for (Chat chat : targets) {
            show(chat, body.path("messages"), "push", reaches(chat), requestId);
            told.add(chat.with);
        }
        accept(account, retryKey, requestId, null);
        return cost;
    }

    private boolean reaches(Chat chat) {
        boolean writtenLately = chat.lastWritten != null
                && chat.lastWritten.plus(PUSH_AFTER_WRITING).isAfter(clock.instant());
        return !chat.blocked && (chat.friend || writtenLately);
    }

    private void alreadyAccepted(LineSimulator.Account account, String retryKey) {
        if (retryKey == null) {
            return;
        }
        Accepted accepted = retryKeys.get(key(account.name(), retryKey));
        if (accepted != null && clock.instant().isBefore(accepted.at.plus(RETRY_KEY_LIFE))) {
            throw new AlreadyAccepted(accepted.requestId, accepted.sentMessages);
        }
    }

    private void accept(LineSimulator.Account account, String retryKey, String requestId, ArrayNode sent) {
        if (retryKey != null) {
            retryKeys.put(key(account.name(), retryKey), new Accepted(requestId, sent, clock.instant()));
        }
    }

    private void spend(LineSimulator.Account account, long recipients) {
        String month = key(account.name(), month());
        long used = paid.getOrDefault(month, 0L);
        if (settings.quota() >= 0 && used + recipients > settings.quota()) {
            throw new Refusal(429, "You have reached your monthly limit.");
        }
        paid.put(month, used + recipients);
    }

    private String month() {
        return YearMonth.from(clock.instant().atZone(QUOTA_ZONE)).toString();
    }

    synchronized long used(String account) {
        return paid.getOrDefault(key(account, month()), 0L);
    }

    private void checkQuotes(Chat chat, JsonNode body) {
        int i = 0;
        for (JsonNode message : body.path("messages")) {
            String token = message.path("quoteToken").asText(null);
            if (token != null) {
                Quotable quoted = quoteTokens.get(token);
                if (quoted == null || !quoted.account.equals(chat.account) || !quoted.chat.equals(chat.with)) {
                    throw Refusal.ofBody(
                            List.of(new Refusal.Detail("Invalid quote token", "messages[" + i + "].quoteToken")));
                }
            }
            i++;
        }
    }

    private ArrayNode show(Chat chat, JsonNode messages, String via, boolean counts, String requestId) {
        Instant now = clock.instant();
        ArrayNode sent = Json.array();
        boolean visible = via.equals("reply") ? !chat.blocked : reaches(chat);
        int i = 0;
        for (JsonNode message : messages) {
            String id = ids.message();
            ObjectNode one = sent.addObject().put("id", id);
            String type = message.path("type").asText();
            if (Set.of("text", "textV2", "sticker", "image", "video", "template")
                    .contains(type)) {
                one.put("quoteToken", quoteToken(id, chat));
            }
            if (visible) {
                ObjectNode copy = Json.object().put("type", type).put("id", id);
                copy.setAll((ObjectNode) message.deepCopy());
                copy.put("id", id);
                Quotable quoted = quoteTokens.get(message.path("quoteToken").asText(""));
                copy.remove("quoteToken");
                if (quoted != null) {
                    copy.put("quotedMessageId", quoted.messageId);
                }
                if (++i < messages.size()) {
                    copy.remove("quickReply");
                }
                countSameTwice(chat, copy, requestId, now);
                ObjectNode entry = shown("account", copy, now);
                entry.put("via", via).put("paid", counts).put("requestId", requestId);
                chat.shown.add(entry);
            }
        }
        if (visible) {
            chat.typingUntil = Instant.EPOCH;
        }
        return sent;
    }

    private void countSameTwice(Chat chat, ObjectNode message, String requestId, Instant now) {
        ObjectNode last = chat.lastFrom("account");
        if (last != null
                && message.has("text")
                && last.path("text").equals(message.path("text"))
                && !last.path("requestId").asText().equals(requestId)
                && Instant.parse(last.path("at").asText()).plus(SAME_TWICE).isAfter(now)) {
            sameTwice++;
        }
    }

    private static ObjectNode shown(String from, ObjectNode message, Instant at) {
        ObjectNode entry = Json.object()
                .put("id", message.path("id").asText())
                .put("from", from)
                .put("type", message.path("type").asText());
        entry.setAll(message.deepCopy());
        entry.remove(List.of("markAsReadToken", "quoteToken"));
        return entry.put("at", at.toString());
    }

    private String quoteToken(String messageId, Chat chat) {
        String token = ids.token(64);
        quoteTokens.put(token, new Quotable(messageId, chat.account, chat.with));
        return token;
    }

    /** The dots that say "writing …", until they time out or a message comes. */
    /** The channel takes a chat; gives the event that says so. */
    synchronized Delivery acquire(LineSimulator.Account account, String chatId, JsonNode body) {
        long ttl = body.path("ttl").asLong(3600);
        if (ttl < 1 || ttl > 31_536_000) {
            throw Refusal.ofBody(List.of(new Refusal.Detail("ttl must be between 1 and 31536000", "ttl")));
        }
        Chat chat = sharedChat(account, chatId);
        Instant now = clock.instant();
        if (chat.lockedUntil.isAfter(now)) {
            throw new Refusal(423, "Another channel acquired the control of the chat");
        }
        chat.controlUntil = body.path("expired").asBoolean(true) ? now.plusSeconds(ttl) : Instant.MAX;
        long until = body.path("expired").asBoolean(true) ? chat.controlUntil.toEpochMilli() : Long.MAX_VALUE;
        return event(account, chatId, chatId, "activated", Json.object(), event -> event.putObject("chatControl")
                .put("expireAt", until));
    }

    /** The channel gives a chat back; gives the event that says so, or null when it did not have it. */
    synchronized Delivery release(LineSimulator.Account account, String chatId) {
        Chat chat = sharedChat(account, chatId);
        boolean had = chat.controlUntil.isAfter(clock.instant());
        chat.controlUntil = Instant.EPOCH;
        return had ? event(account, chatId, chatId, "deactivated", Json.object(), event -> {}) : null;
    }

    /** Somebody answers on LINE's own screen, and takes the chat with it; gives the event, or null. */
    Delivery manager(String userId, JsonNode body) {
        LineSimulator.Account account = account(Json.text(body, "account").orElse(null));
        String text = Json.text(body, "text").orElseThrow(() -> new Refusal(400, "An answer needs text"));
        Delivery taken;
        synchronized (this) {
            taken = release(account, userId);
            Chat chat = chat(account.name(), userId);
            chat.lockedUntil = clock.instant().plusSeconds(2);
            chat.shown.add(shown(
                    "account",
                    Json.object().put("type", "text").put("id", ids.message()).put("text", text),
                    clock.instant()));
        }
        tell("chat", account.name(), userId);
        return taken;
    }

    private Chat sharedChat(LineSimulator.Account account, String chatId) {
        Chat chat = chats.get(key(account.name(), chatId));
        if (!settings.sharedChats()) {
            throw new Refusal(403, "Access to this API is not available for your account");
        }
        if (chat == null || !chat.friend || chat.blocked) {
            throw new Refusal(404, "Not found");
        }
        return chat;
    }

    void typing(LineSimulator.Account account, JsonNode body) {
        String chatId = body.path("chatId").asText("");
        long seconds = body.path("loadingSeconds").asLong(20);
        if (seconds < 5 || seconds > 60 || seconds % 5 != 0) {
            throw Refusal.ofBody(List.of(
                    new Refusal.Detail("loadingSeconds must be a multiple of 5 between 5 and 60", "loadingSeconds")));
        }
        synchronized (this) {
            Chat chat = chats.get(key(account.name(), chatId));
            if (chat == null) {
                throw new Refusal(400, "The property, 'chatId', in the request body is invalid");
            }
            if (!chat.blocked) {
                chat.typingUntil = clock.instant().plusSeconds(seconds);
            }
        }
        tell("chat", account.name(), chatId);
    }

    void markAsRead(LineSimulator.Account account, JsonNode body) {
        Quotable read;
        synchronized (this) {
            read = readTokens.get(body.path("markAsReadToken").asText(""));
            if (read == null || !read.account.equals(account.name())) {
                throw new Refusal(400, "Invalid markAsReadToken");
            }
            for (ObjectNode entry : chat(read.account, read.chat).shown) {
                if (entry.path("from").asText().equals("customer")) {
                    entry.put("read", true);
                }
                if (entry.path("id").asText().equals(read.messageId)) {
                    break;
                }
            }
        }
        tell("chat", account.name(), read.chat);
    }

    synchronized ObjectNode profile(LineSimulator.Account account, String userId) {
        Customer customer = customers.get(userId);
        Chat chat = chats.get(key(account.name(), userId));
        if (customer == null || chat == null || chat.blocked || customer.profileHidden) {
            throw new Refusal(404, "Not found");
        }
        return profile(customer, true);
    }

    /** A member's profile; given for everyone seen in that group or room. */
    synchronized ObjectNode memberProfile(String userId) {
        Customer customer = customers.get(userId);
        if (customer == null) {
            throw new Refusal(404, "Not found");
        }
        return profile(customer, false);
    }

    synchronized ObjectNode group(LineSimulator.Account account, String groupId) {
        if (!chats.containsKey(key(account.name(), groupId))) {
            throw new Refusal(404, "Not found");
        }
        return Json.object().put("groupId", groupId).put("groupName", "Group " + tail(groupId));
    }

    synchronized ObjectNode memberCount(LineSimulator.Account account, String id) {
        Chat chat = chats.get(key(account.name(), id));
        if (chat == null) {
            throw new Refusal(404, "Not found");
        }
        return Json.object().put("count", chat.people());
    }

    private static ObjectNode profile(Customer customer, boolean whole) {
        ObjectNode profile = Json.object().put("userId", customer.id).put("displayName", customer.displayName);
        if (whole && customer.language != null) {
            profile.put("language", customer.language);
        }
        if (whole && customer.statusMessage != null) {
            profile.put("statusMessage", customer.statusMessage);
        }
        return profile;
    }

    synchronized void richMenu(LineSimulator.Account account, String userId, String richMenuId) {
        known(account, userId).richMenu = richMenuId;
    }

    synchronized ObjectNode richMenu(LineSimulator.Account account, String userId) {
        String id = known(account, userId).richMenu;
        if (id == null) {
            throw new Refusal(404, "the user has no richmenu");
        }
        return Json.object().put("richMenuId", id);
    }

    synchronized ObjectNode linkToken(LineSimulator.Account account, String userId) {
        known(account, userId);
        String token = ids.token(32);
        linkTokens.put(token, clock.instant().plus(LINK_TOKEN_LIFE));
        return Json.object().put("linkToken", token);
    }

    private Chat known(LineSimulator.Account account, String userId) {
        Chat chat = chats.get(key(account.name(), userId));
        if (chat == null) {
            throw new Refusal(400, "The value for the 'userId' parameter is invalid");
        }
        return chat;
    }

    // ---------------------------------------------------------------- content

    /** Gives the bytes; refuses with 404 or 410; nothing while video or audio is being prepared. */
    synchronized Optional<Content> content(LineSimulator.Account account, String messageId) {
        Content content = contentOf(account, messageId);
        if (content.pollsLeft > 0) {
            content.pollsLeft--;
            return Optional.empty();
        }
        return Optional.of(content);
    }

    synchronized boolean transcoding(LineSimulator.Account account, String messageId) {
        Content content = contentOf(account, messageId);
        if (!Set.of("video", "audio").contains(content.type)) {
            throw new Refusal(400, "The message is not a video or an audio");
        }
        if (content.pollsLeft > 0) {
            content.pollsLeft--;
            return true;
        }
        return false;
    }

    synchronized Content preview(LineSimulator.Account account, String messageId) {
        Content content = contentOf(account, messageId);
        if (!Set.of("image", "video").contains(content.type)) {
            throw new Refusal(400, "The message has no preview");
        }
        return content;
    }

    private Content contentOf(LineSimulator.Account account, String messageId) {
        Content content = contents.get(messageId);
        if (content == null || account != null && !content.account.equals(account.name())) {
            throw new Refusal(404, "Not found");
        }
        if (content.unsent) {
            throw new Refusal(410, "Gone");
        }
        return content;
    }

    // ---------------------------------------------------------------- truth

    /** Writes one line of what really happened, and tells watchers. */
    void record(ObjectNode line) {
        synchronized (this) {
            line.put("n", ++truthCount).put("at", clock.instant().toString());
            truth.addLast(line);
            if (truth.size() > TRUTH_KEPT) {
                truth.removeFirst();
            }
        }
        happened.accept(Json.object().put("kind", "truth").set("line", line));
    }

    synchronized ArrayNode truthJson(int newest) {
        List<ObjectNode> all = new ArrayList<>(truth);
        return Json.array(all.subList(Math.max(0, all.size() - newest), all.size()));
    }

    synchronized long sameTwice() {
        return sameTwice;
    }

    /** When the newest unused reply token of this chat stops working. */
    synchronized Optional<Instant> replyTokenUntil(String account, String chat) {
        return replyTokens.values().stream()
                .filter(token -> !token.used && token.account.equals(account) && token.chat.equals(chat))
                .map(token -> {
                    Instant soft = token.sentAt.plusSeconds(settings.replyTokenSeconds());
                    Instant hard = token.eventAt.plus(REPLY_TOKEN_LIMIT);
                    return soft.isBefore(hard) ? soft : hard;
                })
                .filter(until -> until.isAfter(clock.instant()))
                .max(Instant::compareTo);
    }

    String freshId() {
        return ids.hex();
    }

    Instant now() {
        return clock.instant();
    }

    private void tell(String kind, String account, String userId) {
        ObjectNode news = Json.object().put("kind", kind).put("userId", userId);
        if (account != null) {
            news.put("account", account);
        }
        happened.accept(news);
    }
}
