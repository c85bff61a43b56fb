package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Scenario 54: an image of an identity document with the rule of thirty days. The hub keeps one copy of it, in chunks, and
 * makes no thumbnail and no file in Salesforce of it; who was shown it was told not to store it.
 */
@ParameterizedClass
@EnumSource(Dialect.class)
class IdentityImageTest {
    private static final String WORDS = "免許証を送ります";
    private static final Duration KEEP = Duration.ofDays(30);

    @Parameter
    Dialect dialect;

    @TempDir
    Path home;

    private final UUID customer = UUID.randomUUID();
    private final UUID inquiry = UUID.randomUUID();
    private Settings settings;
    private Store store;

    @BeforeEach
    void install() throws IOException {
        settings = TestStores.settings(dialect, Map.of("hub.keeping.purge-batch", "5"));
        Properties own = new Properties();
        for (String key : List.of(
                "hub.store.url",
                "hub.store.user",
                "hub.store.key-dir",
                "hub.media.key-dir",
                "hub.audit.head-file",
                "hub.keeping.purge-batch")) {
            own.setProperty(key, settings.text(key));
        }
        own.setProperty("hub.store.connections", "4");
        Files.createDirectories(home.resolve("config"));
        try (var out = Files.newBufferedWriter(home.resolve("config/hub.properties"))) {
            own.store(out, null);
        }
        begin();
        Instant now = store.clock().instant();
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority,
                            weight, opened_at, changed_at, read_seq, bot_misses, bot_prompts)
                        values (?, ?, 'main', 'ASSIGNED', 1, 0, 'ja', 0, 1, ?, ?, 0, 0, 0)
                        """)
                .params(inquiry, customer, Store.at(now), Store.at(now))
                .update();
    }

    @AfterEach
    void end() {
        store.close();
    }

    private void begin() {
        store = Store.open(settings);
    }

    /** A node whose clock stands there. */
    private Media at(Clock clock) {
        Signals signals = new Signals();
        return new Media(
                store,
                signals,
                new InquiryVersions(store, signals, clock),
                DayKeys.in(
                        Path.of(settings.needed("hub.media.key-dir")),
                        store.sealing().master()),
                clock,
                settings);
    }

    private Media ago(Duration time) {
        return at(Clock.offset(store.clock(), time.negated()));
    }

    /** A customer's message of words and an image, as it was taken in then. */
    private MediaId received(Media then, String line) throws IOException {
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(3, 3, BufferedImage.TYPE_INT_RGB), "png", picture);
        MediaId id = store.inTransaction(() -> {
            MediaId expected =
                    then.expect(new InquiryId(inquiry), new CustomerId(customer), "main", line, "image", null, null);
            then.identity(expected.value());
            return expected;
        });
        UUID message = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, type, content, line_message_id,
                            media, at, late)
                        values (?, ?, 1, 1, ?, 'CUSTOMER', 'image', ?, ?, ?, ?, false)
                        """)
                .params(
                        message,
                        inquiry,
                        customer,
                        store.sealing().seal("messages", message, WORDS),
                        line,
                        id.value(),
                        Store.at(store.clock().instant()))
                .update();
        then.store(then.claim(id.value()), 200, (long) picture.size(), new ByteArrayInputStream(picture.toByteArray()));
        assertThat(then.find(id).orElseThrow().state()).isEqualTo(MediaState.READY);
        return id;
    }

    private long count(String what) {
        return store.jdbc()
                .sql("select count(*) from " + what)
                .query(Long.class)
                .single();
    }

    private String purge() {
        StringWriter output = new StringWriter();
        CommandLine line = Commands.commandLine(new PrintWriter(output, true));
        line.setErr(new PrintWriter(output, true));
        assertThat(line.execute("purge", "run", "--home", home.toString()))
                .as(output.toString())
                .isZero();
        return output.toString();
    }

    @Test
    void when_its_time_is_over_the_image_is_gone_everywhere_and_the_words_stay() throws Exception {
        MediaId due = received(ago(KEEP.plusMinutes(1)), "due");
        MediaId inAnHour = received(ago(KEEP.minusHours(1)), "later");
        store.close();
        // Nobody was there when it fell due.
        assertThat(purge()).contains("Removed 1 rows").contains("certificate 1");
        begin();
        Media now = at(store.clock());

        assertThat(now.find(due).orElseThrow().state()).isEqualTo(MediaState.PURGED);
        assertThat(count("media where wrapped_key is not null")).isEqualTo(1);
        assertThat(count("media_chunks where media = '" + due.value() + "'")).isZero();
        assertThat(count("crm_work")).as("on its way to Salesforce").isZero();
        assertThatThrownBy(() -> ago(KEEP).open(due)).isInstanceOf(MediaGoneException.class);
        store.jdbc()
                .sql("select id, content from messages")
                .query((row, i) ->
                        store.sealing().openText("messages", row.getObject("id", UUID.class), row.getBytes("content")))
                .list()
                .forEach(words -> assertThat(words).isEqualTo(WORDS));
        assertThat(count("messages m join inquiries i on i.id = m.inquiry where m.version = i.version and m.media = '"
                        + due.value() + "'"))
                .as("screens are told of it last")
                .isEqualTo(1);
        assertThat(now.find(inAnHour).orElseThrow().state()).isEqualTo(MediaState.READY);
        try (var bytes = now.open(inAnHour)) {
            assertThat(bytes.readAllBytes()).isNotEmpty();
        }
        PurgeCertificates certificates = new PurgeCertificates(store, Path.of(settings.needed("hub.store.key-dir")));
        assertThat(certificates.newest(1)).singleElement().satisfies(signed -> {
            assertThat(signed.text()).contains("\"rule\":\"identity-longest\"").contains("\"purged\":1");
            assertThat(PurgeCertificates.verify(signed.file(), certificates.publicKey()))
                    .isTrue();
        });
    }

    private Path keyOf(MediaId id) {
        String day = store.jdbc()
                .sql("select key_day from media where id = ?")
                .param(id.value())
                .query(String.class)
                .single();
        return Path.of(settings.needed("hub.media.key-dir")).resolve(day + ".json");
    }

    @Test
    void with_the_key_of_a_day_that_is_over_not_even_a_backup_opens_it() throws Exception {
        MediaId due = received(ago(KEEP.plusDays(2)), "due");
        Path key = keyOf(due);
        assertThat(key).exists();
        byte[] wrapped = store.jdbc()
                .sql("select wrapped_key from media")
                .query(byte[].class)
                .single();
        store.close();

        purge();
        begin();

        assertThat(key).doesNotExist();
        store.jdbc()
                .sql("update media set state = 'READY', wrapped_key = ?")
                .param(wrapped)
                .update();
        assertThatThrownBy(() -> ago(KEEP).open(due))
                .isInstanceOf(MediaGoneException.class)
                .hasMessageContaining("is destroyed");
    }

    /** The database's time decides; a node that is early only shows less. */
    @Test
    void a_node_whose_clock_is_two_hours_off_destroys_nothing_early_and_nothing_late() throws Exception {
        MediaId inAnHour = received(ago(KEEP.minusHours(1)), "later");
        MediaId due = received(ago(KEEP.plusHours(1)), "due");
        Media ahead = ago(Duration.ofHours(-2));
        Media behind = ago(Duration.ofHours(2));

        assertThatThrownBy(() -> ahead.open(inAnHour)).isInstanceOf(MediaGoneException.class);
        assertThat(ahead.shredDue(10)).isEqualTo(1);
        assertThat(behind.shredDue(10)).isZero();

        assertThat(behind.find(due).orElseThrow().state()).isEqualTo(MediaState.PURGED);
        assertThat(behind.find(inAnHour).orElseThrow().state()).isEqualTo(MediaState.READY);
        try (var bytes = at(store.clock()).open(inAnHour)) {
            assertThat(bytes.readAllBytes()).isNotEmpty();
        }
    }

    /** Before clocks change in New York, Berlin and the Chatham Islands, and 720 h before the night that has an hour twice. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-10-31T12:00:00Z",
                "2027-03-27T12:00:00Z",
                "2026-09-26T13:15:00Z",
                "2026-08-27T14:15:00Z",
                "2027-03-04T14:15:00Z"
            })
    void thirty_days_are_720_hours_whatever_clocks_on_walls_do(String received) throws Exception {
        Instant then = Instant.parse(received);
        Media fixed = at(Clock.fixed(then, ZoneOffset.UTC));

        MediaId id = received(fixed, "dst");

        Instant due = then.plus(KEEP);
        assertThat(fixed.find(id).orElseThrow().dueAt()).isEqualTo(due);
        assertThat(store.jdbc()
                        .sql("select key_day from media")
                        .query(String.class)
                        .single())
                .isEqualTo(LocalDate.ofInstant(due, ZoneOffset.UTC).toString());
    }

    @Test
    void a_purge_whose_process_is_killed_midway_is_ended_by_the_next_and_certified_as_one() throws Exception {
        int images = 120;
        Media then = ago(KEEP.plusDays(2));
        for (int i = 0; i < images; i++) {
            received(then, "due" + i);
        }
        MediaId later = received(at(store.clock()), "later");
        store.close();

        Process purge = child("purge", "run", "--home", home.toString());
        try (BufferedReader output = purge.inputReader(StandardCharsets.UTF_8)) {
            String line;
            do {
                line = output.readLine();
            } while (line != null && !line.endsWith("so far"));
            purge.destroyForcibly().waitFor();
            assertThat(line).as("it was at work").isNotNull();
        }

        begin();
        long left = count("media where state = 'READY'") - 1;
        assertThat(left).as("killed midway").isBetween(1L, images - 5L);
        halvesAreWhole();
        store.close();
        assertThat(purge()).contains("Removed " + left + " rows").contains("certificate 1");

        begin();
        assertThat(count("media where state = 'PURGED'")).isEqualTo(images);
        assertThat(count("media_chunks")).isEqualTo(1);
        halvesAreWhole();
        try (var bytes = at(store.clock()).open(later)) {
            assertThat(bytes.readAllBytes()).isNotEmpty();
        }
        PurgeCertificates certificates = new PurgeCertificates(store, Path.of(settings.needed("hub.store.key-dir")));
        assertThat(certificates.newest(2)).singleElement().satisfies(signed -> assertThat(signed.text())
                .contains("\"rule\":\"identity-longest\"")
                .contains("\"purged\":" + images));
        assertThat(certificates.verifyAll()).isEmpty();
    }

    private void halvesAreWhole() {
        assertThat(count("media where state = 'PURGED' and wrapped_key is not null"))
                .isZero();
        assertThat(count("media m where m.state = 'PURGED'"
                        + " and exists (select 1 from media_chunks c where c.media = m.id)"))
                .isZero();
        assertThat(count("media m where m.state = 'READY' and (m.wrapped_key is null"
                        + " or not exists (select 1 from media_chunks c where c.media = m.id))"))
                .isZero();
    }

    private static Process child(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tsunagi.HubMain"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HUB_"));
        return builder.start();
    }
}
