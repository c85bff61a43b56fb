package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.routes.Stage;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub that cannot start says why in one sentence, and leaves nothing open. */
class HubStartTest {
    @TempDir
    Path home;

    @Test
    void it_starts_with_nothing_but_a_first_password() {
        try (Hub hub = Hub.start(settings(Map.of()), home)) {
            assertThat(hub.port()).isPositive();
            assertThat(hub.managementPort()).isPositive();
        }
    }

    @Test
    void a_taken_port_is_one_sentence() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            assertThatThrownBy(() -> Hub.start(settings(Map.of("hub.http.port", port)), home))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("Port " + port)
                    .hasMessageContaining("hub.http.port");
        }
    }

    @Test
    void a_rule_of_what_is_hidden_that_cannot_be_used_is_named_with_file_and_line() throws IOException {
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("config/sensitive.yaml"), "rules:\n- id: pin\n  kind: colour\n");

        assertThatThrownBy(() -> Hub.start(settings(Map.of()), home))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("config/sensitive.yaml, line 3: rule pin: there is no kind colour");
    }

    @Test
    void a_hub_that_others_would_reach_in_the_clear_does_not_start() {
        assertThatThrownBy(() -> Hub.start(settings(Map.of("hub.http.host", "0.0.0.0")), home))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.http.certificate");
    }

    @Test
    void a_route_file_that_is_no_yaml_is_named_with_its_line() throws IOException {
        route("broken", "- route:\n    id: x\n  from: [\n");

        assertThatThrownBy(() -> Hub.start(settings(Map.of()), home))
                .isInstanceOf(SettingsException.class)
                .hasMessageMatching("(?s).*custom/broken\\.camel\\.yaml:[34]: .*\\[syntax].*");
    }

    @Test
    void a_route_that_calls_an_unknown_component_is_named_with_its_file() throws IOException {
        route(
                "unknown",
                "- route:\n    id: x\n    from:\n      uri: nonsense:foo\n      steps:\n        - log:\n            message: hi\n");

        assertThatThrownBy(() -> Hub.start(settings(Map.of()), home))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("unknown.camel.yaml")
                .hasMessageContaining("nonsense");
    }

    @Test
    void an_own_route_is_loaded_beside_the_built_in_ones() throws IOException {
        route(
                "own",
                "- route:\n    id: own-route\n    description: Says hi\n    from:\n      uri: direct:own-route\n      steps:\n        - log:\n            message: hi\n");

        try (Hub hub = Hub.start(settings(Map.of()), home)) {
            assertThat(hub.routeIds()).contains("own-route", "take-turn", "deliver-to-line");
        }
    }

    @Test
    void a_core_route_file_in_the_folder_does_not_replace_the_built_in_one() throws IOException {
        Path core = home.resolve("routes/line/take-turn.camel.yaml");
        Files.createDirectories(core.getParent());
        Files.writeString(
                core,
                "- route:\n    id: instead\n    from:\n      uri: direct:instead\n      steps:\n        - stop: {}\n");

        try (Hub hub = Hub.start(settings(Map.of()), home)) {
            assertThat(hub.routeIds()).contains("take-turn").doesNotContain("instead");
        }
    }

    @Test
    void a_sandbox_whose_simulators_stand_on_another_machine_tries_routes_as_any() {
        Settings sandbox = Settings.of(
                "sandbox",
                Map.of("hub.line.api", "http://simulator:8090", "hub.line.data-api", "http://simulator:8090"));

        try (Stage stage = Hub.stage(sandbox, home, List::of)) {
            assertThat(stage.parts()).isNotNull();
        }
    }

    @Test
    void a_misspelt_setting_is_named_with_the_right_one() {
        assertThatThrownBy(() -> settings(Map.of("hub.meida.keep", "P1D")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.meida.keep")
                .hasMessageContaining("hub.media.keep");
    }

    @Test
    void an_account_without_a_secret_is_named() {
        assertThatThrownBy(() -> Hub.start(settings(Map.of("hub.line.accounts", "main")), home))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.account.main.secret");
    }

    private void route(String name, String yaml) throws IOException {
        Path file = home.resolve("routes/custom/" + name + ".camel.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, yaml);
    }

    private Settings settings(Map<String, String> more) {
        Map<String, String> values = new HashMap<>(Map.of(
                "hub.http.host", "127.0.0.1",
                "hub.http.port", "0",
                "hub.management.port", "0",
                "hub.access.first-admin-password", "correct-horse-battery-1"));
        values.putAll(more);
        return TestStores.settings(Dialect.H2, values);
    }
}
