package io.tsunagi.bench;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Another webhook server, started by whoever measures it, that is given the same events in the same rounds.
 *
 * @param url where it takes LINE's webhooks, plain HTTP
 * @param secret the channel secret it checks signatures with
 * @param jdbcUrl where it keeps the events, with user and password in it
 * @param table and {@code column} that hold, for each event kept, the customer's id, the event's id, or the body as text
 */
record Peer(String name, URI url, String secret, String jdbcUrl, String table, String column) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");
    private static final String FORM = "NAME|URL|SECRET|JDBC-URL|TABLE.COLUMN";

    /** @throws IllegalArgumentException in one sentence when one is not written {@code FORM}, or they are not one a word */
    static List<Peer> parse(String peers) {
        List<Peer> parsed = new ArrayList<>();
        for (String one : peers.strip().split("\\s+")) {
            if (!one.isEmpty()) {
                parsed.add(parseOne(one));
            }
        }
        return parsed;
    }

    private static Peer parseOne(String one) {
        String[] parts = one.split("\\|");
        int dot = parts.length == 5 ? parts[4].lastIndexOf('.') : -1;
        if (dot < 1 || !NAME.matcher(parts[4]).matches()) {
            throw new IllegalArgumentException("A peer is written " + FORM + ", not " + one);
        }
        URI url = URI.create(parts[1]);
        if (!"http".equals(url.getScheme()) || url.getHost() == null) {
            throw new IllegalArgumentException("The peer " + parts[0] + " needs an http URL, not " + parts[1]);
        }
        if (!parts[3].startsWith("jdbc:postgresql:") && !parts[3].startsWith("jdbc:h2:")) {
            throw new IllegalArgumentException("The peer " + parts[0] + " is counted in PostgreSQL or H2, by a URL that"
                    + " begins with jdbc:postgresql: or jdbc:h2:");
        }
        return new Peer(parts[0], url, parts[2], parts[3], parts[4].substring(0, dot), parts[4].substring(dot + 1));
    }

    /** Finds what it kept; for {@link Stored}. */
    String query() {
        return "select " + column + " from " + table + " where " + column + " like ?";
    }
}
