package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S18: what the hub was delivered with is what it runs with. */
class DeliveredFilesTest {
    private static final byte[] APP = "start();".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ROUTE = "- route:".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path jar;

    @TempDir
    Path before;

    @BeforeEach
    void deliver() throws IOException {
        write(jar, "console/app.js", APP);
        write(jar, "routes/a.camel.yaml", ROUTE);
        write(
                jar,
                DeliveredFiles.LIST,
                (DigestUtils.sha256Hex(APP) + "  console/app.js\n" + DigestUtils.sha256Hex(ROUTE)
                                + "  routes/a.camel.yaml\n")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path folder, String name, byte[] bytes) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.write(folder.resolve(name), bytes);
    }

    private DeliveredFiles read() throws IOException {
        return read(false);
    }

    private DeliveredFiles read(boolean needed) throws IOException {
        return new DeliveredFiles(
                new URLClassLoader(
                        new URL[] {before.toUri().toURL(), jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader()),
                needed);
    }

    @Test
    void a_jar_without_its_list_is_none_that_was_delivered() throws Exception {
        assertThat(read(true).changed()).isEmpty();
        Files.write(jar.resolve(DeliveredFiles.LIST), new byte[0]);
        assertThat(read(true).changed()).containsExactly(DeliveredFiles.LIST);
        Files.delete(jar.resolve(DeliveredFiles.LIST));
        assertThat(read(true).changed()).containsExactly(DeliveredFiles.LIST);
    }

    @Test
    void files_as_they_were_delivered_are_fine() throws Exception {
        DeliveredFiles files = read();

        assertThat(files.changed()).isEmpty();
        assertThat(files.holds("console/app.js", APP)).isTrue();
        assertThat(files.trouble()).isEmpty();
        assertThat(files.digest()).matches("[0-9a-f]{64}");
    }

    @Test
    void a_file_that_another_stands_before_on_the_class_path_is_named() throws Exception {
        write(before, "console/app.js", "steal();".getBytes(StandardCharsets.UTF_8));

        assertThat(read().changed()).containsExactly("console/app.js");
    }

    @Test
    void a_file_that_is_missing_is_named() throws Exception {
        Files.delete(jar.resolve("routes/a.camel.yaml"));

        assertThat(read().changed()).containsExactly("routes/a.camel.yaml");
    }

    @Test
    void a_second_list_cannot_stand_in_for_the_first() throws Exception {
        byte[] other = "steal();".getBytes(StandardCharsets.UTF_8);
        write(before, "console/app.js", other);
        write(
                before,
                DeliveredFiles.LIST,
                (DigestUtils.sha256Hex(other) + "  console/app.js\n").getBytes(StandardCharsets.UTF_8));

        assertThat(read().changed()).contains(DeliveredFiles.LIST);
    }

    @Test
    void what_changes_or_comes_after_the_start_is_not_served_and_health_says_so() throws Exception {
        DeliveredFiles files = read();

        assertThat(files.holds("console/app.js", ROUTE)).isFalse();
        assertThat(files.holds("console/new.js", APP)).isFalse();
        assertThat(files.trouble())
                .hasValueSatisfying(words -> assertThat(words).startsWith("console/app.js"));
    }

    @Test
    void the_digest_differs_when_a_file_and_the_list_do() throws Exception {
        String delivered = read().digest();
        write(
                jar,
                DeliveredFiles.LIST,
                (DigestUtils.sha256Hex(ROUTE) + "  console/app.js\n").getBytes(StandardCharsets.UTF_8));

        assertThat(read().digest()).isNotEqualTo(delivered);
    }

    @Test
    void a_hub_in_a_folder_of_classes_has_nothing_to_compare() throws Exception {
        Files.delete(jar.resolve(DeliveredFiles.LIST));
        DeliveredFiles files = read();

        assertThat(files.changed()).isEmpty();
        assertThat(files.holds("console/app.js", ROUTE)).isTrue();
        assertThat(files.digest()).isEmpty();
    }
}
