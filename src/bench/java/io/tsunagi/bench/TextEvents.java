package io.tsunagi.bench;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Webhook bodies as LINE sends them, one text message each, 700 bytes long and signed with the channel secret (base64 of
 * HMAC-SHA256 over the body, as LINE's documentation says). Event n comes from customer n. For one thread.
 */
final class TextEvents {
    static final int BYTES = 700;
    private static final String DESTINATION = "U00000000000000000000000000000a11";
    private static final String NUMBER = "################";
    private static final String MILLIS = "@@@@@@@@@@@@@";

    /** What is posted. */
    record Signed(byte[] body, String signature) {}

    private final Customers customers = new Customers();
    private final Signature signature;
    private final Clock clock;
    private final String template;
    private final byte[] bytes;

    TextEvents(String channelSecret, Clock clock) {
        this.signature = new Signature(channelSecret);
        this.clock = clock;
        int missing = BYTES - template("").getBytes(StandardCharsets.UTF_8).length;
        this.template = template("残".repeat(missing / 3) + "!".repeat(missing % 3));
        this.bytes = template.getBytes(StandardCharsets.UTF_8);
    }

    Customers customers() {
        return customers;
    }

    Signed event(int number) {
        byte[] body = bytes.clone();
        fill(body, NUMBER, Customers.sixteen(number).getBytes(StandardCharsets.US_ASCII));
        fill(body, MILLIS, String.valueOf(clock.millis()).getBytes(StandardCharsets.US_ASCII));
        return new Signed(body, signature.of(body));
    }

    /** Puts the digits wherever the mark stands; both have the same length. */
    private void fill(byte[] body, String mark, byte[] digits) {
        byte first = (byte) mark.charAt(0);
        for (int i = 0; i + digits.length <= body.length; i++) {
            if (bytes[i] == first) {
                System.arraycopy(digits, 0, body, i, digits.length);
                i += digits.length - 1;
            }
        }
    }

    private String template(String text) {
        String run = customers.run();
        return "{\"destination\":\"" + DESTINATION
                + "\",\"events\":[{\"type\":\"message\",\"message\":{\"type\":\"text\""
                + ",\"id\":\"5" + NUMBER + "\",\"quoteToken\":\"" + (run + NUMBER).repeat(2)
                + "\",\"markAsReadToken\":\"" + (NUMBER + run).repeat(2) + "\",\"text\":\"" + text
                + "\"},\"webhookEventId\":\"01" + run.substring(0, 8) + NUMBER
                + "\",\"deliveryContext\":{\"isRedelivery\":false},\"timestamp\":" + MILLIS
                + ",\"source\":{\"type\":\"user\",\"userId\":\"U" + run + NUMBER
                + "\"},\"replyToken\":\"" + NUMBER + run + "\",\"mode\":\"active\"}]}";
    }

    /** LINE's {@code x-line-signature}. For one thread. */
    static final class Signature {
        private final Mac mac;

        Signature(String channelSecret) {
            try {
                mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(channelSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every JDK has HmacSHA256", e);
            }
        }

        String of(byte[] body) {
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        }
    }
}
