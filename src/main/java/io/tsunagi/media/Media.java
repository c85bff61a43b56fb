package io.tsunagi.media;

import com.google.crypto.tink.KeysetHandle;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Draft;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Shelf;
import io.tsunagi.store.Ids;
import io.tsunagi.store.OnHold;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import org.apache.hc.core5.http.io.EofSensorInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pictures, videos, recordings and files of customers: fetched from LINE, kept encrypted, shown to operators, destroyed
 * when due. Pictures are kept without what they say of place, device and time ({@link BarePicture}), files as they came.
 *
 * <p>With a scanner ({@code hub.media.clamd}) nothing is kept in which it finds a virus, and nothing shown that it has not
 * called clean.
 *
 * <p>The routes of {@code routes/media} call it as the bean {@code media}. Safe for many threads and many nodes: a
 * medium is fetched by one attempt at a time ({@link Fetch}), and what an overtaken attempt still writes is refused.
 * Leases, waiting and the purge go by the database's time, so that nodes whose clocks differ agree. Whoever changes a
 * medium locks its inquiry first.
 */
public final class Media implements Shelf {
    private static final Logger LOG = LoggerFactory.getLogger(Media.class);
    private static final Set<String> KINDS = Set.of("image", "video", "audio", "file");
    private static final String TABLE = "media";

    /** Under what name the purge notes what a customer took back and no hold keeps any more. */
    public static final String TAKEN_BACK = "hub.taken-back";

    private static final String PREPARING = "LINE is still preparing it";

    private static final String HELD = OnHold.covers(":inquiry", ":customer", ":account");
    private static final String COVERED = OnHold.covers("media.inquiry", "media.customer", "media.account");
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration BEAT = Duration.ofSeconds(10);
    private static final Duration LONGEST_REST = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    private final Store store;
    private final Signals signals;
    private final InquiryVersions versions;
    private final DayKeys keys;
    private final Clock clock;
    private final Vault vault;
    private final MediaLinks links;
    private final Shredder shredder;
    private final VirusScanner scanner;
    private final Audit audit;
    private final Duration keep;
    private final Duration unsentKeep;
    private final long limitBytes;
    private final long limitPixels;
    private final int tries;
    private final Duration longestFetch;

    public Media(Store store, Signals signals, InquiryVersions versions, DayKeys keys, Clock clock, Settings settings) {
        this.store = store;
        this.signals = signals;
        this.versions = versions;
        this.keys = keys;
        this.clock = clock;
        this.vault = new Vault(store);
        this.links = new MediaLinks(store, this, clock, settings.needed("hub.http.public-url"));
        this.shredder = new Shredder(store, vault, versions, keys);
        this.scanner = VirusScanner.of(settings);
        this.audit = new Audit(store, clock);
        this.keep = settings.duration("hub.media.keep");
        this.unsentKeep = settings.duration("hub.media.unsent-keep");
        this.limitBytes = settings.whole("hub.media.limit-bytes", 1, 1024 * 1024 * 1024);
        this.limitPixels = settings.whole("hub.media.limit-pixels", 1, Integer.MAX_VALUE);
        this.tries = settings.whole("hub.media.fetch-tries", 1, 1000);
        this.longestFetch = settings.duration("hub.media.fetch-longest");
    }

    /**
     * Notes that LINE holds a medium for a message, and has it fetched after the commit; joins the running transaction.
     * The same message gives the same id and changes nothing. A file that is known to be too large is not asked for.
     *
     * @param kind {@code image}, {@code video}, {@code audio} or {@code file}
     * @param fileName null when there is none, as {@code fileSize} in bytes
     */
    public MediaId expect(
            InquiryId inquiry,
            CustomerId customer,
            String account,
            String lineMessageId,
            String kind,
            String fileName,
            Long fileSize) {
        Store.needTransaction();
        if (!KINDS.contains(kind)) {
            throw new IllegalArgumentException("A medium is an image, a video, an audio or a file, not: " + kind);
        }
        MediaId id = id(customer, lineMessageId);
        Instant now = clock.instant();
        boolean tooLarge = fileSize != null && fileSize > limitBytes;
        store.jdbc()
                .sql("""
                        insert into media (id, inquiry, customer, account, line_message_id, kind, purpose, state, size,
                            name, due_at, held, tries, next_try_at, received_at)
                        values (:id, :inquiry, :customer, :account, :line, :kind, 'RECEIVED', :state, :size,
                            :name, :due,
                            %s,
                            0, current_timestamp, :now)
                        on conflict do nothing
                        """.formatted(HELD))
                .param("id", id.value())
                .param("inquiry", inquiry.value())
                .param("customer", customer.value())
                .param("account", account)
                .param("line", lineMessageId)
                .param("kind", kind)
                .param("state", (tooLarge ? MediaState.TOO_LARGE : MediaState.FETCHING).name())
                .param("size", fileSize)
                .param("name", store.sealing().seal(TABLE, id.value(), fileName))
                .param("due", Store.at(now.plus(keep)))
                .param("now", Store.at(now))
                .update();
        if (!tooLarge) {
            signals.send(Signals.Kind.MEDIA, id.value());
        }
        return id;
    }

    /**
     * Takes a picture an operator uploaded, drawn anew ({@link SentPicture}), with a preview of its own. Until it is sent it is
     * kept for {@code hub.media.unsent-keep} only.
     *
     * @throws InfectedException when it carries a virus
     * @throws NotScannedException when nobody can say now whether it does
     * @throws IOException in one sentence when it cannot be sent
     */
    public MediaRow upload(InquiryId inquiry, Customer customer, byte[] bytes) throws IOException {
        scan(bytes);
        SentPicture picture = SentPicture.of(bytes, limitPixels);
        MediaId id = new MediaId(UUID.randomUUID());
        store.inTransaction(() -> {
            keepSent(
                    id,
                    "image",
                    "SENT",
                    inquiry,
                    customer,
                    picture.bytes(),
                    picture.contentType(),
                    picture.width(),
                    picture.height());
            keepPreview(id, inquiry, customer, picture);
        });
        return find(id).orElseThrow();
    }

    /**
     * Takes a video an operator uploaded, rid of what it tells beside picture and sound ({@link SentVideo}). It cannot be
     * sent before it has a preview.
     *
     * @throws IOException as {@link #upload}
     */
    public MediaRow uploadVideo(InquiryId inquiry, Customer customer, byte[] bytes) throws IOException {
        scan(bytes);
        SentVideo video = SentVideo.of(bytes);
        MediaId id = new MediaId(UUID.randomUUID());
        store.inTransaction(() -> keepSent(
                id, "video", "SENT", inquiry, customer, video.bytes(), "video/mp4", video.width(), video.height()));
        return find(id).orElseThrow();
    }

    /**
     * Takes the picture that a phone shows before a video is played, drawn anew; the first one counts.
     *
     * @return the video, empty when there is none of this inquiry
     * @throws IOException as {@link #upload}
     */
    public Optional<MediaRow> uploadPreview(InquiryId inquiry, Customer customer, MediaId video, byte[] bytes)
            throws IOException {
        scan(bytes);
        SentPicture picture = SentPicture.of(bytes, limitPixels);
        return store.inTransaction(() -> {
            lock(inquiry.value());
            Optional<MediaRow> row =
                    sendable(inquiry, video.value()).filter(sent -> sent.kind().equals("video"));
            if (row.isPresent() && find(previewOf(video)).isEmpty()) {
                keepPreview(video, inquiry, customer, picture);
            }
            return row;
        });
    }

    private void scan(byte[] bytes) throws InfectedException, NotScannedException {
        try (VirusScanner.Look look = scanner.beginAtOnce()) {
            look.see(bytes, 0, bytes.length);
            Optional<String> virus = look.found();
            if (virus.isPresent()) {
                throw new InfectedException(virus.get());
            }
        }
    }

    /** Gives what keeps media from being scanned for viruses; empty while all is well, or nothing is scanned. */
    public Optional<String> scannerTrouble() {
        return scanner.trouble();
    }

    private void keepPreview(MediaId of, InquiryId inquiry, Customer customer, SentPicture picture) {
        keepSent(previewOf(of), "image", "PREVIEW", inquiry, customer, picture.preview(), "image/jpeg", null, null);
    }

    /** Gives the id of the picture that stands for a sent one, or for a video before it is played. */
    public static MediaId previewOf(MediaId id) {
        return new MediaId(Ids.derived("preview", id.value()));
    }

    private void keepSent(
            MediaId id,
            String kind,
            String purpose,
            InquiryId inquiry,
            Customer customer,
            byte[] bytes,
            String contentType,
            Integer width,
            Integer height) {
        Instant now = clock.instant();
        Instant due = now.plus(unsentKeep.compareTo(keep) < 0 ? unsentKeep : keep);
        LocalDate day = due.atOffset(ZoneOffset.UTC).toLocalDate();
        KeysetHandle key = vault.freshKey();
        try (OutputStream encrypted = vault.write(id.value(), key, () -> {})) {
            encrypted.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store.jdbc()
                .sql("""
                        insert into media (id, inquiry, customer, account, line_message_id, kind, purpose, state,
                            content_type, size, width, height, due_at, held, key_day, wrapped_key, tries, received_at)
                        values (:id, :inquiry, :customer, :account, '', :kind, :purpose, 'READY',
                            :type, :size, :width, :height, :due,
                            %s,
                            :day, :key, 0, :now)
                        """.formatted(HELD))
                .param("id", id.value())
                .param("inquiry", inquiry.value())
                .param("customer", customer.id().value())
                .param("account", customer.account())
                .param("kind", kind)
                .param("purpose", purpose)
                .param("type", contentType)
                .param("size", bytes.length)
                .param("width", width)
                .param("height", height)
                .param("due", Store.at(due))
                .param("day", day.toString())
                .param("key", keys.wrap(day, key, Vault.place(id.value())))
                .param("now", Store.at(now))
                .update();
    }

    @Override
    public Optional<Draft.Image> uploaded(InquiryId inquiry, UUID media) {
        return sendable(inquiry, media)
                .filter(row -> row.kind().equals("image") || isReady(previewOf(row.id())))
                .map(Media::image);
    }

    private Optional<MediaRow> sendable(InquiryId inquiry, UUID media) {
        return store.jdbc()
                .sql("select * from media where id = ? and inquiry = ? and purpose = 'SENT' and state = 'READY'")
                .params(media, inquiry.value())
                .query((row, i) -> row(row))
                .optional();
    }

    private boolean isReady(MediaId id) {
        return find(id).filter(row -> row.state() == MediaState.READY).isPresent();
    }

    /** Gives a picture or video as a draft names it. */
    public static Draft.Image image(MediaRow row) {
        UUID id = row.id().value();
        String preview = row.kind().equals("video") ? address(previewOf(row.id())) : null;
        return new Draft.Image(id, row.kind(), address(row.id()), preview, row.width(), row.height(), row.size());
    }

    private static String address(MediaId id) {
        return "/api/media/" + id.value();
    }

    @Override
    public Bubble.Picture offer(UUID media) {
        MediaId id = new MediaId(media);
        Instant sent = clock.instant().plus(keep);
        putBack(Map.of(media, sent, previewOf(id).value(), sent));
        MediaRow row = find(id).orElseThrow();
        return new Bubble.Picture(
                media, row.kind().equals("video"), links.make(id, row.dueAt()), links.make(previewOf(id), row.dueAt()));
    }

    @Override
    public void withdraw(UUID media) {
        MediaId preview = previewOf(new MediaId(media));
        links.revoke(new MediaId(media));
        links.revoke(preview);
        Instant unsent = clock.instant().plus(unsentKeep);
        bringForward(Map.of(media, unsent, preview.value(), unsent));
    }

    @Override
    public UUID expect(
            InquiryId inquiry, Customer customer, String lineMessageId, String kind, Content.Attachment file) {
        return expect(
                        inquiry,
                        customer.id(),
                        customer.account(),
                        lineMessageId,
                        kind,
                        file == null ? null : file.name(),
                        file == null ? null : file.size())
                .value();
    }

    @Override
    public void identity(UUID media) {
        Store.needTransaction();
        store.jdbc()
                .sql("update media set purpose = 'IDENTITY' where id = ?")
                .param(media)
                .update();
    }

    /**
     * Destroys what the customer took back, key first; joins the running transaction. A fetch that is still running
     * finds out and keeps nothing. What a legal hold keeps is shown to nobody any more, and destroyed when the hold ends.
     */
    @Override
    public void unsend(CustomerId customer, String lineMessageId) {
        Store.needTransaction();
        MediaId id = id(customer, lineMessageId);
        Optional<UUID> inquiry = store.jdbc()
                .sql("select inquiry from media where id = ?")
                .param(id.value())
                .query(UUID.class)
                .optional();
        if (inquiry.isEmpty()) {
            return;
        }
        lock(inquiry.get());
        if (withhold(id, inquiry.get())) {
            return;
        }
        int changed = store.jdbc().sql("""
                        update media set state = 'UNSENT', wrapped_key = null, name = null, size = null, width = null,
                            height = null, content_type = null, lease_until = null, next_try_at = null, error = null
                        where id = ? and state not in ('UNSENT', 'WITHHELD')
                        """).param(id.value()).update();
        if (changed > 0) {
            vault.delete(id.value());
            show(id.value());
        }
    }

    /**
     * Seals a medium away whose bytes a legal hold keeps, also one that was set while the medium came; its time is over, so
     * that the purge takes it once none does.
     */
    private boolean withhold(MediaId id, UUID inquiry) {
        int withheld =
                store.jdbc().sql("""
                        update media set state = 'WITHHELD', name = null, held = true,
                            due_at = case when due_at < current_timestamp then due_at else current_timestamp end
                        where id = ? and state = 'READY' and (held or %s)
                        """.formatted(COVERED)).param(id.value()).update();
        if (withheld > 0) {
            audit.write(
                    Audit.HUB,
                    "withhold-media",
                    "media/" + id.value(),
                    Audit.OK,
                    null,
                    Map.of("inquiry", inquiry.toString()));
            show(id.value());
        }
        return withheld > 0;
    }

    private static MediaId id(CustomerId customer, String lineMessageId) {
        return new MediaId(Ids.derived("media", customer, lineMessageId));
    }

    /** Gives the addresses of what was sent. */
    public MediaLinks links() {
        return links;
    }

    /** Finds what is known of a medium; empty when there is none by this id. */
    public Optional<MediaRow> find(MediaId id) {
        return store.jdbc()
                .sql("select * from media where id = ?")
                .param(id.value())
                .query((row, i) -> row(row))
                .optional();
    }

    private MediaRow row(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        MediaState state = MediaState.valueOf(row.getString("state"));
        if (state == MediaState.UNSENT || state == MediaState.WITHHELD) {
            return takenBack(id, row);
        }
        return new MediaRow(
                new MediaId(id),
                new InquiryId(row.getObject("inquiry", UUID.class)),
                row.getString("kind"),
                row.getString("purpose").equals("IDENTITY"),
                state,
                row.getBoolean("preparing"),
                row.getString("content_type"),
                row.getObject("size", Long.class),
                row.getObject("width", Integer.class),
                row.getObject("height", Integer.class),
                store.sealing().openText(TABLE, id, row.getBytes("name")),
                Store.instant(row.getTimestamp("due_at")));
    }

    /** Nobody is told that what a customer took back is still kept: nothing is said of it that is not of what is gone. */
    private static MediaRow takenBack(UUID id, ResultSet row) throws SQLException {
        return new MediaRow(
                new MediaId(id),
                new InquiryId(row.getObject("inquiry", UUID.class)),
                row.getString("kind"),
                row.getString("purpose").equals("IDENTITY"),
                MediaState.UNSENT,
                false,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /**
     * Opens a medium that is ready; the bytes come in the clear, a chunk at a time. A medium past its time does not open
     * although the purge has yet to come, unless it is on hold. A read fails with an {@link IOException} when the bytes
     * were destroyed or changed meanwhile.
     */
    public InputStream open(MediaId id) throws MediaGoneException {
        return open(id, 0);
    }

    /**
     * Gives a picture as one person may see it ({@link MarkedPicture}), a JPEG. Takes up to 64 MB while it is drawn, and waits
     * while others are: never call it on an event loop.
     *
     * @param mark who sees it and when
     * @throws IOException in one sentence when it cannot be drawn: it is damaged, or neither JPEG nor PNG
     */
    public byte[] marked(MediaId id, String mark) throws MediaGoneException, IOException {
        try (InputStream bytes = open(id)) {
            return MarkedPicture.of(bytes, mark, limitPixels);
        }
    }

    /** Opens a medium from a byte on. */
    InputStream open(MediaId id, long from) throws MediaGoneException {
        return open(id, from, MediaState.READY);
    }

    /**
     * Opens, as {@link #open(MediaId)}, what a customer took back and a legal hold keeps. Never for a screen: whoever calls it
     * hands it to the customer, or to those whom an auditor opened it for, and audits that.
     */
    public InputStream openWithheld(MediaId id) throws MediaGoneException {
        return open(id, 0, MediaState.WITHHELD);
    }

    private InputStream open(MediaId id, long from, MediaState wanted) throws MediaGoneException {
        Locked locked = store.jdbc()
                .sql("select state, key_day, wrapped_key, due_at, held from media where id = ?")
                .param(id.value())
                .query((row, i) -> new Locked(
                        MediaState.valueOf(row.getString("state")),
                        row.getString("key_day"),
                        row.getBytes("wrapped_key"),
                        Store.instant(row.getTimestamp("due_at")),
                        row.getBoolean("held")))
                .optional()
                .orElseThrow(() -> new MediaGoneException(id, "there is none"));
        if (locked.state() != wanted) {
            throw new MediaGoneException(id, "it is " + locked.state());
        }
        if (!locked.held() && !locked.dueAt().isAfter(clock.instant())) {
            throw new MediaGoneException(id, "its time was over at " + locked.dueAt());
        }
        KeysetHandle key = keys.unwrap(LocalDate.parse(locked.keyDay()), locked.wrappedKey(), Vault.place(id.value()))
                .orElseThrow(() -> new MediaGoneException(id, "the key of " + locked.keyDay() + " is destroyed"));
        try {
            return vault.read(id.value(), key, from);
        } catch (IOException e) {
            throw new MediaGoneException(id, "its bytes do not begin as they should");
        }
    }

    private record Locked(MediaState state, String keyDay, byte[] wrappedKey, Instant dueAt, boolean held) {}

    /**
     * Takes the right to fetch a medium for a minute; every sign of progress renews it. Commits by itself, so that an
     * attempt counts even if it kills the node.
     *
     * @return null when there is nothing to fetch now: done, being fetched, or not due for another try yet
     */
    public Fetch claim(UUID media) {
        return store.inOwnTransaction(() -> {
            OffsetDateTime now = databaseTime();
            int claimed = store.jdbc()
                    .sql("""
                            update media set tries = tries + 1, lease_until = :until
                            where id = :id and state = 'FETCHING' and next_try_at <= :now
                                and (lease_until is null or lease_until <= :now)
                            """)
                    .param("until", now.plus(LEASE))
                    .param("id", media)
                    .param("now", now)
                    .update();
            if (claimed == 0) {
                return null;
            }
            // What an attempt left that was cut short.
            vault.delete(media);
            return store.jdbc()
                    .sql("select * from media where id = ?")
                    .param(media)
                    .query((row, i) -> new Fetch(
                            media,
                            row.getInt("tries"),
                            row.getInt("unscanned"),
                            row.getObject("inquiry", UUID.class),
                            row.getObject("customer", UUID.class),
                            row.getString("account"),
                            row.getString("line_message_id"),
                            row.getString("kind"),
                            Store.instant(row.getTimestamp("due_at"))))
                    .single();
        });
    }

    /**
     * Takes LINE's answer: keeps the bytes, or notes why there are none. What fails on the way is tried again later.
     *
     * @param announced the answer's {@code Content-Length}, null when it does not say
     * @param body read as it comes, at most {@code hub.media.limit-bytes} of it; null when there is none
     */
    public void store(Fetch fetch, int status, Long announced, InputStream body) {
        try {
            switch (status) {
                case 200 -> keep(fetch, announced, body);
                case 404 -> end(fetch, MediaState.EXPIRED, "LINE has it no longer");
                case 410 -> end(fetch, MediaState.UNSENT, null);
                case 202 -> again(fetch, PREPARING);
                case 401, 403, 408, 429 -> again(fetch, "LINE answered " + status);
                default -> {
                    if (status >= 500) {
                        again(fetch, "LINE answered " + status);
                    } else {
                        end(fetch, MediaState.FAILED, "LINE answered " + status);
                    }
                }
            }
        } catch (Overtaken e) {
            LOG.debug("The medium {} was taken back or over during attempt {}", fetch.media(), fetch.attempt());
        } finally {
            release(body);
        }
    }

    /** Notes that LINE could not be asked, or did not answer; it is tried again later. */
    public void noAnswer(Fetch fetch, String why) {
        try {
            again(fetch, "no answer from LINE: " + why);
        } catch (Overtaken e) {
            LOG.debug("The medium {} was taken back or over during attempt {}", fetch.media(), fetch.attempt());
        }
    }

    private void keep(Fetch fetch, Long announced, InputStream body) {
        if (!fetch.dueAt().isAfter(clock.instant())) {
            end(fetch, MediaState.PURGED, "its time was over before LINE gave it");
            return;
        }
        if (announced != null && announced > limitBytes) {
            end(fetch, MediaState.TOO_LARGE, announced + " bytes");
            return;
        }
        if (body == null) {
            again(fetch, "LINE answered 200 without bytes");
            return;
        }
        try (VirusScanner.Look look = scanner.begin()) {
            Download download = new Download(body, fetch, look);
            byte[] head = download.readNBytes(FileKind.HEAD);
            Optional<FileKind> found = FileKind.of(fetch.kind(), head);
            if (found.isEmpty()) {
                end(fetch, MediaState.FAILED, "the bytes are no " + fetch.kind());
                return;
            }
            if (found.get().pixels() > limitPixels) {
                end(fetch, MediaState.TOO_LARGE, found.get().pixels() + " pixels");
                return;
            }
            KeysetHandle key = vault.freshKey();
            boolean picture = fetch.kind().equals("image");
            BarePicture.Copy kept;
            try (OutputStream encrypted = vault.write(fetch.media(), key, () -> beat(fetch))) {
                InputStream all = new SequenceInputStream(new ByteArrayInputStream(head), download);
                kept = picture
                        ? BarePicture.copy(found.get(), limitPixels, all, encrypted)
                        : new BarePicture.Copy(found.get(), all.transferTo(encrypted));
            }
            store.inTransaction(() -> beat(fetch));
            Optional<String> virus = look.found();
            if (virus.isPresent()) {
                destroyInfected(fetch, virus.get());
            } else if (picture && kept.kind().width() == null) {
                end(fetch, MediaState.FAILED, "the bytes are no image: they say no size");
            } else {
                ready(fetch, key, kept.kind(), kept.size());
            }
        } catch (NotScannedException e) {
            if (e.answered()) {
                again(fetch, e.getMessage());
            } else {
                waitForScanner(fetch, e.getMessage());
            }
        } catch (BarePicture.TooManyPixels e) {
            end(fetch, MediaState.TOO_LARGE, e.getMessage());
        } catch (TooLarge e) {
            end(fetch, MediaState.TOO_LARGE, "more than " + limitBytes + " bytes");
        } catch (IOException e) {
            again(fetch, "the bytes stopped coming: " + e.getMessage());
        }
    }

    private void ready(Fetch fetch, KeysetHandle key, FileKind kind, long size) {
        change(fetch, () -> {
            // Its time may have been brought forward while its bytes came in.
            LocalDate day = store.jdbc()
                    .sql("select due_at from media where id = ? for update")
                    .param(fetch.media())
                    .query((row, i) -> Store.instant(row.getTimestamp("due_at")))
                    .single()
                    .atOffset(ZoneOffset.UTC)
                    .toLocalDate();
            byte[] wrapped = keys.wrap(day, key, Vault.place(fetch.media()));
            return store.jdbc()
                    .sql("""
                        update media set state = 'READY', content_type = :type, size = :size, width = :width,
                            height = :height, key_day = :day, wrapped_key = :key, lease_until = null,
                            next_try_at = null, error = null
                        where id = :id and state = 'FETCHING' and tries = :attempt
                        """)
                    .param("type", kind.contentType())
                    .param("size", size)
                    .param("width", kind.width())
                    .param("height", kind.height())
                    .param("day", day.toString())
                    .param("key", wrapped)
                    .param("id", fetch.media())
                    .param("attempt", fetch.attempt())
                    .update();
        });
    }

    private void end(Fetch fetch, MediaState state, String why) {
        change(fetch, () -> ended(fetch, state, why));
        LOG.info("The medium {} is {}: {}", fetch.media(), state, why);
    }

    private int ended(Fetch fetch, MediaState state, String why) {
        vault.delete(fetch.media());
        return store.jdbc()
                .sql("""
                        update media set state = :state, error = :why, lease_until = null, next_try_at = null,
                            name = case when :state in ('UNSENT', 'PURGED', 'INFECTED') then null else name end
                        where id = :id and state = 'FETCHING' and tries = :attempt
                        """)
                .param("state", state.name())
                .param("why", why)
                .param("id", fetch.media())
                .param("attempt", fetch.attempt())
                .update();
    }

    /** Its key was never kept, so that with its bytes everything is gone. */
    private void destroyInfected(Fetch fetch, String virus) {
        change(fetch, () -> {
            int ended = ended(fetch, MediaState.INFECTED, virus);
            if (ended > 0) {
                audit.write(
                        Audit.HUB,
                        "destroy-infected",
                        "media/" + fetch.media(),
                        Audit.OK,
                        null,
                        Map.of("inquiry", fetch.inquiry().toString(), "virus", virus));
            }
            return ended;
        });
        LOG.warn("The medium {} carried {} and is destroyed", fetch.media(), virus);
    }

    /** LINE keeps it meanwhile. It does not count among the tries: a scanner may be away longer than LINE ever is. */
    private void waitForScanner(Fetch fetch, String why) {
        store.jdbc()
                .sql("update media set unscanned = unscanned + 1 where id = ? and state = 'FETCHING' and tries = ?")
                .params(fetch.media(), fetch.attempt())
                .update();
        later(fetch, fetch.unscanned() + 1, why);
    }

    private void again(Fetch fetch, String why) {
        int counted = fetch.attempt() - fetch.unscanned();
        if (counted >= tries) {
            end(fetch, MediaState.FAILED, "given up after " + counted + " tries; " + why);
            return;
        }
        later(fetch, counted, why);
    }

    /** @param failures of this kind so far: LINE's first is not waited for as long as the scanner's hundredth */
    private void later(Fetch fetch, int failures, String why) {
        boolean preparing = why.equals(PREPARING);
        store.inTransaction(() -> {
            lock(fetch.inquiry());
            beat(fetch);
            vault.delete(fetch.media());
            int shown = store.jdbc()
                    .sql("update media set preparing = ? where id = ? and preparing <> ?")
                    .params(preparing, fetch.media(), preparing)
                    .update();
            store.jdbc()
                    .sql("update media set next_try_at = ?, lease_until = null, error = ? where id = ?")
                    .params(databaseTime().plus(wait(fetch, failures)), shortened(why), fetch.media())
                    .update();
            if (shown > 0) {
                show(fetch.media());
            }
        });
        LOG.info("The medium {} is asked for again after attempt {}: {}", fetch.media(), fetch.attempt(), why);
    }

    /** Doubles from two seconds up; each medium a little different, so that an outage does not end in a flood. */
    private static Duration wait(Fetch fetch, int failures) {
        Duration plain = Duration.ofSeconds(1L << Math.min(failures, 20));
        Duration bounded = plain.compareTo(LONGEST_WAIT) < 0 ? plain : LONGEST_WAIT;
        int spread = Math.floorMod(fetch.media().hashCode(), 50) - 25;
        return bounded.multipliedBy(100 + spread).dividedBy(100);
    }

    private static String shortened(String text) {
        return text.length() <= 2000 ? text : text.substring(0, 2000);
    }

    /** Commits a new state and a new version of the message that shows it, unless the attempt is overtaken. */
    private void change(Fetch fetch, java.util.function.IntSupplier update) {
        store.inTransaction(() -> {
            lock(fetch.inquiry());
            if (update.getAsInt() == 0) {
                throw new Overtaken();
            }
            show(fetch.media());
        });
    }

    /** Renews the lease and locks the row, so that nothing is written for an attempt that is overtaken. */
    private void beat(Fetch fetch) {
        int mine = store.jdbc()
                .sql("update media set lease_until = ? where id = ? and state = 'FETCHING' and tries = ?")
                .params(databaseTime().plus(LEASE), fetch.media(), fetch.attempt())
                .update();
        if (mine == 0) {
            throw new Overtaken();
        }
    }

    /** A turn locks its inquiry before the media in it; so does everybody here, or two could wait for each other. */
    private void lock(UUID inquiry) {
        store.jdbc()
                .sql("select id from inquiries where id = ? for update")
                .param(inquiry)
                .query(UUID.class)
                .optional();
    }

    private void show(UUID media) {
        versions.mediaChanged(List.of(media));
    }

    private OffsetDateTime databaseTime() {
        return shredder.databaseTime();
    }

    /**
     * Destroys a batch of due media in one transaction ({@link Shredder#shred}), then rests as long as that took, a second at
     * most: half of the time belongs to the chat.
     *
     * @param due rows with the column {@code id}
     * @param before what the run has done so far, null at its beginning
     */
    public Purged shred(List<Map<String, Object>> due, Purged before) {
        List<UUID> ids = due.stream().map(row -> (UUID) row.get("id")).toList();
        long began = System.nanoTime();
        int batch = ids.isEmpty() ? 0 : store.inOwnTransaction(() -> shredder.shred(ids));
        if (batch > 0) {
            LockSupport.parkNanos(Math.min(System.nanoTime() - began, LONGEST_REST.toNanos()));
        }
        return new Purged(batch, batch + (before == null ? 0 : before.total()));
    }

    /** Destroys a batch of what is due, in a transaction of its own; 0 when nothing is, or others have the rest in hand. */
    public int shredDue(int most) {
        List<UUID> due = shredder.due(most);
        return due.isEmpty() ? 0 : store.inOwnTransaction(() -> shredder.shred(due));
    }

    /** As {@link Shredder#shredNow}. */
    public List<UUID> shredNow(Collection<UUID> ids, String rule) {
        return shredder.shredNow(ids, rule);
    }

    private record Wrapped(Instant longest, Instant dueAt, String keyDay, byte[] key) {}

    /**
     * Has media end earlier: each is wrapped by the key of its new due day, so that no copy of the database made from now
     * on opens it after that. What ends earlier already stays as it is. Joins the running transaction.
     *
     * @return how many end earlier now
     */
    public int bringForward(Map<UUID, Instant> dues) {
        return move(dues, Instant::isBefore);
    }

    /**
     * Has media end later, though never later than {@code hub.media.keep} after their receipt: each is wrapped by the key of
     * its new due day, unless the key that opens it is destroyed already. Joins the running transaction.
     *
     * @return how many end later now
     */
    public int putBack(Map<UUID, Instant> dues) {
        return move(dues, Instant::isAfter);
    }

    private int move(Map<UUID, Instant> dues, BiPredicate<Instant, Instant> wanted) {
        Store.needTransaction();
        int changed = 0;
        for (UUID id : shredder.locked(dues.keySet(), "state in ('READY', 'FETCHING')")) {
            Wrapped now = store.jdbc()
                    .sql("select received_at, due_at, key_day, wrapped_key from media where id = ?")
                    .param(id)
                    .query((row, i) -> new Wrapped(
                            Store.instant(row.getTimestamp("received_at")).plus(keep),
                            Store.instant(row.getTimestamp("due_at")),
                            row.getString("key_day"),
                            row.getBytes("wrapped_key")))
                    .single();
            Instant due = dues.get(id).isBefore(now.longest()) ? dues.get(id) : now.longest();
            if (wanted.test(due, now.dueAt())) {
                changed += end(id, now, due);
            }
        }
        return changed;
    }

    private int end(UUID id, Wrapped now, Instant due) {
        LocalDate day = due.atOffset(ZoneOffset.UTC).toLocalDate();
        byte[] key = now.key();
        String keyDay = now.keyDay();
        // A day that is over gets no key any more; what is due is destroyed by the same run.
        boolean wrap = key != null && !day.toString().equals(keyDay) && !day.isBefore(shredder.today());
        if (wrap) {
            Optional<KeysetHandle> open = keys.unwrap(LocalDate.parse(keyDay), key, Vault.place(id));
            if (open.isPresent()) {
                key = keys.wrap(day, open.get(), Vault.place(id));
                keyDay = day.toString();
            }
        }
        return store.jdbc()
                .sql("update media set due_at = ?, key_day = ?, wrapped_key = ? where id = ?")
                .params(Store.at(due), keyDay, key, id)
                .update();
    }

    /** As {@link Shredder#overdue}. */
    public long overdue(Duration longerThan) {
        return shredder.overdue(longerThan);
    }

    /**
     * Notes what became of a document that proves who the customer is; joins the running transaction. The first decision
     * counts.
     *
     * @param verdict {@code verified}, {@code refused} or {@code wrong}
     * @return whether it counted: it is such a document, and nobody had decided
     */
    public boolean decide(MediaId id, UUID by, String verdict) {
        Store.needTransaction();
        UUID inquiry = store.jdbc()
                .sql("select inquiry from media where id = ?")
                .param(id.value())
                .query(UUID.class)
                .optional()
                .orElse(null);
        if (inquiry == null) {
            return false;
        }
        lock(inquiry);
        int changed = store.jdbc().sql("""
                        update media set verdict = ?, decided_by = ?, decided_at = current_timestamp
                        where id = ? and purpose = 'IDENTITY' and verdict is null and state in ('READY', 'FETCHING')
                        """).params(verdict, by, id.value()).update();
        if (changed > 0) {
            show(id.value());
        }
        return changed > 0;
    }

    /** As {@link Shredder#forgetPastDays}. */
    public List<LocalDate> forgetPastDays() {
        return shredder.forgetPastDays();
    }

    /** Ends a call whose answer was not read to its end; a plain close would first read the rest, however much. */
    private static void release(InputStream body) {
        if (body == null) {
            return;
        }
        try {
            if (body instanceof EofSensorInputStream answer) {
                answer.abort();
            } else {
                body.close();
            }
        } catch (IOException e) {
            LOG.debug("The connection of a fetched medium ended badly", e);
        }
    }

    /** The medium was taken back, or another attempt took over: nothing of this one counts. */
    private static final class Overtaken extends RuntimeException {
        private Overtaken() {
            super(null, null, false, false);
        }
    }

    private static final class TooLarge extends IOException {}

    /** LINE's answer as it comes in: counted, bounded in size and in time, shown to the scanner. */
    private final class Download extends FilterInputStream {
        private final Fetch fetch;
        private final VirusScanner.Look look;
        private final long end = System.nanoTime() + longestFetch.toNanos();
        private long beat = System.nanoTime() + BEAT.toNanos();
        private long size;

        private Download(InputStream body, Fetch fetch, VirusScanner.Look look) {
            super(body);
            this.fetch = fetch;
            this.look = look;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            if (count < 0) {
                return count;
            }
            size += count;
            if (size > limitBytes) {
                throw new TooLarge();
            }
            look.see(into, offset, count);
            long now = System.nanoTime();
            if (now - end > 0) {
                throw new IOException("not whole after " + longestFetch);
            }
            if (now - beat > 0) {
                store.inTransaction(() -> Media.this.beat(fetch));
                beat = now + BEAT.toNanos();
            }
            return count;
        }
    }
}
