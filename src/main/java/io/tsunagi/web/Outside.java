package io.tsunagi.web;

import io.tsunagi.config.Settings;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Finds the addresses of hosts that routes call, and gives those of the internet only: what a message says can then lead no
 * route to this machine, to its neighbours or to a cloud's own services (OWASP ASVS 5.0, 1.3.6). Hosts that the settings name
 * are called wherever they are; in the sandbox all are.
 *
 * <p>The connection is made to the very addresses that were looked at, so that a name which changes between look and call
 * leads nowhere else, and a redirect is looked at as any call. Safe for many threads.
 */
public final class Outside implements DnsResolver {
    static final String INSIDE = "hub.outgoing.inside";

    private static final List<String> ADDRESSES =
            List.of("hub.line.api", "hub.line.data-api", "hub.line.sticker-address", "hub.translate.url");

    /** A host is inside, and no setting names it; the sentence says which setting would. */
    public static final class InsideException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        InsideException(String message) {
            super(message);
        }
    }

    private final DnsResolver resolver;
    private final Predicate<InetAddress> own;
    private final Set<String> named = new HashSet<>();
    private final boolean all;

    public Outside(Settings settings, DnsResolver resolver) {
        this(settings, resolver, Outside::ofThisMachine);
    }

    /** @param own says whether an address is one of this machine's */
    Outside(Settings settings, DnsResolver resolver, Predicate<InetAddress> own) {
        this.resolver = resolver;
        this.own = own;
        all = settings.profile().equals("sandbox");
        settings.list(INSIDE).forEach(host -> named.add(plain(host)));
        for (String key : ADDRESSES) {
            String address = settings.text(key);
            String host = address.isEmpty() ? null : URI.create(address).getHost();
            if (host != null) {
                named.add(plain(host));
            }
        }
    }

    private static String plain(String host) {
        return host.toLowerCase(Locale.ROOT).replaceAll("^\\[|]$", "");
    }

    /** @throws InsideException when one of its addresses is this machine's, or no address of the internet */
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] found = resolver.resolve(host);
        if (all || named.contains(plain(host))) {
            return found;
        }
        for (InetAddress address : found) {
            boolean inner = !ofTheInternet(address);
            if (inner || own.test(address)) {
                throw new InsideException(host + " is at " + address.getHostAddress() + ", which is "
                        + (inner ? "no address of the internet" : "an address of this machine")
                        + ". If routes are to call it, name it in " + INSIDE + ".");
            }
        }
        return found;
    }

    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
        return resolver.resolveCanonicalHostname(host);
    }

    /** A machine may have addresses of the internet too, and what listens there may be meant for its neighbours. */
    static boolean ofThisMachine(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            // Who cannot be told apart from this machine is not called.
            return true;
        }
    }

    /** By the special-purpose registries of IANA (RFC 6890), and what Azure's machines ask their host by; IPv4 within IPv6 counts as IPv4. */
    static boolean ofTheInternet(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? ofTheInternet4(bytes, 0) : ofTheInternet6(bytes);
    }

    private static boolean ofTheInternet4(byte[] bytes, int at) {
        int a = bytes[at] & 0xff;
        int b = bytes[at + 1] & 0xff;
        int c = bytes[at + 2] & 0xff;
        boolean special = a == 0
                || a == 10
                || a == 127
                || a == 100 && b >= 64 && b < 128
                || a == 168 && b == 63 && c == 129 && (bytes[at + 3] & 0xff) == 16
                || a == 169 && b == 254
                || a == 172 && b >= 16 && b < 32
                || a == 192 && b == 168
                || a == 192 && b == 0 && (c == 0 || c == 2)
                || a == 198 && (b == 18 || b == 19 || b == 51 && c == 100)
                || a == 203 && b == 0 && c == 113
                || a >= 224;
        return !special;
    }

    private static boolean ofTheInternet6(byte[] bytes) {
        int first = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        int second = (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address in them.
        if (first == 0x64 && second == 0xff9b) {
            for (int i = 4; i < 12; i++) {
                if (bytes[i] != 0) {
                    return false;
                }
            }
            return ofTheInternet4(bytes, 12);
        }
        if (first == 0x2002) {
            return ofTheInternet4(bytes, 2);
        }
        // Teredo and its neighbours, documentation; all that is not 2000::/3 is special.
        return first >> 13 == 1
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && !(first == 0x3fff && second < 0x1000);
    }
}
