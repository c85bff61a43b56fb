package io.tsunagi.bench;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Webhook bodies as LINE sends them, one text message each, 700 bytes long and signed with the channel secret (base64 of
 * HMAC-SHA256 over the body, as LINE's documentation says). Event n comes from customer n of this run, so the column that
 * holds the customer tells which events a server stored. For one thread.
 */
final class TextEvents {
    static final int BYTES = 700;
    private static final String DESTINATION = "U00000000000000000000000000000a11";

    /** What is posted. */
    record Signed(byte[] body, String signature) {}

    private final String run =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final Signature signature;
    private final Clock clock;
    private final String padding;

    TextEvents(String channelSecret, Clock clock) {
        this.signature = new Signature(channelSecret);
        this.clock = clock;
        int missing = BYTES - bytes(0, "").length;
        this.padding = "残".repeat(missing / 3) + "!".repeat(missing % 3);
    }

    /** Begins the id of every customer of this run. */
    String customersBegin() {
        return "U" + run;
    }

    Signed event(int number) {
        byte[] body = bytes(number, padding);
        return new Signed(body, signature.of(body));
    }

    /** Gives the number of the event this customer wrote; empty for a customer of another run. */
    OptionalInt number(String customer) {
        return customer.length() == 33 && customer.startsWith(customersBegin())
                ? OptionalInt.of(Integer.parseInt(customer.substring(17), 16))
                : OptionalInt.empty();
    }

    private byte[] bytes(int number, String text) {
        String sixteen = HexFormat.of().toHexDigits((long) number);
        return ("{\"destination\":\"" + DESTINATION
                        + "\",\"events\":[{\"type\":\"message\",\"message\":{\"type\":\"text\""
                        + ",\"id\":\"5" + String.format("%017d", number) + "\",\"quoteToken\":\""
                        + (run + sixteen).repeat(2)
                        + "\",\"markAsReadToken\":\"" + (sixteen + run).repeat(2) + "\",\"text\":\"" + text
                        + "\"},\"webhookEventId\":\"01" + run.substring(0, 8) + sixteen
                        + "\",\"deliveryContext\":{\"isRedelivery\":false},\"timestamp\":" + clock.millis()
                        + ",\"source\":{\"type\":\"user\",\"userId\":\"" + customersBegin() + sixteen
                        + "\"},\"replyToken\":\"" + sixteen + run + "\",\"mode\":\"active\"}]}")
                .getBytes(StandardCharsets.UTF_8);
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
