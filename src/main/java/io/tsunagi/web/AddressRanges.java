package io.tsunagi.web;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Ranges of IP addresses as a setting names them, such as {@code 10.0.0.0/8,::1} (CIDR, RFC 4632). Immutable. */
public final class AddressRanges {
    private final List<IpSubnetFilterRule> ranges;

    private AddressRanges(List<IpSubnetFilterRule> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /** @throws SettingsException naming what is no range */
    public static AddressRanges of(Settings settings, String key) {
        List<IpSubnetFilterRule> ranges = new ArrayList<>();
        for (String range : settings.list(key)) {
            String[] parts = range.split("/", -1);
            InetAddress address = addressOf(parts[0]);
            int bits = address == null ? 0 : address.getAddress().length * 8;
            boolean right = address != null
                    && parts.length <= 2
                    && (parts.length == 1 || parts[1].matches("[0-9]{1,3}") && Integer.parseInt(parts[1]) <= bits);
            if (!right) {
                throw new SettingsException("The setting " + key + " holds '" + range
                        + "', which is no address or range of addresses such as 10.0.0.7 or 10.0.0.0/8.");
            }
            int prefix = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
            ranges.add(new IpSubnetFilterRule(address, prefix, IpFilterRuleType.ACCEPT));
        }
        return new AddressRanges(ranges);
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** Whether the address lies in one of the ranges; what is no IP address lies in none. */
    public boolean contains(String ip) {
        InetAddress address = ip == null ? null : addressOf(ip);
        return address != null && ranges.stream().anyMatch(range -> range.matches(new InetSocketAddress(address, 0)));
    }

    /** Reads an address without asking anybody for a name; null when it is none. */
    static InetAddress addressOf(String ip) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(ip);
        if (bytes == null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address has 4 or 16 bytes", e);
        }
    }
}
