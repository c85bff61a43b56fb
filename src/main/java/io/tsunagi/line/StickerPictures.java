package io.tsunagi.line;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.hc.core5.http.io.EofSensorInputStream;

/**
 * LINE's own pictures of stickers and emojis, where {@code hub.line.sticker-pictures} is on: fetched by the route {@code
 * get-line-sticker} from LINE's host and nowhere else, kept in this node's memory and on no disk, shown to operators. Safe
 * for many threads.
 */
public final class StickerPictures {
    private static final String HOSTS =
            "https://[a-z0-9-]+\\.line-scdn\\.net|http://(127\\.0\\.0\\.1|localhost)(:\\d+)?";
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
    private static final int LARGEST = 512 * 1024;
    private static final int KEPT = 600;
    private static final int NONE_KEPT = 2000;

    /** How long one without a picture is not asked for again, and how long a host that did not answer is left alone. */
    private static final Duration NONE = Duration.ofMinutes(10);

    private static final Duration SILENT = Duration.ofSeconds(30);

    private final boolean on;
    private final Map<String, byte[]> kept = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest) {
            return size() > KEPT;
        }
    });

    /** Until when it counts as known that there is none. */
    private final Map<String, Instant> none = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > NONE_KEPT;
        }
    });

    private final Duration patience;
    private final Clock clock;

    /** @throws SettingsException when pictures would come from another host than LINE's or this machine */
    public StickerPictures(Settings settings, Clock clock) {
        this.clock = clock;
        this.patience = Duration.ofMillis(settings.whole("hub.line.call-timeout-millis", 100, 600_000));
        this.on = settings.flag("hub.line.sticker-pictures");
        String address = settings.needed("hub.line.sticker-address");
        if (!address.matches(HOSTS)) {
            throw new SettingsException("The setting hub.line.sticker-address is '" + address
                    + "'; pictures of stickers come from a host of line-scdn.net only.");
        }
    }

    /**
     * Looks into the memory for the sticker of the header {@code id}, or the emoji of {@code productId} and {@code emojiId}:
     * the body is the picture, or an empty one where there is none to show; without a body it is to be fetched from the path
     * that is the property {@code path}.
     */
    public void find(Exchange exchange) {
        Message message = exchange.getMessage();
        String path = path(
                message.getHeader("id", "", String.class),
                message.getHeader("productId", "", String.class),
                message.getHeader("emojiId", "", String.class));
        Instant noneUntil = path == null ? null : none.get(path);
        boolean ask =
                on && path != null && (noneUntil == null || !clock.instant().isBefore(noneUntil));
        message.setBody(ask ? kept.get(path) : new byte[0]);
        exchange.setProperty("path", path);
    }

    /** Gives where LINE has a picture; null for what cannot be a sticker or emoji. */
    private static String path(String sticker, String product, String emoji) {
        if (sticker.matches("[0-9]{1,18}")) {
            return "/stickershop/v1/sticker/" + sticker + "/android/sticker.png";
        }
        return product.matches("[0-9a-f]{24}") && emoji.matches("[0-9]{3}")
                ? "/sticonshop/v1/sticon/" + product + "/android/" + emoji + ".png"
                : null;
    }

    /** Takes the host's answer; what is no picture, or a large one, is none. */
    public void keep(Exchange exchange) throws IOException {
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        byte[] bytes = new byte[0];
        InputStream body = exchange.getMessage().getBody(InputStream.class);
        try {
            if (status == 200 && body != null) {
                bytes = read(body);
            }
        } finally {
            release(body, bytes.length > LARGEST);
        }
        boolean picture = bytes.length <= LARGEST
                && bytes.length > PNG.length
                && java.util.Arrays.equals(bytes, 0, PNG.length, PNG, 0, PNG.length);
        String path = exchange.getProperty("path", String.class);
        if (picture) {
            kept.put(path, bytes);
        } else {
            none.put(path, clock.instant().plus(NONE));
        }
        exchange.getMessage().setBody(picture ? bytes : new byte[0]);
    }

    /** Reads an answer for as long as a call may take in all; one that is too large, or too slow, counts as larger than any. */
    private byte[] read(InputStream body) throws IOException {
        Instant deadline = clock.instant().plus(patience);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        for (int n = body.read(part); n >= 0; n = body.read(part)) {
            bytes.write(part, 0, n);
            if (bytes.size() > LARGEST || clock.instant().isAfter(deadline)) {
                return new byte[LARGEST + 1];
            }
        }
        return bytes.toByteArray();
    }

    /** Ends a call; a plain close would first read the rest, and of a large answer there may be no end. */
    private static void release(InputStream body, boolean large) throws IOException {
        if (large && body instanceof EofSensorInputStream answer) {
            answer.abort();
        } else if (body != null) {
            body.close();
        }
    }

    /** Notes that the host did not answer: there is no picture now. */
    public void noAnswer(Exchange exchange) {
        none.put(exchange.getProperty("path", String.class), clock.instant().plus(SILENT));
        exchange.getMessage().setBody(new byte[0]);
    }

    /** Answers the console: the picture, or 404, and a drawing stands for it. */
    public void show(Exchange exchange) {
        Message message = exchange.getMessage();
        byte[] picture = message.getBody(byte[].class);
        message.removeHeaders("*");
        boolean none = picture == null || picture.length == 0;
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, none ? 404 : 200);
        if (!none) {
            message.setHeader(Exchange.CONTENT_TYPE, "image/png");
        }
        message.setBody(none ? null : picture);
    }
}
