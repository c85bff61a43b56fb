package io.tsunagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedKeysTest {
    @TempDir
    Path shared;

    @TempDir
    Path own;

    private Store store;

    @BeforeEach
    void open() {
        store = TestStores.open(Dialect.H2);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void the_folder_a_database_was_begun_with_is_taken_again_and_by_every_node() throws Exception {
        SharedKeys.check(store, shared);
        String id = Files.readString(shared.resolve("folder-id"));

        SharedKeys.check(store, shared);

        assertThat(shared.resolve("folder-id")).hasContent(id);
        try (var files = Files.list(shared)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void a_folder_of_a_nodes_own_is_refused_in_one_sentence() throws Exception {
        SharedKeys.check(store, shared);

        assertThatThrownBy(() -> SharedKeys.check(store, own))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(own.toString())
                .hasMessageContaining("hub.media.key-dir");
        assertThat(own.resolve("folder-id")).doesNotExist();

        Files.writeString(own.resolve("folder-id"), "another");
        assertThatThrownBy(() -> SharedKeys.check(store, own)).isInstanceOf(SettingsException.class);
    }

    @Test
    void a_folder_that_is_not_there_is_one_clear_sentence() {
        assertThatThrownBy(() -> SharedKeys.check(store, own.resolve("missing")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.media.key-dir");
    }
}
