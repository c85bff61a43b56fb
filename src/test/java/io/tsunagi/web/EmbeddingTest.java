package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S11 */
class EmbeddingTest {
    private static Embedding of(String origins, String address) {
        return Embedding.of(
                Settings.of("", Map.of("hub.console.frame-ancestors", origins, "hub.http.public-url", address)));
    }

    @Test
    void as_shipped_nothing_stands_in_a_frame() {
        Embedding shipped = Embedding.of(Settings.of("", Map.of()));

        assertThat(shipped.allowed()).isFalse();
        assertThat(shipped.directive()).isEqualTo("frame-ancestors 'none'");
    }

    @Test
    void the_origins_that_are_named_are_allowed_and_no_other() {
        Embedding named = of(
                "https://example.lightning.force.com, https://example--uat.sandbox.lightning.force.com,https://intra:8443",
                "https://hub.example.com");

        assertThat(named.directive())
                .isEqualTo("frame-ancestors https://example.lightning.force.com"
                        + " https://example--uat.sandbox.lightning.force.com https://intra:8443");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "https:",
                "'self'",
                "https://*.force.com",
                "https://example.lightning.force.com/",
                "https://example.lightning.force.com/lightning",
                "https://Example.lightning.force.com",
                "http://example.lightning.force.com",
                "example.lightning.force.com",
                "https://a.example https://b.example",
                "https://example.com; script-src *",
                "http://localhost.example.com"
            })
    void what_is_no_origin_of_one_page_stops_the_start(String origin) {
        assertThatThrownBy(() -> of(origin, "https://hub.example.com"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.console.frame-ancestors holds '" + origin + "'")
                .hasMessageContaining("such as https://example.lightning.force.com");
    }

    @Test
    void a_hub_without_https_stops_the_start_for_no_browser_would_keep_the_sign_in() {
        assertThatThrownBy(() -> of("https://example.lightning.force.com", "http://hub.example.com"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("let hub.http.public-url begin with https://");
        assertThat(of("http://localhost:8091", "http://localhost:8080").allowed())
                .isTrue();
    }
}
