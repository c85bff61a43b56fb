package io.tsunagi.web;

import io.tsunagi.config.Settings;
import io.vertx.core.http.HttpServerRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Says from which address a request comes, and whether by https: what the proxies of {@code hub.http.trusted-proxies} say
 * in {@code X-Forwarded-For} and {@code X-Forwarded-Proto} counts; what anybody else says there does not. Immutable and
 * safe for many threads.
 */
public final class Callers {
    private static final String UNKNOWN = "unknown";
    /** Some proxies write the port too. */
    private static final Pattern PORT = Pattern.compile("^(\\[[^]]*]|[0-9.]+):[0-9]+$");

    private final AddressRanges proxies;

    private Callers(AddressRanges proxies) {
        this.proxies = proxies;
    }

    public static Callers of(Settings settings) {
        return new Callers(AddressRanges.of(settings, "hub.http.trusted-proxies"));
    }

    /** Whether a connection from this address may be any number: a proxy's, or of this machine. */
    boolean uncounted(String address) {
        return proxies.contains(address) || "127.0.0.1".equals(address) || "0:0:0:0:0:0:0:1".equals(address);
    }

    /**
     * Gives the caller's address. Of those that passed the request on, the last that is no trusted proxy counts: what stands
     * before it was written by the caller.
     */
    public String address(HttpServerRequest request) {
        String peer = peer(request);
        if (!proxies.contains(peer)) {
            return peer;
        }
        String address = peer;
        String[] passed =
                String.join(",", request.headers().getAll("X-Forwarded-For")).split(",");
        for (int i = passed.length - 1; i >= 0 && proxies.contains(address); i--) {
            InetAddress before =
                    AddressRanges.addressOf(PORT.matcher(passed[i].strip()).replaceFirst("$1"));
            if (before == null) {
                break;
            }
            address = before.getHostAddress();
        }
        return address;
    }

    /**
     * Gives what counts as one caller where calls, connections or tries are counted by address: an IPv4 address, and of an
     * IPv6 address its first 64 bits, because who has one has all that begin so (RFC 6177). What is no address stays as it is.
     */
    public static String network(String address) {
        InetAddress read = AddressRanges.addressOf(address);
        if (!(read instanceof Inet6Address)) {
            return address;
        }
        return HexFormat.of().formatHex(read.getAddress(), 0, 8) + "/64";
    }

    /** Whether the caller speaks https, to the hub or to a trusted proxy. */
    boolean secure(HttpServerRequest request) {
        return request.isSSL() || "https".equalsIgnoreCase(forwardedBy(request));
    }

    /** Whether a trusted proxy says that the caller speaks plain http. */
    boolean plainAtProxy(HttpServerRequest request) {
        return !request.isSSL() && "http".equalsIgnoreCase(forwardedBy(request));
    }

    private String forwardedBy(HttpServerRequest request) {
        List<String> given = request.headers().getAll("X-Forwarded-Proto");
        return given.size() == 1 && proxies.contains(peer(request))
                ? given.get(0).strip()
                : null;
    }

    private static String peer(HttpServerRequest request) {
        return request.remoteAddress() == null || request.remoteAddress().hostAddress() == null
                ? UNKNOWN
                : request.remoteAddress().hostAddress();
    }
}
