package io.tsunagi.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings.Entry;
import io.tsunagi.config.Settings.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where each value comes from, and that no secret leaves with it. */
class SettingsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("hub.properties"), """
                hub.http.port=1
                hub.http.host=in-file
                hub.node.name=in-file
                hub.translate.key-file=/run/secrets/key
                """);
        Files.writeString(folder.resolve("shop.properties"), "hub.http.host=in-profile\nhub.node.name=in-profile\n");
    }

    private static Entry entry(Settings settings, String key) {
        return settings.entries().stream()
                .filter(entry -> entry.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void each_value_says_where_it_was_found_and_the_last_that_says_something_wins() {
        Settings settings = Settings.load(
                folder,
                "shop",
                Map.of("HUB_NODE_NAME", "in-environment", "HUB_MEDIA_KEEP", "P7D"),
                Map.of("hub.management.port", "0"));

        assertThat(entry(settings, "hub.http.port"))
                .isEqualTo(new Entry("hub.http.port", "1", false, true, Origin.FILE));
        assertThat(entry(settings, "hub.http.host"))
                .isEqualTo(new Entry("hub.http.host", "in-profile", false, true, Origin.PROFILE));
        assertThat(entry(settings, "hub.management.port"))
                .isEqualTo(new Entry("hub.management.port", "0", false, true, Origin.START));
        assertThat(entry(settings, "hub.node.name"))
                .isEqualTo(new Entry("hub.node.name", "in-environment", false, true, Origin.ENVIRONMENT));
        assertThat(entry(settings, "hub.media.keep"))
                .isEqualTo(new Entry("hub.media.keep", "P7D", false, true, Origin.ENVIRONMENT));
        assertThat(entry(settings, "hub.management.host").origin()).isEqualTo(Origin.DEFAULT);
    }

    @Test
    void of_a_secret_it_only_says_whether_there_is_one() {
        Settings settings = Settings.load(
                folder,
                "",
                Map.of(
                        "HUB_STORE_PASSWORD",
                        "PLANTED-1",
                        "HUB_LINE_ACCOUNT_MAIN_TOKEN",
                        "PLANTED-6",
                        "HUB_LINE_ACCOUNT_MAIN_2_TOKEN",
                        "PLANTED-7"),
                Map.of(
                        "hub.line.accounts",
                        "main,main-2",
                        "hub.line.account.main.secret",
                        "PLANTED-2",
                        "hub.store.url",
                        "jdbc:postgresql://hub:PLANTED-3@db/tsunagi?ssl=true&password=PLANTED-4&x=y",
                        "hub.translate.url",
                        "https://me:PLANTED-5@PLANTED@translate.example.com/v1",
                        "hub.http.public-url",
                        "https://PLANTED-8@example.com/?access_token=PLANTED-9"));

        assertThat(settings.entries().toString()).doesNotContain("PLANTED");
        assertThat(entry(settings, "hub.store.password"))
                .isEqualTo(new Entry("hub.store.password", null, true, true, Origin.ENVIRONMENT));
        assertThat(entry(settings, "hub.line.account.main.secret"))
                .isEqualTo(new Entry("hub.line.account.main.secret", null, true, true, Origin.START));
        assertThat(entry(settings, "hub.line.account.main.token"))
                .isEqualTo(new Entry("hub.line.account.main.token", null, true, true, Origin.ENVIRONMENT));
        assertThat(entry(settings, "hub.line.account.main-2.token").origin()).isEqualTo(Origin.ENVIRONMENT);
        assertThat(settings.entries()).extracting(Entry::key).doesNotContain("hub.line.account.main.2-token");
        assertThat(entry(settings, "hub.translate.key"))
                .isEqualTo(new Entry("hub.translate.key", null, true, true, Origin.FILE));
        assertThat(entry(settings, "hub.salesforce.client-secret"))
                .isEqualTo(new Entry("hub.salesforce.client-secret", null, true, false, Origin.DEFAULT));
        assertThat(entry(settings, "hub.store.url").value())
                .isEqualTo("jdbc:postgresql://[hidden]@db/tsunagi?ssl=true&password=[hidden]&x=y");
        assertThat(entry(settings, "hub.translate.url").value()).isEqualTo("https://[hidden]@translate.example.com/v1");
    }
}
