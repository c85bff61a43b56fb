package io.tsunagi.ops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the build delivers beside its classes (console, routes, configuration, migrations), and whether the class path still
 * gives it as it was built (PCI DSS v4.0.1, 6.4.3, 11.5.2 and 11.6.1). The list is made by the build and stands in the
 * standalone jar, which is the bundle too: a hub that runs from a build's folder has none, and nothing to compare.
 *
 * <p>Whoever can replace the list too is not found by it; the digest of all files is audited at each start, and differs then.
 * Safe for many threads.
 */
public final class DeliveredFiles {
    /** Where the list stands: lines of a SHA-256, two blanks and a name, as {@code sha256sum} writes them. */
    static final String LIST = "META-INF/tsunagi/delivered-files";

    private static final Logger LOG = LoggerFactory.getLogger(DeliveredFiles.class);
    private static final int HASH = 64;

    private final ClassLoader from;
    private final boolean needed;
    private final List<URL> lists;
    private final Map<String, String> hashes = new TreeMap<>();
    private volatile String refused;

    /**
     * Reads the list a class loader gives.
     *
     * @param needed whether there has to be one
     */
    public DeliveredFiles(ClassLoader from, boolean needed) {
        this.from = from;
        this.needed = needed;
        try {
            lists = Collections.list(from.getResources(LIST));
            for (URL list : lists) {
                try (InputStream in = list.openStream()) {
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .forEach(line -> hashes.put(line.substring(HASH + 2), line.substring(0, HASH)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Compares every file with the list.
     *
     * @return the names of those that are missing or another, sorted, after the list itself when there is a second one on the
     *     class path, or none where one is needed
     */
    public List<String> changed() {
        List<String> changed = new ArrayList<>();
        if (lists.size() > 1 || needed && hashes.isEmpty()) {
            changed.add(LIST);
        }
        hashes.forEach((name, hash) -> {
            if (!hash(name).filter(hash::equals).isPresent()) {
                changed.add(name);
            }
        });
        return changed;
    }

    private Optional<String> hash(String name) {
        try (InputStream in = from.getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(sha256(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Says whether bytes are those of a delivered file, and remembers a name that is not. Without a list all are.
     *
     * @param name of the resource
     */
    public boolean holds(String name, byte[] bytes) {
        boolean same = hashes.isEmpty() || sha256(bytes).equals(hashes.get(name));
        if (!same && refused == null) {
            refused = name;
            LOG.error("{} is not what was delivered, and is not served", name);
        }
        return same;
    }

    /** Gives what to tell whoever looks after the hub; empty while nothing was refused. */
    public Optional<String> trouble() {
        return Optional.ofNullable(refused).map(name -> name + " is not what was delivered, and is not served.");
    }

    /** Gives one digest of all files, in hexadecimal; empty where there is no list. */
    public String digest() {
        StringBuilder all = new StringBuilder();
        hashes.forEach(
                (name, hash) -> all.append(hash).append("  ").append(name).append('\n'));
        return hashes.isEmpty() ? "" : sha256(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
