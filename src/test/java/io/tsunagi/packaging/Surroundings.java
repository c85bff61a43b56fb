package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a packaged hub finds around it: LINE and Salesforce simulators, free ports, and a customer who writes. */
final class Surroundings implements AutoCloseable {
    private final int hubPort;
    private final int managementPort;
    private final LineSimulator line;
    private final SalesforceSimulator salesforce;

    private Surroundings(int hubPort, int managementPort) {
        this.hubPort = hubPort;
        this.managementPort = managementPort;
        this.line = LineSimulator.builder()
                .accounts(LineSimulator.sandboxAccounts(URI.create("http://127.0.0.1:" + hubPort)))
                .build()
                .start();
        this.salesforce = new SalesforceSimulator().start();
    }

    static Surroundings start() throws IOException {
        return new Surroundings(Program.freePort(), Program.freePort());
    }

    /** Gives the settings, as an installation would set them, that make a hub find all this. */
    Map<String, String> environment() {
        return environment(hubPort, managementPort);
    }

    /** Gives the settings of one hub of several. */
    Map<String, String> environment(int port, int management) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HUB_HTTP_HOST", "127.0.0.1");
        environment.put("HUB_HTTP_PORT", String.valueOf(port));
        environment.put("HUB_MANAGEMENT_PORT", String.valueOf(management));
        environment.put("HUB_LINE_API", line.baseUri().toString());
        environment.put("HUB_LINE_DATA_API", line.baseUri().toString());
        environment.put("HUB_LINE_ACCOUNTS", "main");
        environment.put("HUB_LINE_ACCOUNT_MAIN_SECRET", "sandbox-main-secret");
        environment.put("HUB_LINE_ACCOUNT_MAIN_TOKEN", "sandbox-main-token");
        environment.put("HUB_LINE_ACCOUNT_MAIN_DISPLAY_NAME", "こもれびペイ");
        environment.put("HUB_LINE_ACCOUNT_MAIN_LANGUAGE", "ja");
        environment.put("HUB_LINE_ACCOUNT_MAIN_ZONE", "Asia/Tokyo");
        environment.put("HUB_SALESFORCE_LOGIN_URL", salesforce.baseUri());
        environment.put("HUB_SALESFORCE_CLIENT_ID", "sandbox-client");
        environment.put("HUB_SALESFORCE_CLIENT_SECRET", "sandbox-client-secret");
        environment.put("HUB_ACCESS_FIRST_ADMIN_PASSWORD", "correct-horse-battery-1");
        return environment;
    }

    /** Gives the settings that keep all data in one folder. The release before refuses a URL without the last of these words. */
    static Map<String, String> dataIn(Path folder) {
        return Map.of(
                "HUB_STORE_URL",
                        "jdbc:h2:async:" + folder.resolve("tsunagi")
                                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;WRITE_DELAY=0",
                "HUB_STORE_KEY_DIR", folder.resolve("keys").toString(),
                "HUB_MEDIA_KEY_DIR", folder.resolve("keys/media").toString(),
                "HUB_AUDIT_HEAD_FILE", folder.resolve("audit-head").toString());
    }

    String hub() {
        return "http://127.0.0.1:" + hubPort;
    }

    String management() {
        return "http://127.0.0.1:" + managementPort;
    }

    int hubPort() {
        return hubPort;
    }

    LineSimulator line() {
        return line;
    }

    /** A customer asks for a person; the phone must show an answer, and Salesforce a case. */
    void assertThatACustomerIsAnswered(Supplier<String> output) {
        var customer = "U" + "5".repeat(32);
        line.write(customer, "main", "オペレーターと話したい");

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(fromTheHub(customer))
                .as(() -> "What the phone shows: " + line.chat(customer, "main") + "\nThe hub: " + output.get())
                .isNotEmpty());
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(salesforce.records("Case"))
                .anySatisfy(record ->
                        assertThat(record.path("LineInquiryKey__c").asText()).isNotEmpty()));
    }

    private List<JsonNode> fromTheHub(String customer) {
        return line.chat(customer, "main").stream()
                .filter(shown -> shown.path("from").asText().equals("account"))
                .toList();
    }

    @Override
    public void close() {
        line.close();
        salesforce.close();
    }
}
