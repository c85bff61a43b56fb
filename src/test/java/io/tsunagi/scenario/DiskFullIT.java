package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.store.Dialect;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database's disk is full (F26): a small tmpfs that a ballast file fills. Needs the right to mount, so it is part of
 * {@code make verify}.
 */
class DiskFullIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private Path disk;
    private Path ballast;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        ballast = disk.resolve("ballast");
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(mount.waitFor())
                .as(
                        "This test needs the right to mount a tmpfs, and has not got it (%s). Run make verify as root, such"
                                + " as in a container of your own.",
                        said)
                .isZero();
    }

    @AfterEach
    void unmount() throws Exception {
        new ProcessBuilder("umount", "-l", disk.toString()).inheritIO().start().waitFor();
    }

    /** Takes all the space there is. */
    private void fill() throws IOException {
        byte[] block = new byte[64 * 1024];
        try (OutputStream out = Files.newOutputStream(
                ballast, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(disk.toFile().getUsableSpace()).isLessThan(block.length);
        }
    }

    private static int health(TestHub hub) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(hub.management() + "/observe/health"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_embedded_database_on_a_full_disk_loses_nothing_that_was_acknowledged_and_goes_on_when_there_is_space()
            throws Exception {
        Map<String, String> settings = new HashMap<>();
        settings.put(
                "hub.store.url",
                "jdbc:h2:async:" + disk.resolve("db")
                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000");
        survives(TestHub.start(Dialect.H2, settings));
    }

    @Test
    void postgresql_on_a_full_disk_loses_nothing_that_was_acknowledged_and_the_hub_goes_on_when_there_is_space()
            throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setDataDirectory(disk.resolve("pg"))
                .setCleanDataDirectory(false)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("min_wal_size", "32MB")
                .setServerConfig("max_wal_size", "64MB")
                .start()) {
            survives(TestHub.start(
                    Dialect.POSTGRESQL,
                    Map.of(
                            "hub.store.url",
                            server.getJdbcUrl("postgres", "postgres"),
                            "hub.store.connection-timeout",
                            "PT2S")));
        }
    }

    private void survives(TestHub started) throws Exception {
        try (TestHub hub = started) {
            Set<String> acknowledged = new LinkedHashSet<>();
            assertThat(post(hub, acknowledged)).isEqualTo(200);
            assertThat(health(hub)).isEqualTo(200);

            fill();
            // What is left in pages and log segments that were set aside before is used up first.
            await("the webhook is answered 503").atMost(PATIENCE).until(() -> {
                int status = post(hub, acknowledged);
                assertThat(status).isIn(200, 503);
                return status == 503;
            });
            await("health is red").atMost(PATIENCE).until(() -> health(hub), status -> status == 503);

            Files.delete(ballast);
            await("webhooks are taken again, by the same hub")
                    .atMost(PATIENCE)
                    .until(() -> post(hub, acknowledged), status -> status == 200);
            await("health is green").atMost(PATIENCE).until(() -> health(hub), status -> status == 200);
            await("all of them take effect").atMost(PATIENCE).until(() -> Webhook.get(
                            hub.management() + "/observe/metrics")
                    .contains("tsunagi_events{state=\"waiting\"} 0"));
            hub.stopHub();
            try (Rows rows = new Rows(hub.settings())) {
                for (String user : acknowledged) {
                    assertThat(rows.count("select count(*) from events where source = ? and type = 'message'", user))
                            .as("kept")
                            .isOne();
                    assertThat(rows.text("select state from events where source = ? and type = 'message'", user))
                            .isEqualTo("DONE");
                }
            }
        }
    }

    /** Posts a message of a new customer, as large as one may be, and remembers it when it was acknowledged. */
    private static int post(TestHub hub, Set<String> acknowledged) {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        int status = Webhook.post(hub, Webhook.body(Webhook.text(user, "満".repeat(4000))));
        if (status == 200) {
            acknowledged.add(user);
        }
        return status;
    }
}
