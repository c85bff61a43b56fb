package io.tsunagi.media;

import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the pictures and videos that were sent to customers an address that their phones load it from, days later too. An address cannot be
 * guessed (192 random bits), ends with its medium, and can be revoked; the database holds only its digest.
 */
public final class MediaLinks {
    private static final Logger LOG = LoggerFactory.getLogger(MediaLinks.class);
    private static final String PATH = "/m/";

    private final Store store;
    private final Media media;
    private final Clock clock;
    private final String publicUrl;
    private final SecureRandom random = new SecureRandom();

    public MediaLinks(Store store, Media media, Clock clock, String publicUrl) {
        this.store = store;
        this.media = media;
        this.clock = clock;
        this.publicUrl = publicUrl;
    }

    /** Makes an address for a medium, in the running transaction. */
    String make(MediaId id, Instant until) {
        Store.needTransaction();
        byte[] secret = new byte[24];
        random.nextBytes(secret);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        store.jdbc()
                .sql("insert into media_links (id, media, expires_at, revoked) values (?, ?, ?, false)")
                .params(digest(token), id.value(), Store.at(until))
                .update();
        return publicUrl + PATH + token;
    }

    /** Ends every address of a medium, in the running transaction. */
    void revoke(MediaId id) {
        store.jdbc()
                .sql("update media_links set revoked = true where media = ?")
                .param(id.value())
                .update();
    }

    private record Link(UUID media, Instant until, boolean revoked) {}

    /** Answers a phone: the bytes, or the part of them it asks for; 410 when they are gone for good, 404 when nothing was ever there. */
    public void show(Exchange exchange) {
        Message message = exchange.getMessage();
        String token = message.getHeader("token", "", String.class);
        String range = message.getHeader("Range", String.class);
        message.removeHeaders("*");
        message.setBody(null);
        message.setHeader("Cache-Control", "private, max-age=300");
        // LINE shows it within pages of its own, too.
        message.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
        message.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
        Optional<Link> link = store.jdbc()
                .sql("select media, expires_at, revoked from media_links where id = ?")
                .param(digest(token))
                .query((row, i) -> new Link(
                        row.getObject("media", UUID.class),
                        Store.instant(row.getTimestamp("expires_at")),
                        row.getBoolean("revoked")))
                .optional();
        Optional<MediaRow> row = link.flatMap(found -> media.find(new MediaId(found.media())));
        if (row.isEmpty()) {
            message.setHeader(Exchange.HTTP_RESPONSE_CODE, 404);
            return;
        }
        boolean over = link.get().revoked() || !link.get().until().isAfter(clock.instant());
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, 410);
        if (!over) {
            answer(message, row.get(), range);
        }
    }

    private void answer(Message message, MediaRow row, String range) {
        try {
            MediaAnswer.write(message, media, row, range);
        } catch (MediaGoneException e) {
            LOG.debug("A phone asked for a medium that is gone: {}", e.getMessage());
        }
    }

    private static String digest(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
