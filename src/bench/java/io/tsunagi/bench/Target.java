package io.tsunagi.bench;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * A webhook server under load, and what it was sent and answered in this run. The sets are written by one event loop and
 * read after the load.
 *
 * @param webhook where it takes webhooks, over plain HTTP
 */
record Target(String name, URI webhook, TextEvents events, BitSet sent, BitSet acknowledged) {
    Target(String name, URI webhook, TextEvents events) {
        this(name, webhook, events, new BitSet(), new BitSet());
    }

    int port() {
        return webhook.getPort() < 0 ? 80 : webhook.getPort();
    }

    /** Gives the whole HTTP request of an event; all of one target have the same length. */
    byte[] request(int number) {
        TextEvents.Signed signed = events.event(number);
        byte[] head = ("POST " + webhook.getRawPath()
                        + (webhook.getRawQuery() == null ? "" : "?" + webhook.getRawQuery())
                        + " HTTP/1.1\r\nhost: " + webhook.getAuthority()
                        + "\r\ncontent-type: application/json; charset=utf-8\r\nuser-agent: LineBotWebhook/2.0\r\nx-line-signature: "
                        + signed.signature() + "\r\ncontent-length: " + signed.body().length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[head.length + signed.body().length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(signed.body(), 0, request, head.length, signed.body().length);
        return request;
    }
}
