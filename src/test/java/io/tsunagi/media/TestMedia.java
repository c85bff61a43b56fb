package io.tsunagi.media;

import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Media on a real database, with one inquiry of one customer to belong to. */
final class TestMedia implements AutoCloseable {
    final Settings settings;
    final Store store;
    final Path keyFolder;
    final DayKeys keys;
    final Media media;
    final InquiryId inquiry = new InquiryId(Ids.derived("inquiry", "misaki"));
    final CustomerId customer = new CustomerId(Ids.derived("customer", "misaki"));
    final List<UUID> signals = new CopyOnWriteArrayList<>();

    TestMedia(Dialect dialect, Clock clock, Map<String, String> more) {
        settings = TestStores.settings(dialect, more);
        store = Store.open(settings);
        keyFolder = Path.of(settings.needed("hub.media.key-dir"));
        keys = DayKeys.in(keyFolder, store.sealing().master());
        media = on(store, clock);
        Instant now = Instant.now();
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority,
                            weight, opened_at, changed_at, read_seq, bot_misses, bot_prompts)
                        values (?, ?, 'main', 'ASSIGNED', 1, 0, 'ja', 0, 1, ?, ?, 0, 0, 0)
                        """)
                .params(inquiry.value(), customer.value(), Store.at(now), Store.at(now))
                .update();
    }

    private Media on(Store store, Clock clock) {
        Signals wakeUps = new Signals();
        wakeUps.listen((kind, id) -> {
            if (kind == Signals.Kind.MEDIA) {
                signals.add(id);
            }
        });
        return new Media(store, wakeUps, new InquiryVersions(store, wakeUps, clock), keys, clock, settings);
    }

    /** A customer's message with a medium that LINE holds. */
    MediaId expect(String lineMessageId, String kind) {
        return expect(lineMessageId, kind, null, null);
    }

    MediaId expect(String lineMessageId, String kind, String fileName, Long size) {
        return store.inTransaction(() -> {
            MediaId id = media.expect(inquiry, customer, "main", lineMessageId, kind, fileName, size);
            store.jdbc()
                    .sql("""
                            insert into messages (id, inquiry, seq, version, customer, sender, type, line_message_id,
                                media, at, late)
                            values (?, ?, 1, 1, ?, 'CUSTOMER', ?, ?, ?, ?, false)
                            """)
                    .params(
                            Ids.derived("message", lineMessageId),
                            inquiry.value(),
                            customer.value(),
                            kind,
                            lineMessageId,
                            id.value(),
                            Store.at(Instant.now()))
                    .update();
            return id;
        });
    }

    /** A picture that was fetched. */
    MediaId ready(String lineMessageId, byte[] bytes) {
        MediaId id = expect(lineMessageId, "image");
        fetch(id, 200, bytes);
        return id;
    }

    void fetch(MediaId id, int status, byte[] bytes) {
        media.store(media.claim(id.value()), status, (long) bytes.length, new ByteArrayInputStream(bytes));
    }

    void unsend(String lineMessageId) {
        store.inTransaction(() -> media.unsend(customer, lineMessageId));
    }

    MediaRow row(MediaId id) {
        return media.find(id).orElseThrow();
    }

    byte[] open(MediaId id) throws IOException, MediaGoneException {
        try (InputStream bytes = media.open(id)) {
            return bytes.readAllBytes();
        }
    }

    /** The bytes as the database holds them. */
    List<byte[]> chunks(MediaId id) {
        return new ArrayList<>(store.jdbc()
                .sql("select bytes from media_chunks where media = ? order by part")
                .param(id.value())
                .query((row, i) -> row.getBytes(1))
                .list());
    }

    Map<String, Object> column(MediaId id) {
        return store.jdbc()
                .sql("select * from media where id = ?")
                .param(id.value())
                .query()
                .singleRow();
    }

    /** The version at which the message of a medium was last shown anew. */
    long messageVersion(MediaId id) {
        return store.jdbc()
                .sql("select version from messages where media = ?")
                .param(id.value())
                .query(Long.class)
                .single();
    }

    @Override
    public void close() {
        store.close();
    }
}
