package io.tsunagi.chaos;

import io.tsunagi.bench.HubProgram;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Pictures fall due, and the hubs are killed while they destroy them; pictures due later must stay whole. */
final class KilledPurge {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int LATER = 5;
    private static final String SOON = "due_at < current_timestamp + interval '1' day";

    private final Scene scene;
    private final Books books;

    KilledPurge(Scene scene) {
        this.scene = scene;
        this.books = scene.world.books();
    }

    void run(int pictures, int kills) throws IOException {
        Map<Node, Map<String, String>> before = new HashMap<>();
        scene.world.nodes().forEach(node -> before.put(node, Map.copyOf(node.settings())));
        restart(Map.of("HUB_MEDIA_KEEP", "P30D", "HUB_MEDIA_PURGE_CRON", "0 0 3 1 1 ?"));
        write(LATER);
        restart(Map.of("HUB_MEDIA_KEEP", "PT1S"));
        write(pictures);
        restart(Map.of("HUB_MEDIA_PURGE_CRON", "* * * * * ?", "HUB_MEDIA_PURGE_BATCH", "1"));
        for (int i = 1; i <= kills; i++) {
            long some = (long) pictures * i / (kills + 1);
            Await.until("some pictures are destroyed", PATIENCE, () -> purged() >= some);
            scene.note("destroyed before kill " + i, purged());
            for (Node node : scene.world.nodes()) {
                node.kill();
                scene.did("kills");
            }
            halvesAreWhole();
            for (Node node : scene.world.nodes()) {
                node.begin();
            }
            for (Node node : scene.world.nodes()) {
                node.awaitReady();
            }
        }
        Await.until("all due pictures are destroyed", PATIENCE, () -> purged() >= pictures);
        scene.note("pictures destroyed", purged());
        halvesAreWhole();
        scene.expect(
                "I7",
                books.count("select count(*) from media where state = 'READY' and not (" + SOON + ")") == LATER,
                "pictures that are due later were touched");
        for (Node node : scene.world.nodes()) {
            node.settings().clear();
            node.settings().putAll(before.get(node));
            node.terminate();
            node.start();
        }
    }

    private void restart(Map<String, String> settings) throws IOException {
        for (Node node : scene.world.nodes()) {
            node.settings().putAll(settings);
            node.terminate();
            node.begin();
        }
        for (Node node : scene.world.nodes()) {
            node.awaitReady();
        }
    }

    private void write(int pictures) throws IOException {
        long ready = ready();
        List<CompletableFuture<?>> written = new ArrayList<>();
        for (int i = 0; i < pictures; i++) {
            String user =
                    scene.customers.users().get(i % scene.customers.users().size());
            written.add(scene.world.line().write(user, Map.of("account", HubProgram.ACCOUNT, "type", "image")));
        }
        written.forEach(CompletableFuture::join);
        Await.until("the pictures are kept", PATIENCE, () -> ready() >= ready + pictures);
    }

    private long ready() {
        return books.count("select count(*) from media where state in ('READY', 'PURGED')");
    }

    private long purged() {
        return books.count("select count(*) from media where state = 'PURGED'");
    }

    /** A picture is there with key and bytes, or gone with both. */
    private void halvesAreWhole() {
        long keys = books.count("select count(*) from media where state = 'PURGED' and wrapped_key is not null");
        long bytes = books.count("select count(*) from media m where m.state = 'PURGED' and exists"
                + " (select 1 from media_chunks c where c.media = m.id)");
        long gone = books.count("select count(*) from media m where m.state = 'READY' and (m.wrapped_key is null or"
                + " not exists (select 1 from media_chunks c where c.media = m.id))");
        scene.expect(
                "I7",
                keys == 0 && bytes == 0 && gone == 0,
                keys + " keys and " + bytes + " files of destroyed pictures are left, " + gone
                        + " pictures are halves");
    }
}
