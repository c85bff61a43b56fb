package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps in the audit when a node starts and stops, and digests of the settings and the delivered files it starts with (PCI DSS
 * v4.0.1, 10.2.1.6 and 11.5.2): whether the settings are those of the start before, of whatever node, stands beside it. Secrets
 * are no part of the digest, nor is what each node has of its own. A node that is killed leaves no row of its end. Safe for many
 * nodes.
 */
public final class NodeAudit {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAudit.class);
    private static final String START = "start-hub";

    /** Settings that differ between nodes which are told the same. */
    private static final Pattern OWN = Pattern.compile("hub\\.(node\\.name|audit\\.head-file|[a-z]+\\.port)");

    /** A part of the ten seconds in which a node stops. */
    private static final Duration LAST_NOTE = Duration.ofSeconds(3);

    private static final String SETTINGS = "\"settings\":\"";

    private final Store store;
    private final Audit audit;
    private final String object;

    /** @param node its name */
    public NodeAudit(Store store, Audit audit, String node) {
        this.store = store;
        this.audit = audit;
        this.object = "node/" + node;
    }

    /**
     * Notes that it starts.
     *
     * @param version of the hub
     * @param files a digest of what it was delivered with, empty where there is none
     */
    public void started(Settings settings, String version, String files) {
        String digest = digest(settings);
        store.inTransaction(() -> {
            boolean same = store.jdbc()
                    .sql("select detail from audit where act = ? order by seq desc limit 1")
                    .param(START)
                    .query(String.class)
                    .optional()
                    .map(before -> before.contains(SETTINGS + digest + '"'))
                    .orElse(true);
            audit.write(
                    Audit.HUB,
                    START,
                    object,
                    Audit.OK,
                    null,
                    Map.of(
                            "version", version,
                            "settings", digest,
                            "changed", String.valueOf(!same),
                            "files", files));
        });
    }

    /**
     * Notes that it does not start, because what it was delivered with is missing or changed.
     *
     * @param files the names of some
     */
    public void refused(String files) {
        store.inTransaction(
                () -> audit.write(Audit.HUB, "refuse-start", object, Audit.FAILED, null, Map.of("files", files)));
    }

    /** Notes that it stops, within three seconds. A database that is away, or says nothing, keeps no node from it. */
    public void stopped() {
        FutureTask<Void> note = new FutureTask<>(
                () -> store.inTransaction(() -> audit.write(Audit.HUB, "stop-hub", object, Audit.OK, null, null)),
                null);
        Thread thread = new Thread(note, "audit-stop");
        thread.setDaemon(true);
        thread.start();
        try {
            note.get(LAST_NOTE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            LOG.warn(
                    "The end of this node could not be audited: {}",
                    e.getCause().getMessage());
        } catch (TimeoutException e) {
            LOG.warn("The end of this node could not be audited: the database said nothing for {}", LAST_NOTE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String digest(Settings settings) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            settings.placeholders().forEach((key, value) -> {
                if (!OWN.matcher(key).matches()) {
                    digest.update((key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8));
                }
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
