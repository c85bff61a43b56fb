package io.tsunagi.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S28: secrets come from the environment or a file, are printed nowhere and reach no route. */
class SecretsTest {
    private static final String PLANTED = "planted-secret-4711";

    @TempDir
    Path folder;

    @Test
    void no_secret_of_any_name_is_a_placeholder_for_routes() {
        Map<String, String> all = new HashMap<>();
        for (String key : new String[] {
            "hub.store.password",
            "hub.line.account.main.secret",
            "hub.line.account.main.secret-old",
            "hub.line.account.main.token",
            "hub.line.account.main.jwk",
            "hub.salesforce.client-secret",
            "hub.salesforce.refresh-token",
            "hub.salesforce.keystore-password",
            "hub.access.first-admin-password",
            "hub.access.person.aoi.password"
        }) {
            all.put(key, PLANTED);
            all.put(key + "-file", "/run/" + PLANTED);
        }

        Map<String, String> placeholders = Settings.of("", all).placeholders();

        assertThat(placeholders).containsEntry("hub.line.accounts", "").hasSizeGreaterThan(100);
        assertThat(placeholders.toString()).doesNotContain(PLANTED);
    }

    @Test
    void a_secret_prints_as_hidden() {
        Secret secret = Settings.of("", Map.of("hub.store.password", PLANTED)).secret("hub.store.password");

        assertThat(secret.reveal()).isEqualTo(PLANTED);
        assertThat("" + secret).isEqualTo("[hidden]");
    }

    @Test
    void a_file_or_the_environment_may_hold_it_and_the_file_wins() throws Exception {
        Path file = Files.writeString(folder.resolve("password"), PLANTED + "\n");

        assertThat(Settings.load(folder, "", Map.of("HUB_STORE_PASSWORD", PLANTED), Map.of())
                        .secret("hub.store.password")
                        .reveal())
                .isEqualTo(PLANTED);
        assertThat(Settings.load(
                                folder,
                                "",
                                Map.of("HUB_STORE_PASSWORD_FILE", file.toString(), "HUB_STORE_PASSWORD", "other"),
                                Map.of())
                        .secret("hub.store.password")
                        .reveal())
                .isEqualTo(PLANTED);
        assertThatThrownBy(() -> Settings.of(
                                "",
                                Map.of(
                                        "hub.store.password-file",
                                        folder.resolve("none").toString()))
                        .secret("hub.store.password"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.store.password-file");
    }
}
