package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.line.Sent;
import io.tsunagi.store.Dialect;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What customers send, of every kind LINE knows, as an operator gets to see it. Every test has customers of its own. */
class MessagesOfEveryKindTest {
    private static TestHub hub;
    private static Rows rows;
    private static Operator aoi;
    private static int customers;

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of("hub.dispatch.capacity", "50", "hub.line.groups", "mention", "hub.media.sweep-millis", "200"));
        rows = new Rows(hub.settings());
        aoi = hub.operator("aoi");
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    @AfterEach
    void mend() {
        hub.line.clearFaults();
        hub.line.settings(Webhook.JSON.createObjectNode().put("transcodingPolls", 0));
    }

    private record Caller(String user, String inquiry) {
        Sent sends(ObjectNode message) {
            return hub.line.write(user, message.put("account", "main"));
        }

        void does(ObjectNode event) {
            hub.line.happen(user, event.put("account", "main"));
        }

        JsonNode shown(Predicate<JsonNode> fits) {
            return aoi.awaitMessage(inquiry, fits);
        }

        JsonNode shown(Sent sent) {
            return shown(message -> message.path("lineMessageId").asText().equals(sent.messageId()));
        }
    }

    /** Brings a customer to the operator. */
    private static Caller caller() {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String name = "お客 " + ++customers + "号";
        hub.customer(user, name);
        hub.line.write(user, "main", "オペレーターと話したい");
        return new Caller(user, aoi.awaitInquiry(name));
    }

    private static ObjectNode message(String type) {
        return Webhook.JSON.createObjectNode().put("type", type);
    }

    private static Predicate<JsonNode> ofType(String type) {
        return message -> message.path("type").asText().equals(type);
    }

    private static Predicate<JsonNode> mediaIs(String state) {
        return message -> message.path("media").path("state").asText().equals(state);
    }

    /** Scenario 4 */
    @Test
    void a_sticker_is_shown_with_its_words_and_is_no_unread_one_once_it_was_seen() {
        Caller caller = caller();
        ObjectNode sticker = message("sticker").put("packageId", "446").put("stickerId", "1990");
        sticker.putArray("keywords").add("よろしく").add("お願い");
        sticker.put("text", "たのむね");
        caller.sends(sticker);

        JsonNode shown = caller.shown(ofType("sticker"));

        assertThat(shown.path("sticker").path("keywords").toString()).contains("よろしく", "お願い");
        assertThat(shown.path("sticker").path("text").asText()).isEqualTo("たのむね");
        aoi.post(
                "/api/inquiries/" + caller.inquiry() + "/read",
                Map.of("seq", shown.path("seq").asInt()));
        assertThat(aoi.inquiry(caller.inquiry()).path("unread").asInt()).isZero();

        assertThat(found(caller, "お願い").toString()).contains(caller.inquiry());
        assertThat(found(caller, "そんな言葉はない")).isEmpty();
        assertThat(found(caller, "ﾀﾉﾑ").path(0).path("preview").asText()).isEqualTo("たのむね");
        caller.does(
                message("unsend").put("messageId", shown.path("lineMessageId").asText()));
        await("gone from search").atMost(TestHub.PATIENCE).until(() -> found(caller, "お願い")
                .isEmpty());
    }

    @Test
    void a_part_of_a_text_that_is_found_parts_no_emoji() {
        Caller caller = caller();
        String text = "😀".repeat(10) + "Aさがしもの" + "😀".repeat(40);
        caller.sends(message("text").put("text", text));
        await("found").atMost(TestHub.PATIENCE).until(() -> !found(caller, "さがしもの")
                .isEmpty());
        assertThat(found(caller, "さがしもの").path(0).path("preview").asText()).isEqualTo(text.substring(0, 80));
    }

    private static JsonNode found(Caller caller, String words) {
        String customer =
                aoi.inquiry(caller.inquiry()).path("customer").path("id").asText();
        return aoi.get(
                "/api/customers/" + customer + "/inquiries?q=" + URLEncoder.encode(words, StandardCharsets.UTF_8));
    }

    /** Scenario 5 */
    @Test
    void emojis_and_names_keep_their_places_in_a_text() {
        Caller caller = caller();
        ObjectNode text = message("text").put("text", "𠮷野(love)さん @こもれび どうも(moon)");
        text.putArray("emojis")
                .addObject()
                .put("index", 3)
                .put("length", 6)
                .put("productId", "5ac1bfd5040ab15980c9b435")
                .put("emojiId", "002");
        text.withObjectProperty("mention")
                .putArray("mentionees")
                .addObject()
                .put("index", 12)
                .put("length", 5)
                .put("type", "user")
                .put("isSelf", true);
        caller.sends(text);

        JsonNode shown = caller.shown(m -> m.path("text").asText().contains("(love)"));

        String words = shown.path("text").asText();
        JsonNode emoji = shown.path("emojis").path(0);
        int at = emoji.path("index").asInt();
        assertThat(words.substring(at, at + emoji.path("length").asInt())).isEqualTo("(love)");
        JsonNode mention = shown.path("mentions").path(0);
        int from = mention.path("index").asInt();
        assertThat(words.substring(from, from + mention.path("length").asInt())).isEqualTo("@こもれび");
        assertThat(mention.path("self").asBoolean()).isTrue();
    }

    /** Scenario 6 */
    @Test
    void pictures_of_a_set_belong_together_and_a_film_waits_until_line_has_prepared_it() {
        hub.line.settings(Webhook.JSON.createObjectNode().put("transcodingPolls", 2));
        Caller caller = caller();
        String set = UUID.randomUUID().toString();
        for (int i : List.of(2, 1, 3)) {
            ObjectNode picture = message("image").put("sample", "receipt");
            picture.putObject("imageSet").put("id", set).put("index", i).put("total", 3);
            caller.sends(picture);
        }
        caller.sends(message("video").put("duration", 61_000));
        caller.sends(message("audio").put("duration", 4_000));
        caller.sends(message("file").put("fileName", "利用明細.pdf"));
        caller.sends(message("location")
                .put("title", "木漏れ日広場")
                .put("address", "東京都千代田区1-1")
                .put("latitude", 35.6)
                .put("longitude", 139.7));

        JsonNode preparing = caller.shown(ofType("video").and(mediaIs("preparing")));
        assertThat(preparing.path("duration").asLong()).isEqualTo(61_000);
        caller.shown(ofType("video").and(mediaIs("ready")));
        caller.shown(ofType("audio").and(mediaIs("ready")));
        JsonNode file = caller.shown(ofType("file").and(mediaIs("ready")));
        assertThat(file.path("file").path("name").asText()).isEqualTo("利用明細.pdf");
        assertThat(file.path("media").path("contentType").asText()).isEqualTo("application/pdf");
        assertThat(caller.shown(ofType("location"))
                        .path("location")
                        .path("title")
                        .asText())
                .isEqualTo("木漏れ日広場");
        assertThat(aoi.messages(caller.inquiry()))
                .filteredOn(ofType("image"))
                .extracting(m -> m.path("imageSet").path("index").asInt())
                .containsExactly(2, 1, 3);
    }

    /** Scenario 6 */
    @Test
    void what_line_has_no_longer_is_too_large_or_lies_elsewhere_says_so() {
        Caller caller = caller();
        hub.line.faults(Webhook.JSON
                .createArrayNode()
                .add(Webhook.JSON.createObjectNode().put("endpoint", "content").put("status", 404)));
        caller.sends(message("image").put("sample", "receipt"));
        caller.shown(mediaIs("expired"));
        hub.line.clearFaults();

        ObjectNode large = message("file").put("fileName", "large.zip");
        large.putObject("overrides")
                .putObject("message")
                .put("type", "file")
                .put("id", "9000000000000001")
                .put("fileName", "large.zip")
                .put("fileSize", 300_000_000L);
        caller.sends(large);
        caller.shown(mediaIs("too-large"));

        int asked = hub.line.calls("content").size();
        ObjectNode elsewhere = message("image");
        elsewhere
                .putObject("contentProvider")
                .put("type", "external")
                .put("originalContentUrl", hub.base() + "/observe/health")
                .put("previewImageUrl", hub.base() + "/observe/health");
        caller.sends(elsewhere);
        JsonNode shown = caller.shown(m -> m.path("external").asBoolean());
        assertThat(shown.path("media").isNull()).isTrue();
        assertThat(shown.toString()).doesNotContain("observe");
        assertThat(hub.line.calls("content")).hasSize(asked);
    }

    /** Scenario 7 */
    @Test
    void a_quote_shows_the_quoted_words_until_they_are_taken_back() {
        Caller caller = caller();
        Sent first = caller.sends(message("text").put("text", "番号は 8812 です"));
        caller.sends(message("text").put("text", "これのことです").put("quotedMessageId", first.messageId()));

        JsonNode quoting = caller.shown(m -> m.path("text").asText().equals("これのことです"));
        assertThat(quoting.path("quoted").path("text").asText()).isEqualTo("番号は 8812 です");
        assertThat(quoting.path("quoted").path("from").asText()).isEqualTo("customer");

        caller.does(message("unsend").put("messageId", first.messageId()));

        JsonNode blanked = caller.shown(m -> m.path("quoted").path("unsent").asBoolean());
        assertThat(blanked.path("quoted").path("text").isNull()).isTrue();
        assertThat(blanked.path("version").asLong())
                .as("the screen asks for it again")
                .isGreaterThan(quoting.path("version").asLong());
        assertThat(aoi.messages(caller.inquiry()).toString()).doesNotContain("8812");
    }

    /** Scenario 8 */
    @Test
    void an_edited_message_keeps_every_earlier_version() {
        Caller caller = caller();
        Sent sent = caller.sends(message("text").put("text", "3時に"));
        caller.shown(m -> m.path("text").asText().equals("3時に"));
        for (String text : List.of("4時に", "5時に")) {
            caller.does(
                    message("messageEdited").put("messageId", sent.messageId()).put("text", text));
        }

        JsonNode edited = caller.shown(m -> m.path("text").asText().equals("5時に"));

        assertThat(edited.path("edited").asBoolean()).isTrue();
        assertThat(edited.path("earlier"))
                .extracting(version -> version.path("text").asText())
                .containsExactly("3時に", "4時に");
    }

    /** Scenario 8 */
    @Test
    void what_a_person_would_want_to_know_stands_in_the_inquiry() {
        Caller caller = caller();
        ObjectNode picked = message("postback").put("data", "visit");
        picked.putObject("params").put("datetime", "2026-04-01T10:30");
        caller.does(picked);
        caller.does(message("accountLink").put("result", "ok").put("nonce", "n".repeat(20)));
        caller.does(message("membership").put("membershipType", "joined"));
        caller.does(message("beacon").put("beaconType", "enter"));
        caller.does(message("videoPlayComplete").put("trackingId", "guide"));
        caller.does(message("somethingOfTheYear2031"));

        assertThat(caller.shown(ofType("postback")).path("text").asText()).isEqualTo("2026-04-01T10:30");
        for (String what : List.of("account-link-ok", "membership-joined", "beacon-enter", "video-played")) {
            caller.shown(ofType("event").and(m -> m.path("text").asText().equals(what)));
        }
    }

    /** Scenario 8 */
    @Test
    void while_another_module_has_the_chat_nothing_is_sent() {
        Caller caller = caller();
        ObjectNode away = message("text").put("text", "別の窓口へ");
        away.putObject("overrides").put("mode", "standby");
        caller.sends(away);
        caller.shown(m -> m.path("text").asText().equals("別の窓口へ"));
        assertThat(aoi.inquiry(caller.inquiry())
                        .path("customer")
                        .path("standby")
                        .asBoolean())
                .isTrue();

        Operator.Reply refused = aoi.say(caller.inquiry(), "お待たせしました");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().path("error").path("code").asText()).isEqualTo("standby");

        long version = aoi.get("/api/inquiries/" + caller.inquiry() + "/draft")
                .path("version")
                .asLong();
        aoi.put("/api/inquiries/" + caller.inquiry() + "/draft", Map.of("text", "", "version", version));
        caller.sends(message("text").put("text", "戻りました"));
        caller.shown(m -> m.path("text").asText().equals("戻りました"));
        assertThat(aoi.say(caller.inquiry(), "おかえりなさい").status()).isEqualTo(202);
        hub.awaitBubble(caller.user(), text -> text.equals("おかえりなさい"));
    }

    /** Scenario 8 */
    @Test
    void a_suspended_account_sends_nothing_until_it_is_resumed() {
        Caller caller = caller();
        caller.does(message("botSuspended"));
        await().atMost(TestHub.PATIENCE)
                .until(() ->
                        !aoi.inquiry(caller.inquiry()).path("suspendedSince").isNull());
        assertThat(aoi.say(caller.inquiry(), "再開したら届きます").status()).isEqualTo(202);
        Caller other = new Caller(caller.user(), caller.inquiry());
        other.sends(message("text").put("text", "まだですか"));
        caller.shown(m -> m.path("text").asText().equals("まだですか"));
        assertThat(hub.chat(caller.user()).toString()).doesNotContain("再開したら届きます");

        caller.does(message("botResumed"));

        hub.awaitBubble(caller.user(), text -> text.equals("再開したら届きます"));
    }

    @Test
    void in_a_group_only_those_who_mention_the_account_are_heard() {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String group = "C" + UUID.randomUUID().toString().replace("-", "");
        hub.line.write(user, inGroup(group, "みんなで相談しましょう"));
        hub.line.write(user, mentioning(group, "@こもれび オペレーターと話したい"));

        String inquiry = aoi.awaitInquiry("Group " + group.substring(group.length() - 6));

        assertThat(aoi.messages(inquiry).toString()).contains("オペレーターと話したい").doesNotContain("みんなで相談");
        assertThat(aoi.say(inquiry, "皆さま、こんにちは").status()).isEqualTo(202);
        hub.awaitBubble(group, text -> text.equals("皆さま、こんにちは"));
    }

    @Test
    void in_a_room_they_are_heard_too_and_answered_there() {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String room = "R" + UUID.randomUUID().toString().replace("-", "");
        for (ObjectNode message : List.of(inGroup(room, "何を頼みましょうか"), mentioning(room, "@こもれび オペレーターと話したい"))) {
            message.putObject("source").put("type", "room").put("roomId", room);
            hub.line.write(user, message);
        }

        hub.awaitBubble(room, text -> text.contains("おつなぎします"));

        assertThat(rows.count(
                        "select count(*) from messages m join customers c on c.id = m.customer"
                                + " where c.line_user_id = ? and m.sender = 'CUSTOMER'",
                        room))
                .isEqualTo(1);
    }

    /** Scenario 13, 16 */
    @Test
    void a_push_into_a_group_costs_one_message_for_each_member() {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String group = "C" + UUID.randomUUID().toString().replace("-", "");
        hub.line.put(
                group, Webhook.JSON.createObjectNode().put("account", "main").put("members", 4));
        hub.line.write(user, mentioning(group, "@こもれび オペレーターと話したい"));
        String inquiry = aoi.awaitInquiry("Group " + group.substring(group.length() - 6));
        awaitMembers(group, 4);

        assertThat(aoi.say(inquiry, "四人の皆さまへ").status()).isEqualTo(202);
        hub.awaitBubble(group, text -> text.equals("四人の皆さまへ"));
        assertPaid(inquiry, 4);

        hub.line.put(
                group, Webhook.JSON.createObjectNode().put("account", "main").put("members", 5));
        ObjectNode joined = message("memberJoined").put("account", "main");
        joined.putObject("source").put("type", "group").put("groupId", group);
        joined.putArray("members").add("U" + UUID.randomUUID().toString().replace("-", ""));
        hub.line.happen(user, joined);
        awaitMembers(group, 5);
        assertThat(aoi.say(inquiry, "五人の皆さまへ").status()).isEqualTo(202);
        hub.awaitBubble(group, text -> text.equals("五人の皆さまへ"));
        assertPaid(inquiry, 9);
        assertThat(hub.line.calls("push").stream()
                        .filter(call -> call.path("body").path("to").asText().equals(group)))
                .as("and the calls are two")
                .hasSize(2);
    }

    @Test
    void a_group_is_counted_whatever_line_says_of_its_name() {
        String group = "C" + UUID.randomUUID().toString().replace("-", "");
        hub.line.put(
                group, Webhook.JSON.createObjectNode().put("account", "main").put("members", 7));
        hub.line.faults(Webhook.JSON
                .createArrayNode()
                .add(Webhook.JSON.createObjectNode().put("endpoint", "group").put("status", 500)));
        hub.line.write("U" + UUID.randomUUID().toString().replace("-", ""), mentioning(group, "@こもれび こんにちは"));
        awaitMembers(group, 7);
        hub.line.clearFaults();
    }

    private static void awaitMembers(String group, int members) {
        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count(
                                "select count(*) from customers where line_user_id = ? and members = ?", group, members)
                        == 1);
    }

    private static void assertPaid(String inquiry, int messages) {
        await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(
                        aoi.inquiry(inquiry).path("sends").path("paid").asInt())
                .isEqualTo(messages));
    }

    private static ObjectNode mentioning(String group, String text) {
        ObjectNode message = inGroup(group, text);
        message.withObjectProperty("mention")
                .putArray("mentionees")
                .addObject()
                .put("index", 0)
                .put("length", 5)
                .put("type", "user")
                .put("isSelf", true);
        return message;
    }

    private static ObjectNode inGroup(String group, String text) {
        ObjectNode message = message("text").put("account", "main").put("text", text);
        message.putObject("source").put("type", "group").put("groupId", group);
        return message;
    }
}
