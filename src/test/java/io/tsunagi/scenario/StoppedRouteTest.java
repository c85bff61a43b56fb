package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operations stop routes over JMX, see what that does, and start them again. Scenario 70. */
class StoppedRouteTest {
    private static final String MISAKI = "U" + "7".repeat(32);

    /** Both ways in which work for Salesforce is begun. */
    private static final List<String> WRITING = List.of("sync-to-salesforce", "write-woken", "sweep-salesforce");

    private TestHub hub;
    private Rows rows;

    @AfterEach
    void stop() {
        rows.close();
        hub.close();
    }

    private void start(Dialect dialect) {
        Map<String, String> more = new HashMap<>();
        more.put("hub.access.people", "aoi,sakura,op");
        more.put("hub.access.person.op.display-name", "運用 太郎");
        more.put("hub.access.person.op.role", "ops");
        more.put("hub.access.person.op.password", Operator.PASSWORD);
        more.put("hub.management.backlog-patience", "PT2S");
        hub = TestHub.start(dialect, more);
        rows = new Rows(hub.settings());
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void what_waits_for_a_stopped_route_is_told_kept_and_done_once_when_it_starts_again(Dialect dialect)
            throws Exception {
        start(dialect);
        Operator op = hub.away("op");
        Operator aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        String inquiry = aoi.awaitInquiry("みさき");
        await("all is told to Salesforce")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from crm_work where state = 'QUEUED'") == 0);
        assertThat(status("/observe/health")).isEqualTo(200);
        assertThat(metric("tsunagi_backlog_seconds{work=\"salesforce\"}")).isZero();

        route(op, "deliver-to-line", "suspend()");
        WRITING.forEach(id -> route(op, id, "stop()"));
        assertThat(aoi.say(inquiry, "少々お待ちください。").status()).isEqualTo(202);

        await("both are late")
                .atMost(TestHub.PATIENCE)
                .until(() -> metric("tsunagi_backlog_seconds{work=\"salesforce\"}") > 2
                        && metric("tsunagi_backlog_seconds{work=\"deliveries\"}") > 2);
        assertThat(status("/observe/health")).isEqualTo(503);
        assertThat(down("/observe/health"))
                .containsExactlyInAnyOrder(
                        "backlog",
                        "consumer:deliver-to-line",
                        "consumer:sweep-salesforce",
                        "consumer:sync-to-salesforce",
                        "consumer:write-woken",
                        "route:deliver-to-line",
                        "route:sweep-salesforce",
                        "route:sync-to-salesforce",
                        "route:write-woken");
        assertThat(status("/observe/health/ready")).isEqualTo(200);
        assertThat(status("/observe/health/live")).isEqualTo(200);
        assertThat(metric("tsunagi_routes_stopped")).isEqualTo(4);
        alertsAreRaisedBy("BacklogGrows", "tsunagi_backlog_seconds", 300);
        alertsAreRaisedBy("RouteIsStopped", "tsunagi_routes_stopped", 0);
        hub.line.write(MISAKI, "main", "まだですか");
        aoi.awaitMessage(inquiry, message -> message.path("text").asText().equals("まだですか"));
        assertThat(hub.chat(MISAKI).toString()).doesNotContain("少々お待ちください。");

        route(op, "deliver-to-line", "resume()");
        WRITING.forEach(id -> route(op, id, "start()"));
        hub.awaitBubble(MISAKI, "少々お待ちください。"::equals);
        await("nothing waits")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from crm_work where state = 'QUEUED'") == 0
                        && status("/observe/health") == 200);
        assertThat(metric("tsunagi_backlog_seconds{work=\"deliveries\"}")).isZero();
        assertThat(metric("tsunagi_routes_stopped")).isZero();
        assertThat(hub.chat(MISAKI).stream()
                        .filter(bubble -> bubble.path("text").asText().equals("少々お待ちください。")))
                .hasSize(1);
        for (String words : List.of("少々お待ちください。", "まだですか")) {
            assertThat(hub.salesforce.records("LineMessage__c"))
                    .filteredOn(record -> record.path("Text__c").asText().equals(words))
                    .as(words)
                    .hasSize(1);
        }
        String who = rows.text("select cast(id as varchar) from operators where name = 'op'");
        for (String id : WRITING) {
            assertThat(acts(who, "route/" + id)).as(id).containsExactlyInAnyOrder("start()", "stop()");
        }
        assertThat(acts(who, "route/deliver-to-line")).containsExactlyInAnyOrder("resume()", "suspend()");
    }

    private TreeSet<String> acts(String who, String object) {
        return new TreeSet<>(rows.store()
                .jdbc()
                .sql("select detail from audit where actor = ? and act = 'use-jmx' and object = ? and outcome = 'ok'")
                .param(who)
                .param(object)
                .query((row, i) -> row.getString("detail").replaceAll("^.*:\"|\"}$", ""))
                .list());
    }

    private void route(Operator op, String id, String operation) {
        JsonNode answer = op.jmx(
                hub.management(),
                Map.of(
                        "type",
                        "exec",
                        "mbean",
                        "org.apache.camel:context=tsunagi,type=routes,name=\"" + id + "\"",
                        "operation",
                        operation));
        assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
    }

    /** Says that the alert's rule is this metric above this value; 300 is what {@code hub.management.backlog-patience} is as shipped. */
    private static void alertsAreRaisedBy(String alert, String metric, int above) throws Exception {
        assertThat(Files.readString(Path.of("docker/alerts.yml")))
                .containsPattern("alert: " + alert + "\\n +expr: " + metric + " > " + above + "\\n");
    }

    private double metric(String name) {
        Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + "(?:\\{[^}]*})? (\\S+)$")
                .matcher(Webhook.get(hub.management() + "/observe/metrics"));
        assertThat(line.find()).as(name).isTrue();
        return Double.parseDouble(line.group(1));
    }

    private int status(String path) throws Exception {
        return ((java.net.HttpURLConnection)
                        URI.create(hub.management() + path).toURL().openConnection())
                .getResponseCode();
    }

    private TreeSet<String> down(String path) throws Exception {
        TreeSet<String> down = new TreeSet<>();
        Webhook.JSON
                .readTree(Webhook.get(hub.management() + path))
                .path("checks")
                .forEach(check -> {
                    if (check.path("status").asText().equals("DOWN")) {
                        down.add(check.path("name").asText());
                    }
                });
        return down;
    }
}
