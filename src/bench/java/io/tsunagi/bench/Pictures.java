package io.tsunagi.bench;

import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Fetch;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import javax.imageio.ImageIO;

/**
 * Customers' pictures as the hub keeps them, put into its database by the database itself before the hub starts: a row, its
 * bytes, the message that shows it, ten to a closed inquiry. Their bytes and wrapped keys are noise of the right length; some
 * more, the samples, the hub's own classes took in and wrapped by the key of yesterday, so that they really open until they are
 * purged.
 *
 * <p>What is due fell due yesterday (UTC), so that the key of that day has to go too. It is marked as held until
 * {@link #release}, so that a hub that starts leaves it where it is.
 */
final class Pictures implements AutoCloseable {
    static final int SAMPLES = 50;
    private static final int TO_AN_INQUIRY = 10;
    private static final int AT_ONCE = 20_000;
    private static final int NOISE = 1 << 16;
    private static final Duration AGO = Duration.ofHours(48);

    private final Store store;
    private final Media media;
    private final Path keyOfYesterday;

    /** @param environment of the hub, as {@link HubProgram#environment} gives it */
    Pictures(Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>();
        settings.put("hub.store.url", environment.get("HUB_STORE_URL"));
        settings.put("hub.store.user", environment.get("HUB_STORE_USER"));
        settings.put("hub.store.connections", "4");
        settings.put("hub.store.key-dir", environment.get("HUB_STORE_KEY_DIR"));
        settings.put("hub.media.keep", "PT24H");
        settings.put("hub.http.public-url", environment.get("HUB_HTTP_PUBLIC_URL"));
        Settings all = Settings.of("", settings);
        store = Store.open(all);
        // Two days ago, with a day to live: due yesterday, and it opens for who lives then.
        Clock then = Clock.offset(store.clock(), AGO.negated());
        Signals signals = new Signals();
        Path keys = Path.of(environment.get("HUB_MEDIA_KEY_DIR"));
        media = new Media(
                store,
                signals,
                new InquiryVersions(store, signals, then),
                DayKeys.in(keys, store.sealing().master()),
                then,
                all);
        keyOfYesterday = keys.resolve(yesterday() + ".json");
    }

    private LocalDate yesterday() {
        return store.clock().instant().atOffset(ZoneOffset.UTC).toLocalDate().minusDays(1);
    }

    /**
     * Fills in so many pictures, the first of them due.
     *
     * @param bytes of each
     * @return the samples, due too
     */
    List<MediaId> fill(int pictures, int due, int bytes) throws IOException {
        byte[] noise = new byte[NOISE];
        new Random(1).nextBytes(noise);
        int inquiries = (pictures + TO_AN_INQUIRY - 1) / TO_AN_INQUIRY;
        steps(inquiries, "customers", """
                insert into customers (id, account, line_user_id, language, blocked, first_seen, last_seen)
                select %s, 'main', 'purge-' || g, 'ja', false, :then, :then from %s
                """.formatted(id("customer", "g"), range()), Map.of("then", at(30)));
        steps(
                inquiries,
                "inquiries",
                """
                insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                    opened_at, changed_at, read_seq, closed_at, bot_misses, bot_prompts)
                select %s, %s, 'main', 'CLOSED', %d, %d, 'ja', 0, 1, :then, :then, 0, :then, 0, 0 from %s
                """.formatted(id("inquiry", "g"), id("customer", "g"), TO_AN_INQUIRY, TO_AN_INQUIRY, range()),
                Map.of("then", at(30)));
        // g / 10 rounds down: the pictures of an inquiry were sent, and fall due, one after the other.
        String inquiry = id("inquiry", "(g / " + TO_AN_INQUIRY + ")");
        String customer = id("customer", "(g / " + TO_AN_INQUIRY + ")");
        steps(
                pictures,
                "messages",
                """
                insert into messages (id, inquiry, seq, version, customer, sender, type, line_message_id, media, at, late)
                select %s, %s, cast(mod(g, %d) as integer), 1, %s, 'CUSTOMER', 'image', 'p' || g, %s, :then, false from %s
                """.formatted(id("message", "g"), inquiry, TO_AN_INQUIRY, customer, id("media", "g"), range()),
                Map.of("then", at(30)));
        steps(
                pictures,
                "media",
                """
                insert into media (id, inquiry, customer, account, line_message_id, kind, purpose, state, content_type,
                    size, width, height, due_at, held, key_day, wrapped_key, tries, received_at)
                select %s, %s, %s, 'main', 'p' || g, 'image', 'RECEIVED', 'READY', 'image/jpeg', :bytes, 640, 480,
                    case when g < :due then cast(:yesterday as timestamp with time zone)
                        else cast(:later as timestamp with time zone) end, g < :due,
                    case when g < :due then cast(:day as varchar) else cast(:laterDay as varchar) end,
                    substring(cast(:noise as bytea) from cast(1 + mod(g, 60000) as integer) for 160), 1, :then
                from %s
                """.formatted(id("media", "g"), inquiry, customer, range()),
                Map.of(
                        "bytes", (long) bytes,
                        "due", due,
                        "yesterday", at(1),
                        "later", at(-15),
                        "day", yesterday().toString(),
                        "laterDay", yesterday().plusDays(16).toString(),
                        "noise", noise,
                        "then", at(30)));
        steps(
                pictures,
                "media_chunks",
                """
                insert into media_chunks (media, part, bytes)
                select %s, 0, substring(cast(:noise as bytea) from cast(1 + mod(g, 30000) as integer) for cast(:bytes as integer))
                from %s
                """.formatted(id("media", "g"), range()),
                Map.of("noise", noise, "bytes", bytes));
        List<MediaId> samples = samples();
        store.jdbc()
                .sql("update media set held = true where line_message_id like 'sample%'")
                .update();
        store.jdbc().sql("analyze").update();
        store.jdbc().sql("checkpoint").update();
        return samples;
    }

    /**
     * Lets what is due be purged.
     *
     * @throws IllegalStateException when it is not all there any more
     */
    void release(int due) {
        store.jdbc()
                .sql("update media set held = false where held and due_at < current_timestamp")
                .update();
        long there = count("media where state = 'READY' and not held and due_at < current_timestamp");
        if (there < due) {
            throw new IllegalStateException("Of " + due + " due pictures " + there + " are there before the purge");
        }
    }

    /** Gives the same time of another day. */
    private OffsetDateTime at(int daysAgo) {
        return Store.at(store.clock().instant().minus(Duration.ofDays(daysAgo)));
    }

    private String id(String what, String number) {
        String name = "'" + what + "' || " + number;
        return "cast(" + (postgres() ? "md5(" + name + ")" : "hash('MD5', " + name + ")") + " as uuid)";
    }

    private String range() {
        return (postgres() ? "generate_series" : "system_range") + "(cast(:from as bigint), cast(:to as bigint)) r(g)";
    }

    private boolean postgres() {
        return store.dialect() == Dialect.POSTGRESQL;
    }

    private void steps(int rows, String table, String insert, Map<String, Object> params) {
        for (int from = 0; from < rows; from += AT_ONCE) {
            int done = store.jdbc()
                    .sql(insert)
                    .params(params)
                    .param("from", (long) from)
                    .param("to", (long) Math.min(from + AT_ONCE, rows) - 1)
                    .update();
            if (done == 0) {
                throw new IllegalStateException("Nothing was put into " + table);
            }
        }
    }

    private List<MediaId> samples() throws IOException {
        List<MediaId> samples = new ArrayList<>();
        byte[] picture = picture();
        UUID customer = store.jdbc()
                .sql("select customer from inquiries where id = " + id("inquiry", "0"))
                .query(UUID.class)
                .single();
        UUID inquiry = store.jdbc()
                .sql("select id from inquiries where id = " + id("inquiry", "0"))
                .query(UUID.class)
                .single();
        for (int i = 0; i < SAMPLES; i++) {
            String line = "sample" + i;
            MediaId id = store.inTransaction(() ->
                    media.expect(new InquiryId(inquiry), new CustomerId(customer), "main", line, "image", null, null));
            Fetch fetch = media.claim(id.value());
            media.store(fetch, 200, (long) picture.length, new ByteArrayInputStream(picture));
            samples.add(id);
        }
        if (opening(samples) != SAMPLES) {
            throw new IllegalStateException("Not all of the samples open before the purge");
        }
        return samples;
    }

    private static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(2);
        for (int i = 0; i < 64 * 64; i++) {
            image.setRGB(i % 64, i / 64, random.nextInt(1 << 24));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    /** Says whether something is due and there, or the key of the day on which it fell due. */
    boolean someLeft() {
        return Files.exists(keyOfYesterday)
                || store.jdbc()
                        .sql(
                                "select 1 from media where state = 'READY' and not held and due_at < current_timestamp limit 1")
                        .query(Integer.class)
                        .optional()
                        .isPresent();
    }

    /** Counts pictures that should be gone by now: with a row that says it is there, with bytes, or with a key. */
    long left() {
        return count("media where state = 'READY' and due_at < current_timestamp")
                + count("media where state = 'PURGED' and wrapped_key is not null")
                + count("media m where m.state = 'PURGED'"
                        + " and exists (select 1 from media_chunks c where c.media = m.id)")
                + (Files.exists(keyOfYesterday) ? 1 : 0);
    }

    /** Counts pictures that are whole. */
    long whole() {
        return count("media m where m.state = 'READY' and m.wrapped_key is not null"
                + " and exists (select 1 from media_chunks c where c.media = m.id)");
    }

    private long count(String what) {
        return store.jdbc()
                .sql("select count(*) from " + what)
                .query(Long.class)
                .single();
    }

    /** Counts samples that open for who lives before they fell due. */
    int opening(List<MediaId> samples) {
        int open = 0;
        for (MediaId id : samples) {
            try (InputStream bytes = media.open(id)) {
                open += bytes.readAllBytes().length > 0 ? 1 : 0;
            } catch (MediaGoneException | IOException gone) {
                // As it should be after a purge.
                continue;
            }
        }
        return open;
    }

    @Override
    public void close() {
        store.close();
    }
}
