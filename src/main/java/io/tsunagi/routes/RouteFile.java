package io.tsunagi.routes;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A route file as it was read at one moment.
 *
 * @param name its path below the routes folder, such as {@code dispatch/hand-off.camel.yaml}
 */
record RouteFile(String name, String text) {

    boolean core() {
        return RouteFiles.CORE.contains(name);
    }

    boolean shipped() {
        return RouteFiles.BUILT_IN.contains(name);
    }

    /** Gives the SHA-256 of its text in hex. */
    String hash() {
        return hash(text);
    }

    static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return name + " " + hash().substring(0, 12);
    }
}
