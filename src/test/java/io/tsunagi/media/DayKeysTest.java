package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.streamingaead.PredefinedStreamingAeadParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.MasterKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S05 */
class DayKeysTest {
    private static final LocalDate DAY = LocalDate.of(2026, 5, 1);
    private static final byte[] PLACE = "a medium".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private KeysetHandle mediumKey;

    @BeforeEach
    void makeKey() throws GeneralSecurityException {
        StreamingAeadConfig.register();
        mediumKey = KeysetHandle.generateNew(PredefinedStreamingAeadParameters.AES256_GCM_HKDF_4KB);
    }

    @Test
    void what_one_node_wraps_another_unwraps() {
        byte[] wrapped = DayKeys.in(folder, MasterKey.none()).wrap(DAY, mediumKey, PLACE);

        assertThat(DayKeys.in(folder, MasterKey.none()).unwrap(DAY, wrapped, PLACE))
                .hasValueSatisfying(
                        key -> assertThat(key.equalsKeyset(mediumKey)).isTrue());
    }

    @Test
    void a_key_destroyed_by_one_node_is_gone_for_all() {
        DayKeys one = DayKeys.in(folder, MasterKey.none());
        DayKeys other = DayKeys.in(folder, MasterKey.none());
        byte[] wrapped = one.wrap(DAY, mediumKey, PLACE);
        assertThat(other.unwrap(DAY, wrapped, PLACE)).isPresent();

        one.destroy(DAY);
        other.destroy(DAY);

        assertThat(other.unwrap(DAY, wrapped, PLACE)).isEmpty();
        assertThat(one.days()).isEmpty();
    }

    @Test
    void copies_that_a_killed_process_left_go_with_the_key() throws Exception {
        DayKeys keys = DayKeys.in(folder, MasterKey.none());
        keys.wrap(DAY, mediumKey, PLACE);
        keys.wrap(DAY.plusDays(1), mediumKey, PLACE);
        Path left = Files.copy(folder.resolve(DAY + ".json"), folder.resolve(DAY + ".json123.part"));
        Path linked = Files.createLink(folder.resolve(DAY + "456.part"), folder.resolve(DAY + ".json"));
        Path tomorrows = Files.createFile(folder.resolve(DAY.plusDays(1) + "7.part"));

        keys.destroy(DAY);

        assertThat(left).doesNotExist();
        assertThat(linked).doesNotExist();
        assertThat(tomorrows).exists();
        assertThat(keys.days()).containsExactly(DAY.plusDays(1));
    }

    @Test
    void a_day_that_gets_a_key_again_does_not_open_what_the_old_one_wrapped() {
        DayKeys keys = DayKeys.in(folder, MasterKey.none());
        byte[] wrapped = keys.wrap(DAY, mediumKey, PLACE);
        keys.destroy(DAY);
        keys.wrap(DAY, mediumKey, PLACE);

        assertThatThrownBy(() -> keys.unwrap(DAY, wrapped, PLACE)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_wrapped_key_opens_for_its_own_medium_only() {
        DayKeys keys = DayKeys.in(folder, MasterKey.none());
        byte[] wrapped = keys.wrap(DAY, mediumKey, PLACE);

        assertThatThrownBy(() -> keys.unwrap(DAY, wrapped, "another".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nodes_that_make_the_same_key_at_once_end_up_with_one() throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(8);
        try {
            List<Future<byte[]>> wrapped = nodes.invokeAll(IntStream.range(0, 40)
                    .<Callable<byte[]>>mapToObj(
                            i -> () -> DayKeys.in(folder, MasterKey.none()).wrap(DAY.plusDays(i % 3), mediumKey, PLACE))
                    .toList());

            DayKeys keys = DayKeys.in(folder, MasterKey.none());
            for (int i = 0; i < wrapped.size(); i++) {
                assertThat(keys.unwrap(DAY.plusDays(i % 3), wrapped.get(i).get(), PLACE))
                        .isPresent();
            }
            assertThat(keys.days()).containsExactly(DAY, DAY.plusDays(1), DAY.plusDays(2));
            assertThat(folder.toFile().list()).as("nothing half made stays").hasSize(3);
        } finally {
            nodes.shutdownNow();
        }
    }

    @Test
    void a_key_that_others_can_read_is_refused() throws Exception {
        DayKeys.in(folder, MasterKey.none()).wrap(DAY, mediumKey, PLACE);
        Files.setPosixFilePermissions(folder.resolve(DAY + ".json"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> DayKeys.in(folder, MasterKey.none()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void files_that_are_no_keys_are_left_alone() throws Exception {
        Path note = Files.writeString(folder.resolve("readme.json"), "keep");

        assertThat(DayKeys.in(folder, MasterKey.none()).days()).isEmpty();
        assertThat(note).exists();
    }

    @Test
    void a_key_that_others_can_read_is_not_used_whenever_it_came() throws Exception {
        DayKeys keys = DayKeys.in(folder, MasterKey.none());
        byte[] wrapped = keys.wrap(DAY, mediumKey, PLACE);
        Files.setPosixFilePermissions(folder.resolve(DAY + ".json"), PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(() -> keys.unwrap(DAY, wrapped, PLACE)).isInstanceOf(SettingsException.class);
        assertThatThrownBy(() -> keys.wrap(DAY, mediumKey, PLACE)).isInstanceOf(SettingsException.class);
    }

    @Test
    void a_folder_that_others_can_write_into_is_refused() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));

        assertThatThrownBy(() -> DayKeys.in(folder, MasterKey.none()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("chmod 700");
    }

    @Test
    void a_link_is_no_key_and_what_it_leads_to_is_neither_read_nor_overwritten(@TempDir Path elsewhere)
            throws Exception {
        DayKeys keys = DayKeys.in(folder, MasterKey.none());
        keys.wrap(DAY, mediumKey, PLACE);
        Path theirs = Files.move(folder.resolve(DAY + ".json"), elsewhere.resolve("theirs"));
        Files.createSymbolicLink(folder.resolve(DAY + ".json"), theirs);
        Files.createSymbolicLink(folder.resolve(DAY + "1.part"), theirs);
        byte[] before = Files.readAllBytes(theirs);

        assertThatThrownBy(() -> keys.wrap(DAY, mediumKey, PLACE)).isInstanceOf(SettingsException.class);
        assertThatThrownBy(() -> DayKeys.in(folder, MasterKey.none())).isInstanceOf(SettingsException.class);
        keys.destroy(DAY);

        assertThat(folder).isEmptyDirectory();
        assertThat(theirs).hasBinaryContent(before);
    }
}
