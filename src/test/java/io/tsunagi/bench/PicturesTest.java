package io.tsunagi.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.media.MediaId;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark of the purge says is due, left and whole is so. */
class PicturesTest {
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void pictures_wait_for_the_purge_until_they_are_released_and_are_counted(Dialect dialect) throws IOException {
        Settings settings = TestStores.settings(dialect, Map.of());
        Map<String, String> environment = Map.of(
                "HUB_STORE_URL", settings.needed("hub.store.url"),
                "HUB_STORE_USER", settings.needed("hub.store.user"),
                "HUB_STORE_KEY_DIR", settings.needed("hub.store.key-dir"),
                "HUB_MEDIA_KEY_DIR", settings.needed("hub.media.key-dir"),
                "HUB_HTTP_PUBLIC_URL", "http://localhost:8080");
        List<MediaId> samples;
        try (Pictures pictures = new Pictures(environment)) {
            samples = pictures.fill(100, 30, 200);
        }
        assertThat(samples).hasSize(Pictures.SAMPLES);
        try (Store store = Store.open(settings)) {
            assertThat(store.jdbc()
                            .sql("select count(*) from media where not held and due_at < current_timestamp")
                            .query(Long.class)
                            .single())
                    .as("a hub that starts finds nothing to purge")
                    .isZero();
        }
        try (Pictures pictures = new Pictures(environment)) {
            assertThat(pictures.someLeft()).as("the key of yesterday").isTrue();
            assertThatThrownBy(() -> pictures.release(30 + Pictures.SAMPLES + 1))
                    .isInstanceOf(IllegalStateException.class);
            pictures.release(30);
            assertThat(pictures.left()).as("rows, and the key").isEqualTo(30 + Pictures.SAMPLES + 1);
            assertThat(pictures.whole()).isEqualTo(100 + Pictures.SAMPLES);
            assertThat(pictures.opening(samples)).isEqualTo(Pictures.SAMPLES);
        }
    }
}
