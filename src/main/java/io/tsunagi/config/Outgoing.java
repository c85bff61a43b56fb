package io.tsunagi.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;

/**
 * How the hub calls others: over TLS 1.2 or 1.3, the other side's certificate held against the authorities that the JVM trusts
 * and against the name that was called, and without following redirects.
 *
 * <p>In the clear it calls this machine, the hosts that {@value #WITHOUT_TLS} names, and in the sandbox everybody.
 */
public final class Outgoing {
    static final String WITHOUT_TLS = "hub.outgoing.without-tls";

    private static final Pattern THIS_MACHINE =
            Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[?(::1|0:0:0:0:0:0:0:1)]?");

    private Outgoing() {}

    /** Begins a client for calls over HTTP. */
    public static HttpClient.Builder http(Duration connectTimeout) {
        SSLParameters tls = new SSLParameters();
        tls.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslParameters(tls)
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER);
    }

    /**
     * Looks whether an address is called as it should be; an empty one is not called.
     *
     * @throws SettingsException when others would read along, or the address has no host that can be called
     */
    public static void refuseClear(Settings settings, String key) {
        String address = settings.text(key);
        try {
            URI uri = new URI(address);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web && uri.getHost() == null) {
                throw new SettingsException("The setting " + key + " is '" + address
                        + "', which names no host that can be called: a host's name has letters, digits, hyphens and dots"
                        + " between them, no underscore.");
            }
            if ("http".equalsIgnoreCase(uri.getScheme()) && !mayBeClear(settings, uri.getHost())) {
                throw new SettingsException("The setting " + key + " is '" + address
                        + "': the hub would speak plain HTTP with another machine. Let it begin with https://, or name the"
                        + " host in " + WITHOUT_TLS + " where nobody can read along.");
            }
        } catch (URISyntaxException e) {
            throw new SettingsException("The setting " + key + " is '" + address
                    + "', which is not an address such as https://service.example.com.");
        }
    }

    /** Says whether a host, as a URI gives it, is this machine. */
    public static boolean isThisMachine(String host) {
        return host != null
                && THIS_MACHINE.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    /** Says whether a host may be called without TLS; null is none. */
    public static boolean mayBeClear(Settings settings, String host) {
        return settings.profile().equals("sandbox")
                || isThisMachine(host)
                || host != null && settings.list(WITHOUT_TLS).stream().anyMatch(host::equalsIgnoreCase);
    }
}
