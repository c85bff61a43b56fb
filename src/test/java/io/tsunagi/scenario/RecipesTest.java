package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ten recipes of docs/integrate.md, as they stand there: put into a folder together, started, and seen at work. Only
 * addresses and times are those of the test.
 */
class RecipesTest {
    private static final String RULE = "Another rule for the hand-off";
    private static final String VIP = "Priority by a field of Salesforce";
    private static final String FIELD = "A field of the Case";
    private static final String CHAT = "Tell a chat of the team when somebody waits";
    private static final String CRM = "Another system in Salesforce's place";
    private static final String HOLIDAY = "Holidays, and what customers are told then";
    private static final String FAQ = "Answers from a source of your own";
    private static final String KEEP = "A rule of your own for keeping";
    private static final String ACCOUNT = "Another LINE account";
    private static final String MAIL = "Mail when a queue is long";
    private static final String EVERY_SECOND = "* * * * * ?";

    private static String customer() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    /** A server that keeps what it is sent, and answers what it is told to. */
    private static final class Server implements AutoCloseable {
        record Call(String path, String body) {}

        private final HttpServer http;
        final Queue<Call> calls = new ConcurrentLinkedQueue<>();

        Server(java.util.function.Function<Call, String> answer, AtomicInteger status) throws IOException {
            http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            http.createContext("/", call -> {
                Call made = new Call(
                        call.getRequestURI().getPath(),
                        new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                byte[] words = answer.apply(made).getBytes(StandardCharsets.UTF_8);
                calls.add(made);
                call.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
                call.sendResponseHeaders(status.get(), words.length);
                call.getResponseBody().write(words);
                call.close();
            });
            http.start();
        }

        String address() {
            return "http://127.0.0.1:" + http.getAddress().getPort();
        }

        @Override
        public void close() {
            http.stop(0);
        }
    }

    @Test
    void there_are_ten_and_they_come_first() throws IOException {
        assertThat(Recipe.titles()).startsWith(RULE, VIP, FIELD, CHAT, CRM, HOLIDAY, FAQ, KEEP, ACCOUNT, MAIL);
    }

    /** Seven of them, in a hub that has Salesforce. */
    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class WithSalesforce {
        @TempDir
        static Path home;

        private static Server chat;
        private static GreenMail mail;
        private static TestHub hub;
        private static Rows rows;

        @BeforeAll
        static void start() throws IOException {
            chat = new Server(call -> "", new AtomicInteger(200));
            mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
            mail.setUser("hub@example.com", "hub", "mail-password");
            mail.start();
            Path routes = home.resolve("routes");
            Path handOff = Path.of("dispatch/hand-off.camel.yaml");
            Path shipped = Path.of("routes");
            for (String recipe : List.of(RULE, VIP)) {
                Recipe.change(
                        routes.resolve(handOff),
                        shipped.resolve(handOff),
                        "              - id: danger\n",
                        Recipe.of(recipe).block("yaml", recipe.equals(VIP) ? 2 : 0) + "              - id: danger\n");
            }
            Path read = Path.of("salesforce/read-customer.camel.yaml");
            Recipe.change(
                    routes.resolve(read),
                    shipped.resolve(read),
                    "                                simple: \"SELECT Id, Name, Email, Phone, Account.Name FROM Contact"
                            + " WHERE LineUserId__c = '${variable.lineUserId}'\"\n",
                    Recipe.of(VIP).block("yaml", 0));
            String name = "                                    - { name: field.name, simple: \"${body[Name]}\" }\n";
            Recipe.change(
                    routes.resolve(read),
                    shipped.resolve(read),
                    name,
                    name + Recipe.of(VIP).block("yaml", 1));
            Path open = Path.of("salesforce/open-case.camel.yaml");
            String topic = "                    - { name: Case.Topic__c, simple: \"${body[topic]}\" }\n";
            Recipe.change(
                    routes.resolve(open),
                    shipped.resolve(open),
                    topic,
                    topic + Recipe.of(FIELD).block("yaml", 0));
            Recipe.of(CHAT).putFile(routes, Map.of("ACME_CHAT_URL", chat.address()));
            Recipe.of(MAIL)
                    .putFile(
                            routes,
                            Map.of(
                                    "ACME_QUEUE_CRON",
                                    EVERY_SECOND,
                                    "ACME_MAIL_SERVER",
                                    "127.0.0.1:" + mail.getSmtp().getPort(),
                                    "ACME_MAIL_FROM",
                                    "hub@example.com",
                                    "ACME_MAIL_TO",
                                    "duty@example.com"));
            Recipe.change(
                    home.resolve("config/keeping.yaml"),
                    Path.of("config/keeping.yaml"),
                    "rules:\n",
                    "rules:\n" + Recipe.of(KEEP).block("yaml", 0));
            Map<String, String> settings = new HashMap<>();
            settings.put("hub.routes.folder", routes.toString());
            settings.put("hub.keeping.purge-cron", EVERY_SECOND);
            settings.put("hub.mail.user", "hub");
            settings.put("hub.mail.password", "mail-password");
            settings.put("hub.line.account.shop.secret", "shop-secret");
            settings.put("hub.line.account.shop.token", "shop-token");
            settings.putAll(Recipe.of(VIP).settings());
            settings.putAll(Recipe.of(ACCOUNT).settings());
            List<LineSimulator.Account> accounts =
                    new ArrayList<>(LineSimulator.sandboxAccounts(URI.create("http://127.0.0.1:9")));
            accounts.add(new LineSimulator.Account(
                    "shop", "U00000000000000000000000000000a13", "shop-secret", "shop-token", "Shop", "ja", null));
            hub = TestHub.start(Dialect.H2, settings, LineSimulator.builder().accounts(accounts), line -> {}, home);
            rows = new Rows(hub.settings());
            hub.line.webhook("shop", URI.create(hub.base() + "/line/shop"));
            addField("Contact", "Vip__c", "boolean");
            addField("Case", "Channel__c", "string(255)");
            addField("Case", "Account_Name__c", "string(255)");
            hub.awaitKnowledge();
        }

        @AfterAll
        static void stop() {
            rows.close();
            hub.close();
            mail.stop();
            chat.close();
        }

        private static void addField(String object, String field, String type) throws IOException {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(hub.salesforce.baseUri() + "/sandbox/fields/" + object + "/" + field))
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"type\":\"" + type + "\"}"))
                    .build();
            try {
                assertThat(HttpClient.newHttpClient()
                                .send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        private static String inquiryOf(String user, String column) {
            return await("the inquiry of " + user)
                    .atMost(TestHub.PATIENCE)
                    .until(
                            () -> rows.store()
                                    .jdbc()
                                    .sql("select cast(i." + column + " as varchar) from inquiries i join customers c"
                                            + " on c.id = i.customer where c.line_user_id = ?"
                                            + " and i.state in ('WAITING', 'ASSIGNED', 'CLOSED')")
                                    .param(user)
                                    .query(String.class)
                                    .optional()
                                    .orElse(null),
                            found -> found != null);
        }

        @Test
        void another_rule_gives_fraud_to_a_team_of_its_own() {
            String user = customer();
            hub.line.write(user, "main", "詐欺にあいました");

            assertThat(inquiryOf(user, "team")).isEqualTo("security");
            assertThat(inquiryOf(user, "priority")).isEqualTo("1");
        }

        @Test
        void who_is_marked_in_salesforce_is_urgent_and_others_are_not() throws IOException {
            String vip = customer();
            String usual = customer();
            hub.salesforce.createAsPerson("Contact", Map.of("LastName", "白石", "LineUserId__c", vip, "Vip__c", true));
            for (String user : List.of(vip, usual)) {
                hub.line.write(user, "main", "残高の確認方法");
                await("what Salesforce holds of them")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count(
                                        "select count(*) from crm_customers f join customers c on c.id = f.id"
                                                + " where c.line_user_id = ? and f.looked_at is not null",
                                        user)
                                == 1);
                hub.line.write(user, "main", "オペレーターと話したい");
            }

            assertThat(inquiryOf(vip, "priority")).isEqualTo("1");
            assertThat(inquiryOf(usual, "priority")).isEqualTo("3");
        }

        @Test
        void fields_of_ones_own_stand_in_the_case_and_the_chat_of_the_team_hears_of_it() {
            String user = customer();
            hub.line.write(user, "main", "オペレーターと話したい");
            String key = inquiryOf(user, "id").replace("-", "");

            await("the Case").atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(hub.salesforce.records("Case"))
                    .anySatisfy(record -> {
                        assertThat(record.path("LineInquiryKey__c").asText()).isEqualTo(key);
                        assertThat(record.path("Channel__c").asText()).isEqualTo("LINE");
                        assertThat(record.path("Account_Name__c").asText()).isEqualTo("main");
                    }));
            String number = inquiryOf(user, "number");
            await("the chat of the team").atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(chat.calls)
                    .anySatisfy(call -> assertThat(call.body())
                            .isEqualTo("{\"text\": \"An inquiry waits: asked-for-person, number " + number + "\"}")));
        }

        /** First, while nobody waits whom the operator would be given before. */
        @Test
        @Order(1)
        void messages_go_by_the_rule_of_ones_own_and_the_certificate_names_it() {
            Operator aoi = hub.operator("aoi");
            String user = customer();
            String other = customer();
            hub.askForPerson(user, "古川 進", "残高の確認方法");
            hub.askForPerson(other, "新田 光", "残高の確認方法");
            for (String name : List.of("古川 進", "新田 光")) {
                aoi.act(aoi.awaitInquiry(name), "close", Map.of("reason", "solved"));
            }
            aoi.put("/api/me/presence", Map.of("presence", "away"));
            UUID old = UUID.fromString(inquiryOf(user, "id"));
            UUID young = UUID.fromString(inquiryOf(other, "id"));
            closedAgo(old, Duration.ofDays(91));
            closedAgo(young, Duration.ofDays(89));

            await("the old one's words are gone")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count(
                                    "select count(*) from messages where inquiry = ? and sender <> 'SYSTEM' and content is not null",
                                    old)
                            == 0);
            await("the certificate")
                    .atMost(TestHub.PATIENCE)
                    .until(() ->
                            rows.count("select count(*) from purge_runs where certificate like '%acme-short-chats%'")
                                    > 0);
            assertThat(rows.count(
                            "select count(*) from messages where inquiry = ? and sender <> 'SYSTEM' and content is not null",
                            young))
                    .isPositive();
        }

        private static void closedAgo(UUID inquiry, Duration ago) {
            rows.store()
                    .jdbc()
                    .sql("update inquiries set closed_at = ? where id = ?")
                    .params(io.tsunagi.store.Store.at(Instant.now().minus(ago)), inquiry)
                    .update();
        }

        @Test
        void the_customers_of_another_account_are_answered_by_it() {
            String user = customer();
            hub.line.write(user, "shop", "残高の確認方法");

            await("the shop's bot").atMost(TestHub.PATIENCE).until(() -> hub.chat(user, "shop").stream()
                    .anyMatch(bubble -> bubble.path("from").asText().equals("account")
                            && bubble.path("text").asText().contains("残高")));
        }

        @Test
        void mail_is_sent_while_more_than_ten_wait() {
            for (int i = 0; i <= 10; i++) {
                hub.line.write(customer(), "main", "オペレーターと話したい");
            }

            await("mail").atMost(TestHub.PATIENCE).until(() -> mail.getReceivedMessages().length > 0);
            var sent = mail.getReceivedMessages()[0];
            assertThat(Mail.subject(sent)).matches("1[1-9] customers wait|[2-9]\\d customers wait");
            assertThat(Mail.recipients(sent)).isEqualTo("duty@example.com");
        }
    }

    /** What the mail library throws is no part of a story. */
    private static final class Mail {
        private static String subject(jakarta.mail.internet.MimeMessage mail) {
            try {
                return mail.getSubject();
            } catch (jakarta.mail.MessagingException e) {
                throw new AssertionError(e);
            }
        }

        private static String recipients(jakarta.mail.internet.MimeMessage mail) {
            try {
                return mail.getRecipients(jakarta.mail.Message.RecipientType.TO)[0].toString();
            } catch (jakarta.mail.MessagingException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Three of them, in a hub without Salesforce. */
    @Nested
    class WithoutSalesforce {
        @TempDir
        static Path home;

        private static final AtomicInteger STATUS = new AtomicInteger(200);
        private static final AtomicReference<String> ARTICLES = new AtomicReference<>();
        private static Server crm;
        private static Server faq;
        private static TestHub hub;
        private static Rows rows;

        @BeforeAll
        static void start() throws IOException {
            crm = new Server(WithoutSalesforce::taken, STATUS);
            ARTICLES.set(article("ポイントの有効期限", "ポイントは最後のご利用から1年間有効です。", "2026-04-01T09:00:00+09:00"));
            faq = new Server(call -> ARTICLES.get(), new AtomicInteger(200));
            Path routes = home.resolve("routes");
            Recipe.of(CRM).putFile(routes, Map.of("ACME_CRM_URL", crm.address()));
            Recipe.of(FAQ).putFile(routes, Map.of("ACME_FAQ_URL", faq.address(), "ACME_FAQ_CRON", EVERY_SECOND));
            LocalDate today = LocalDate.now(ZoneId.of("Asia/Tokyo"));
            String hours = Recipe.of(HOLIDAY).block("yaml", 0);
            assertThat(hours).contains("2026-12-30..2027-01-03");
            Recipe.write(
                    home.resolve("config/hours.yaml"),
                    hours.replace("2026-12-30..2027-01-03", today.minusDays(1) + ".." + today.plusDays(3)));
            String words = Recipe.of(HOLIDAY).block("properties", 0);
            Recipe.write(
                    home.resolve("config/texts_ja.properties"),
                    java.nio.file.Files.readString(Path.of("config/texts_ja.properties"))
                            .replaceAll(
                                    "(?m)^hand-off\\.outside-hours=.*\n",
                                    java.util.regex.Matcher.quoteReplacement(words)));
            Map<String, String> settings = new HashMap<>();
            settings.put("hub.routes.folder", routes.toString());
            settings.put("hub.salesforce.login-url", "");
            settings.putAll(Recipe.of(CRM).settings());
            settings.putAll(Recipe.of(FAQ).settings());
            hub = TestHub.start(Dialect.H2, settings, line -> {}, home);
            rows = new Rows(hub.settings());
        }

        @AfterAll
        static void stop() {
            rows.close();
            hub.close();
            crm.close();
            faq.close();
        }

        /** Answers each row as the recipe says; a record has the inquiry's key for its id. */
        private static String taken(Server.Call call) {
            try {
                ArrayNode answers = Webhook.JSON.createArrayNode();
                for (JsonNode row : Webhook.JSON.readTree(call.body())) {
                    answers.addObject()
                            .put("id", "C-" + row.path("inquiryKey").asText())
                            .put("number", "T" + row.path("inquiryNumber").asText());
                }
                return answers.toString();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        private static String article(String question, String answer, String changedAt) {
            return Webhook.JSON
                    .createArrayNode()
                    .add(Webhook.JSON
                            .createObjectNode()
                            .put("id", 7)
                            .put("question", question)
                            .put("answer", answer)
                            .put("keywords", "")
                            .put("changedAt", changedAt))
                    .toString();
        }

        private static long written(String kind, String words) {
            return crm.calls.stream()
                    .filter(call ->
                            call.path().equals("/" + kind) && call.body().contains(words))
                    .count();
        }

        @Test
        void another_system_gets_case_transcript_and_close_in_order_also_after_an_absence() {
            STATUS.set(503);
            String user = customer();
            hub.customer(user, "水野 樹");
            hub.line.write(user, "main", "オペレーターと話したい");
            Operator aoi = hub.operator("aoi");
            String inquiry = aoi.awaitInquiry("水野 樹");
            String key = inquiry.replace("-", "");
            await("a refused call").atMost(TestHub.PATIENCE).until(() -> written("CASE", key) > 0);
            await("the screen says so").atMost(TestHub.PATIENCE).until(() -> aoi.workspace()
                    .path("salesforce")
                    .path("state")
                    .asText()
                    .equals("away"));
            STATUS.set(200);

            await("the number of the record there")
                    .atMost(TestHub.PATIENCE)
                    .until(() ->
                            aoi.inquiry(inquiry).path("caseNumber").asText().startsWith("T"));
            aoi.act(inquiry, "close", Map.of("reason", "solved"));
            await("the close").atMost(TestHub.PATIENCE).until(() -> written("CLOSE", key) > 0);

            List<String> order = crm.calls.stream()
                    .filter(call -> call.body().contains(key))
                    .map(Server.Call::path)
                    .toList();
            assertThat(order.indexOf("/TRANSCRIPT")).isGreaterThan(order.lastIndexOf("/CASE"));
            assertThat(order.lastIndexOf("/CLOSE")).isGreaterThan(order.lastIndexOf("/TRANSCRIPT"));
            assertThat(written("TRANSCRIPT", "オペレーターと話したい")).isPositive();
            await("all is written")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count(
                                    "select count(*) from crm_work where inquiry = ? and state <> 'DONE'",
                                    UUID.fromString(inquiry))
                            == 0);
        }

        @Test
        void who_asks_on_a_holiday_is_told_in_ones_own_words() {
            String user = customer();
            hub.line.write(user, "main", "オペレーターと話したい");

            String told = hub.awaitBubble(user, text -> text.contains("お休みをいただいております"))
                    .path("text")
                    .asText();
            LocalDate opens = LocalDate.now(ZoneId.of("Asia/Tokyo")).plusDays(4);
            assertThat(told)
                    .contains(opens.getMonthValue() + "月" + opens.getDayOfMonth() + "日")
                    .doesNotContain("{");
        }

        @Test
        void the_bot_answers_from_the_source_of_ones_own_and_follows_its_changes() {
            awaitAnswer("1年間有効");
            ARTICLES.set(article("ポイントの有効期限", "ポイントは2年間有効になりました。", "2026-05-01T09:00:00+09:00"));

            awaitAnswer("2年間有効");
        }

        private static void awaitAnswer(String words) {
            await(words)
                    .atMost(TestHub.PATIENCE)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        String user = customer();
                        hub.line.write(user, "main", "ポイントの有効期限");
                        String said = hub.awaitBubble(user, text -> !text.isEmpty())
                                .path("text")
                                .asText();
                        return said.contains(words);
                    });
        }
    }
}
