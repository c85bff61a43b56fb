package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.line.Sent;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What customers do at LINE and what becomes of it here. Every test uses customers of its own. */
@ParameterizedClass
@EnumSource(Dialect.class)
class CustomerEventsTest {
    /** The promise; nearly all of it is slack for a slow machine. */
    private static final Duration UNSENT_IS_GONE = Duration.ofSeconds(5);

    private static TestHub hub;
    private static Rows rows;

    @Parameter
    Dialect dialect;

    @BeforeParameterizedClassInvocation(injectArguments = true)
    static void start(Dialect dialect) {
        hub = TestHub.start(dialect);
        rows = new Rows(hub.settings());
    }

    @AfterParameterizedClassInvocation(injectArguments = false)
    static void stop() {
        rows.close();
        hub.close();
    }

    private static String user() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private record Bubble(int seq, String type, String content, boolean late, boolean edited, boolean unsent) {}

    /** What the customer said, as it is kept. */
    private static List<Bubble> said(String user) {
        return rows.store()
                .jdbc()
                .sql("""
                        select m.* from messages m join customers c on c.id = m.customer
                        where c.line_user_id = ? and m.sender = 'CUSTOMER' order by m.inquiry, m.seq
                        """)
                .param(user)
                .query((row, i) -> new Bubble(
                        row.getInt("seq"),
                        row.getString("type"),
                        rows.store()
                                .sealing()
                                .openText("messages", row.getObject("id", UUID.class), row.getBytes("content")),
                        row.getBoolean("late"),
                        row.getTimestamp("edited_at") != null,
                        row.getTimestamp("unsent_at") != null))
                .list();
    }

    private static long inquiriesOf(String user) {
        return rows.count(
                "select count(*) from inquiries i join customers c on c.id = i.customer where c.line_user_id = ?",
                user);
    }

    /** Waits until everything that is known of a customer had its effect. */
    private static void settle(String user) {
        await("all events of " + user)
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from events where source = ? and state <> 'DONE'", user) == 0);
    }

    private static Boolean blocked(String user) {
        return rows.store()
                .jdbc()
                .sql("select blocked from customers where line_user_id = ?")
                .param(user)
                .query(Boolean.class)
                .single();
    }

    private static ThrowingConsumer<Bubble> says(String text) {
        return bubble -> assertThat(
                        Webhook.JSON.readTree(bubble.content()).path("text").asText())
                .isEqualTo(text);
    }

    /** Scenario 2 */
    @Test
    void the_same_event_again_and_again_makes_one_message() {
        String user = user();
        Sent sent = hub.line.write(user, "main", "一度だけ");

        for (int i = 0; i < 5; i++) {
            assertThat(hub.line.redeliver(user, sent.webhookEventId()).status()).isEqualTo(200);
        }

        settle(user);
        assertThat(said(user)).satisfiesExactly(says("一度だけ"));
        assertThat(rows.count("select count(*) from events where source = ? and type = 'message'", user))
                .isOne();
    }

    /** Scenario 2 */
    @Test
    void the_same_events_in_parallel_posts_make_one_message_each() {
        String user = user();
        List<Object> events = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ObjectNode event = Webhook.text(user, "text " + i);
            events.add(event.put("timestamp", event.path("timestamp").asLong() + i));
        }
        byte[] inOrder = Webhook.body(events.toArray());
        List<Object> backwards = new ArrayList<>(events);
        java.util.Collections.reverse(backwards);
        byte[] reversed = Webhook.body(backwards.toArray());

        List<CompletableFuture<Integer>> posts = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            posts.add(Webhook.postSoon(hub, inOrder));
            posts.add(Webhook.postSoon(hub, reversed));
        }

        assertThat(posts).allSatisfy(post -> assertThat(post.join()).isEqualTo(200));
        settle(user);
        assertThat(said(user).stream().map(Bubble::content).distinct()).hasSize(20);
        assertThat(said(user)).hasSize(20).noneMatch(Bubble::late);
        assertThat(said(user).get(0)).satisfies(says("text 0"));
        assertThat(said(user).get(19)).satisfies(says("text 19"));
    }

    /** Scenario 3 */
    @Test
    void picture_and_text_of_a_new_customer_open_one_inquiry_in_the_order_of_their_time() {
        for (int i = 0; i < 10; i++) {
            String user = user();
            Sent picture = hub.line.write(
                    user,
                    Webhook.JSON
                            .createObjectNode()
                            .put("account", "main")
                            .put("type", "image")
                            .put("sample", "receipt")
                            .put("deliver", false));
            ObjectNode first = (ObjectNode) picture.event();
            ObjectNode second = Webhook.text(user, "これです");
            second.put("timestamp", first.path("timestamp").asLong() + 7);

            CompletableFuture<Integer> text = Webhook.postSoon(hub, Webhook.body(second));
            CompletableFuture<Integer> image = Webhook.postSoon(hub, Webhook.body(first));

            assertThat(List.of(text.join(), image.join())).containsOnly(200);
            settle(user);
            assertThat(inquiriesOf(user)).isOne();
            List<Bubble> said = said(user);
            assertThat(said).extracting(Bubble::type).containsExactlyInAnyOrder("image", "text");
            boolean pictureFirst = said.get(0).type().equals("image");
            assertThat(said.get(0).late()).isFalse();
            assertThat(said.get(1).late())
                    .as("the later one is marked exactly when it came out of order")
                    .isEqualTo(!pictureFirst);
        }
    }

    /** Scenario 3 */
    @Test
    void events_that_wait_together_take_effect_in_the_order_of_their_time() {
        String user = user();
        ObjectNode third = Webhook.text(user, "three");
        long now = third.path("timestamp").asLong();
        ObjectNode first = Webhook.text(user, "one").put("timestamp", now - 2000);
        ObjectNode second = Webhook.text(user, "two").put("timestamp", now - 1000);

        assertThat(Webhook.post(hub, Webhook.body(third, first, second))).isEqualTo(200);

        settle(user);
        assertThat(said(user)).satisfiesExactly(says("one"), says("two"), says("three"));
        assertThat(said(user)).noneMatch(Bubble::late);
    }

    /** Scenario 8 */
    @Test
    void whoever_blocks_and_comes_back_is_known_by_the_newest_of_both() {
        String user = user();
        long now = System.currentTimeMillis();
        ObjectNode follow = Webhook.event(user, "follow").put("timestamp", now - 9000);
        ObjectNode unfollow = Webhook.event(user, "unfollow").put("timestamp", now - 6000);
        ObjectNode again = Webhook.event(user, "follow").put("timestamp", now - 3000);
        again.putObject("follow").put("isUnblocked", true);

        assertThat(Webhook.post(hub, Webhook.body(follow))).isEqualTo(200);
        settle(user);
        assertThat(blocked(user)).isFalse();
        assertThat(Webhook.post(hub, Webhook.body(unfollow))).isEqualTo(200);
        settle(user);
        assertThat(blocked(user)).isTrue();
        assertThat(Webhook.post(hub, Webhook.body(again))).isEqualTo(200);
        settle(user);
        assertThat(blocked(user)).isFalse();

        ObjectNode lateUnfollow = Webhook.event(user, "unfollow").put("timestamp", now - 4000);
        assertThat(Webhook.post(hub, Webhook.body(lateUnfollow))).isEqualTo(200);
        settle(user);
        assertThat(blocked(user)).as("the follow is newer").isFalse();
    }

    /** Scenario 8 */
    @Test
    void a_follow_that_comes_after_a_newer_unfollow_changes_nothing() {
        String user = user();
        long now = System.currentTimeMillis();

        assertThat(Webhook.post(
                        hub, Webhook.body(Webhook.event(user, "unfollow").put("timestamp", now))))
                .isEqualTo(200);
        settle(user);
        assertThat(Webhook.post(hub, Webhook.body(Webhook.event(user, "follow").put("timestamp", now - 5000))))
                .isEqualTo(200);
        settle(user);

        assertThat(blocked(user)).isTrue();
    }

    /** Scenario 8 */
    @Test
    void events_and_messages_of_every_kind_are_answered_and_none_is_set_aside() {
        String user = user();
        ObjectNode postback = Webhook.event(user, "postback");
        postback.putObject("postback").put("data", "menu=7");
        ObjectNode odd = Webhook.event(user, "postback");
        odd.put("postback", "no object");
        ObjectNode link = Webhook.event(user, "accountLink");
        link.putObject("link").put("result", "ok").put("nonce", "n");
        ObjectNode failedLink = Webhook.event(user, "accountLink");
        failedLink.remove("source");
        failedLink.putObject("link").put("result", "failed").put("nonce", "n");
        ObjectNode membership = Webhook.event(user, "membership");
        membership.putObject("membership").put("type", "joined").put("membershipId", 3189);
        ObjectNode beacon = Webhook.event(user, "beacon");
        beacon.putObject("beacon").put("hwid", "d41d8cd98f").put("type", "enter");
        ObjectNode played = Webhook.event(user, "videoPlayComplete");
        played.putObject("videoPlayComplete").put("trackingId", "t");
        ObjectNode unheard = Webhook.event(user, "somethingOfTheYear2031");
        unheard.putObject("somethingOfTheYear2031").put("a", 1);
        ObjectNode joined = Webhook.event(user, "memberJoined");
        joined.putObject("source")
                .put("type", "group")
                .put("groupId", "C" + user.substring(1))
                .put("userId", user);
        ObjectNode inGroup = Webhook.text(user, "to the group");
        inGroup.putObject("source")
                .put("type", "group")
                .put("groupId", "C" + user.substring(1))
                .put("userId", user);
        inGroup.withObjectProperty("message")
                .withObjectProperty("mention")
                .putArray("mentionees")
                .addObject()
                .put("index", 0)
                .put("length", 2)
                .put("type", "user")
                .put("isSelf", true);
        ObjectNode delivered = Webhook.event(user, "delivery");
        delivered.remove("source");
        delivered.putObject("delivery").put("data", "receipt of something sent elsewhere");
        ObjectNode attached = Webhook.event(user, "module");
        attached.remove("source");
        attached.putObject("module").put("type", "attached").put("botId", "U" + "0".repeat(32));
        ObjectNode hologram = Webhook.text(user, "x");
        hologram.putObject("message")
                .put("type", "hologramOfTheYear2031")
                .put("id", "901")
                .put("depth", 3);
        ObjectNode noMessage = Webhook.event(user, "message");
        ObjectNode shapeless = Webhook.text(user, "still words");
        ((ObjectNode) shapeless.get("message")).put("mention", 7);
        ObjectNode standby = Webhook.text(user, "another module has the chat").put("mode", "standby");
        standby.remove("replyToken");
        ObjectNode unsendNothing = Webhook.event(user, "unsend");

        assertThat(Webhook.post(
                        hub,
                        Webhook.body(
                                postback,
                                odd,
                                link,
                                failedLink,
                                membership,
                                beacon,
                                played,
                                unheard,
                                joined,
                                inGroup,
                                delivered,
                                attached,
                                hologram,
                                noMessage,
                                shapeless,
                                standby,
                                unsendNothing)))
                .isEqualTo(200);

        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from events where state = 'WAITING'") == 0);
        assertThat(rows.count("select count(*) from events where state = 'PARKED'"))
                .isZero();
        assertThat(said(user)).extracting(Bubble::type).contains("text", "unknown");
        assertThat(said(user)).noneMatch(bubble -> bubble.content().contains("to the group"));
        assertThat(said(user)).anySatisfy(says("still words"));
        assertThat(said(user)).anySatisfy(says("another module has the chat"));
    }

    /** Scenario 8 */
    @Test
    void an_edit_shows_the_new_words_and_keeps_the_first_ones() {
        String user = user();
        ObjectNode message = Webhook.text(user, "first words");
        long at = message.path("timestamp").asLong();

        assertThat(Webhook.post(hub, Webhook.body(message))).isEqualTo(200);
        assertThat(Webhook.post(hub, Webhook.body(edit(message, "third words", at + 4000))))
                .isEqualTo(200);
        settle(user);
        assertThat(Webhook.post(hub, Webhook.body(edit(message, "second words", at + 2000))))
                .isEqualTo(200);
        settle(user);

        assertThat(said(user)).singleElement().satisfies(says("third words")).satisfies(bubble -> {
            assertThat(bubble.edited()).isTrue();
            assertThat(Webhook.JSON
                            .readTree(bubble.content())
                            .path("earlier")
                            .path(0)
                            .path("text")
                            .asText())
                    .isEqualTo("first words");
        });
    }

    /** Scenario 8 */
    @Test
    void an_edit_that_comes_before_its_message_is_not_overwritten_by_it() {
        String user = user();
        ObjectNode message = Webhook.text(user, "first words");
        long at = message.path("timestamp").asLong();

        assertThat(Webhook.post(hub, Webhook.body(edit(message, "second words", at + 2000))))
                .isEqualTo(200);
        settle(user);
        assertThat(Webhook.post(hub, Webhook.body(message))).isEqualTo(200);
        settle(user);

        assertThat(said(user)).singleElement().satisfies(says("second words")).satisfies(bubble -> {
            assertThat(bubble.edited()).isTrue();
            assertThat(Webhook.JSON
                            .readTree(bubble.content())
                            .path("earlier")
                            .path(0)
                            .path("text")
                            .asText())
                    .isEqualTo("first words");
        });
        assertThat(inquiriesOf(user)).isOne();
    }

    private static ObjectNode edit(ObjectNode message, String text, long at) {
        ObjectNode edit = Webhook.event(message.path("source").path("userId").asText(), "messageEdited");
        edit.put("timestamp", at).put("replyToken", UUID.randomUUID().toString());
        edit.putObject("message")
                .put("type", "text")
                .put("id", message.path("message").path("id").asText())
                .put("text", text);
        return edit;
    }

    private static ObjectNode unsend(ObjectNode message, long after) {
        ObjectNode unsend = Webhook.event(message.path("source").path("userId").asText(), "unsend");
        unsend.put("timestamp", message.path("timestamp").asLong() + after);
        unsend.putObject("unsend")
                .put("messageId", message.path("message").path("id").asText());
        return unsend;
    }

    /** Scenario 7 */
    @Test
    void what_a_customer_takes_back_is_gone_from_every_table() {
        String user = user();
        String marker = "takenback" + UUID.randomUUID().toString().substring(0, 8);
        ObjectNode message = Webhook.text(user, "残高 " + marker);
        ObjectNode other = Webhook.text(user, "stays " + user);
        other.put("timestamp", message.path("timestamp").asLong() + 500);
        assertThat(Webhook.post(hub, Webhook.body(message, other))).isEqualTo(200);
        settle(user);
        assertThat(rows.placesOf(marker)).contains("events.body", "messages.content", "questions.question");

        assertThat(Webhook.post(hub, Webhook.body(unsend(message, 1000)))).isEqualTo(200);
        settle(user);

        assertThat(rows.placesOf(marker)).isEmpty();
        assertThat(said(user)).hasSize(2).filteredOn(Bubble::unsent).hasSize(1);
        assertThat(rows.placesOf("stays " + user)).contains("messages.content");
    }

    /** Scenario 7 */
    @Test
    void what_was_edited_and_taken_back_is_gone_in_every_version() {
        String user = user();
        String marker = "takenback" + UUID.randomUUID().toString().substring(0, 8);
        ObjectNode message = Webhook.text(user, "old " + marker);
        long at = message.path("timestamp").asLong();
        assertThat(Webhook.post(hub, Webhook.body(message, edit(message, "new " + marker, at + 1000))))
                .isEqualTo(200);
        settle(user);
        assertThat(rows.placesOf("new " + marker)).contains("events.body", "messages.content");
        assertThat(rows.placesOf("old " + marker)).contains("events.body", "messages.content");

        assertThat(Webhook.post(hub, Webhook.body(unsend(message, 2000)))).isEqualTo(200);
        settle(user);

        assertThat(rows.placesOf(marker)).isEmpty();
    }

    /** Scenario 7 */
    @Test
    void what_was_taken_back_before_it_came_is_never_shown_nor_kept() {
        String user = user();
        String marker = "takenback" + UUID.randomUUID().toString().substring(0, 8);
        ObjectNode message = Webhook.text(user, marker);

        assertThat(Webhook.post(hub, Webhook.body(unsend(message, 1000)))).isEqualTo(200);
        settle(user);
        assertThat(Webhook.post(hub, Webhook.body(message))).isEqualTo(200);
        settle(user);

        assertThat(rows.placesOf(marker)).isEmpty();
        assertThat(said(user)).singleElement().satisfies(bubble -> {
            assertThat(bubble.unsent()).isTrue();
            assertThat(bubble.content()).isNull();
        });
    }

    /** Scenario 7 */
    @Test
    void message_and_unsend_in_one_body_leave_a_tombstone_only() {
        String user = user();
        String marker = "takenback" + UUID.randomUUID().toString().substring(0, 8);
        ObjectNode message = Webhook.text(user, marker);

        assertThat(Webhook.post(hub, Webhook.body(unsend(message, 1000), message)))
                .isEqualTo(200);
        settle(user);

        assertThat(rows.placesOf(marker)).isEmpty();
        assertThat(said(user)).singleElement().satisfies(bubble -> assertThat(bubble.unsent())
                .isTrue());
    }

    /** Scenario 7 */
    @Test
    void what_an_operator_saw_is_gone_from_the_screen_and_from_salesforce() {
        Operator aoi = hub.operator("aoi");
        String user = user();
        String marker = "takenback" + UUID.randomUUID().toString().substring(0, 8);
        hub.customer(user, "取消 " + marker.substring(9));
        hub.line.write(user, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("取消 " + marker.substring(9));
        Sent sent = hub.line.write(user, "main", marker);
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.messages(inquiry).toString().contains(marker));
        await("the words in Salesforce")
                .atMost(TestHub.PATIENCE)
                .until(() -> hub.salesforce.records("LineMessage__c").toString().contains(marker));

        hub.line.happen(
                user,
                Webhook.JSON
                        .createObjectNode()
                        .put("account", "main")
                        .put("type", "unsend")
                        .put("messageId", sent.messageId()));

        await("gone from the screen, Salesforce and the database")
                .atMost(UNSENT_IS_GONE)
                .untilAsserted(() -> {
                    JsonNode messages = aoi.messages(inquiry);
                    assertThat(messages.toString()).doesNotContain(marker);
                    assertThat(messages)
                            .anyMatch(message -> message.path("unsent").asBoolean());
                    assertThat(hub.salesforce.records("LineMessage__c").toString())
                            .doesNotContain(marker);
                    assertThat(rows.placesOf(marker)).isEmpty();
                });
    }
}
