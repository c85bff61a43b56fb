package io.tsunagi.node;

import io.tsunagi.config.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.UUID;

/**
 * Names this process among the nodes that share a database. Every start makes a name of its own, so that what a dead
 * process left behind is never taken for a living one's.
 *
 * @param name {@code hub.node.name} or the host's name, and six characters of chance
 */
public record Node(String name) {
    private static final int LONGEST = 60;

    public Node {
        if (name.isBlank()) {
            throw new IllegalArgumentException("A node needs a name");
        }
    }

    public static Node of(Settings settings) {
        String chosen = settings.text("hub.node.name").strip();
        String base = chosen.isEmpty() ? hostName() : chosen;
        return new Node(base.substring(0, Math.min(base.length(), LONGEST)) + "-"
                + UUID.randomUUID().toString().substring(0, 6));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "node";
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
