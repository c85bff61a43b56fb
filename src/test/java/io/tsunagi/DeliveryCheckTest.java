package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.ops.DeliveredFiles;
import io.tsunagi.store.Store;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S18: nothing of a jar that was changed is used, not even to bring a database up to date. */
class DeliveryCheckTest {
    @TempDir
    Path home;

    private Settings settings;

    @BeforeEach
    void deliver() throws Exception {
        String url = Settings.of("", Map.of()).needed("hub.store.url");
        settings = Settings.of(
                "",
                Map.of(
                        "hub.store.url",
                                url.replace(
                                        "./data/tsunagi",
                                        home.resolve("data/hub").toString()),
                        "hub.store.key-dir", home.resolve("keys").toString(),
                        "hub.node.name", "n1"));
        Files.createDirectories(home.resolve("jar/META-INF/tsunagi"));
        Files.writeString(
                home.resolve("jar/META-INF/tsunagi/delivered-files"), DigestUtils.sha256Hex("start();") + "  app.js\n");
    }

    private DeliveredFiles files(String app) throws Exception {
        Files.writeString(home.resolve("jar/app.js"), app);
        return new DeliveredFiles(
                new URLClassLoader(
                        new URL[] {home.resolve("jar").toUri().toURL()}, ClassLoader.getPlatformClassLoader()),
                true);
    }

    @Test
    void what_was_delivered_passes() throws Exception {
        DeliveredFiles files = files("start();");

        assertThatCode(() -> DeliveryCheck.refuseChanged(files, settings)).doesNotThrowAnyException();
    }

    @Test
    void a_changed_file_is_named_and_no_database_is_made() throws Exception {
        DeliveredFiles files = files("steal();");

        assertThatThrownBy(() -> DeliveryCheck.refuseChanged(files, settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("app.js");
        assertThat(home.resolve("data")).doesNotExist();
        assertThat(home.resolve("keys")).doesNotExist();
    }

    @Test
    void a_database_that_is_there_is_told() throws Exception {
        Store.open(settings).close();
        DeliveredFiles files = files("steal();");

        assertThatThrownBy(() -> DeliveryCheck.refuseChanged(files, settings)).isInstanceOf(SettingsException.class);

        try (Store store = Store.existing(settings)) {
            assertThat(store.jdbc()
                            .sql("select detail from audit where act = 'refuse-start'")
                            .query(String.class)
                            .list())
                    .containsExactly("{\"files\":\"app.js\"}");
        }
    }
}
