package io.tsunagi.web;

import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The hub's two ways in: the public one, where LINE and customers' phones come, and the private one with console and API.
 * They are one port where {@code hub.private.port} is empty, which is for the sandbox and for a hub that only this machine
 * reaches. Immutable and safe for many threads.
 */
public final class Doors {
    /** Where LINE calls. */
    static final String WEBHOOKS = "/line/";

    static final String PRIVATE_PORT = "hub.private.port";
    static final String REDIRECT_PORT = "hub.http.redirect-port";
    static final String PUBLIC_URL = "hub.http.public-url";

    static final String MANAGEMENT_ALLOW = "hub.management.allow";

    private static final String PRIVATE_URL = "hub.private.url";
    private static final String SANDBOX = "sandbox";
    /** Webhooks, pictures and videos, calls, what tells finders of holes whom to write to. */
    private static final List<String> PUBLIC = List.of(WEBHOOKS, "/m/", "/c/", "/.well-known/");

    private final boolean apart;
    private final List<String> publicPaths;

    private Doors(boolean apart, List<String> publicPaths) {
        this.apart = apart;
        this.publicPaths = publicPaths;
    }

    /** @throws SettingsException when a path is none */
    static Doors of(Settings settings) {
        List<String> paths = new ArrayList<>(PUBLIC);
        for (String path : settings.list("hub.http.public-paths")) {
            if (!path.matches("/[a-z0-9._/-]+/") || path.startsWith("/api/") || path.startsWith("/console/")) {
                throw new SettingsException("The setting hub.http.public-paths holds '" + path
                        + "'; a public path begins and ends with a slash, such as /shop/, and is neither the console nor"
                        + " its API.");
            }
            paths.add(path);
        }
        return new Doors(!settings.text(PRIVATE_PORT).isEmpty(), List.copyOf(paths));
    }

    /** Names the settings of the ports that are opened. */
    static List<String> ports(Settings settings) {
        List<String> keys = new ArrayList<>(List.of("hub.http.port", "hub.management.port"));
        for (String key : new String[] {PRIVATE_PORT, REDIRECT_PORT}) {
            if (!settings.text(key).isEmpty()) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** Gives the address that people's browsers reach the console by, without a slash at the end. */
    public static String consoleUrl(Settings settings) {
        String own = settings.text(PRIVATE_URL);
        return own.isEmpty() ? settings.needed(PUBLIC_URL) : own;
    }

    /**
     * As {@link #consoleUrl}, taken apart.
     *
     * @throws SettingsException when it is no address
     */
    public static URI consoleUri(Settings settings) {
        String address = consoleUrl(settings);
        try {
            return new URI(address);
        } catch (URISyntaxException e) {
            throw new SettingsException("The setting hub.private.url (or hub.http.public-url) is '" + address
                    + "'; it must be an address such as https://desk.example.com.");
        }
    }

    boolean apart() {
        return apart;
    }

    /** @param path without dots and escapes */
    boolean isPublic(String path) {
        return publicPaths.stream().anyMatch(path::startsWith);
    }

    /**
     * Looks whether the hub may be reached as configured: outside the sandbox, from other machines only by https, the console
     * not where everybody comes, and the port for operations from this machine or listed ones.
     *
     * @throws SettingsException in a sentence that says what to set
     */
    public static void check(Settings settings) {
        Doors doors = of(settings);
        refuseSamePort(settings);
        boolean tls = Certificate.named(settings);
        boolean proxies =
                !AddressRanges.of(settings, "hub.http.trusted-proxies").isEmpty();
        AddressRanges.of(settings, "hub.private.allow");
        boolean listed = !AddressRanges.of(settings, MANAGEMENT_ALLOW).isEmpty();
        boolean https = settings.needed(PUBLIC_URL).startsWith("https://");
        if (https && !consoleUrl(settings).startsWith("https://")) {
            throw new SettingsException("The setting hub.private.url must begin with https:// as hub.http.public-url"
                    + " does: browsers send the session's cookie to nothing else then.");
        }
        if (!settings.text(REDIRECT_PORT).isEmpty() && !https) {
            throw new SettingsException(
                    "hub.http.redirect-port leads people to hub.http.public-url, which must begin with"
                            + " https:// then.");
        }
        if (settings.profile().equals(SANDBOX)) {
            return;
        }
        // It never speaks TLS, so neither the certificate nor proxies in front of the others say anything of it.
        if (!listed && !onlyThisMachine(settings, "hub.management")) {
            throw new SettingsException(
                    "Every machine would reach the port for operations, which speaks plain HTTP. Let"
                            + " only this machine reach it (hub.management.host=127.0.0.1), or name in hub.management.allow the"
                            + " addresses that ask for health and metrics, in a network of your own.");
        }
        if (onlyThisMachine(settings, "hub.http") && (!doors.apart() || onlyThisMachine(settings, "hub.private"))) {
            return;
        }
        if (!tls && !proxies) {
            throw new SettingsException(
                    "The hub would speak plain HTTP with other machines. Name its certificate and key in"
                            + " hub.http.certificate and hub.http.certificate-key, or the proxies in front that end TLS in"
                            + " hub.http.trusted-proxies; or let only this machine reach it (hub.http.host=127.0.0.1).");
        }
        if (!https) {
            throw new SettingsException(
                    "The setting hub.http.public-url must begin with https:// where other machines reach"
                            + " the hub: the session's cookie depends on it, and LINE calls nothing else.");
        }
        if (!doors.apart()) {
            throw new SettingsException(
                    "Console and API would stand on the port that everybody reaches. Give them one of"
                            + " their own, hub.private.port, such as 8082.");
        }
    }

    /** Servers of one port would share what comes to it, and nobody could tell by which way somebody came in. */
    private static void refuseSamePort(Settings settings) {
        Map<Integer, String> taken = new HashMap<>();
        for (String key : ports(settings)) {
            int port = settings.whole(key, 0, 65535);
            String other = port == 0 ? null : taken.put(port, key);
            if (other != null) {
                throw new SettingsException("The settings " + other + " and " + key + " are both " + port
                        + ". Each needs a port of its own; without hub.private.port the first serves console and API"
                        + " too.");
            }
        }
    }

    private static boolean onlyThisMachine(Settings settings, String door) {
        String host = settings.needed(door + ".host");
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new SettingsException(
                    "The setting " + door + ".host is '" + host + "', which is no address of this" + " machine.");
        }
    }

    /** Looks at settings and certificate without opening anything, and goes on after what is wrong. */
    public static List<Finding> look(Settings settings, Clock clock) {
        List<Finding> found = new ArrayList<>();
        try {
            check(settings);
            found.add(Finding.good("The hub is reached as it should be: "
                    + (Certificate.named(settings) ? "it speaks TLS" : "TLS ends before it")
                    + (of(settings).apart() ? ", the console has a port of its own." : ", one port serves all.")));
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        }
        try {
            if (Certificate.named(settings)) {
                found.add(Certificate.read(settings).look(clock.instant()));
            }
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        }
        return found;
    }
}
