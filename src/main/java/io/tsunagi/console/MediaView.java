package io.tsunagi.console;

import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaAnswer;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaRow;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Shows pictures and files of a conversation; each view is audited before the first byte leaves.
 *
 * <p>An identity document's image is shown to the owner of its inquiry and to supervisors only, as a whole, drawn anew with
 * the viewer's name and the time over it, and, where {@code hub.media.identity-reasons} names some, for one of these reasons.
 * Who else asks for it is refused, and that is audited too. Never call it on an event loop. Safe for many threads.
 */
public final class MediaView {
    private static final DateTimeFormatter MARK =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Media media;
    private final Operators operators;
    private final Store store;
    private final Audit audit;
    private final Clock clock;
    private final List<String> reasons;

    public MediaView(Media media, Operators operators, Store store, Audit audit, Clock clock, Settings settings) {
        this.media = media;
        this.operators = operators;
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.reasons = settings.list("hub.media.identity-reasons");
    }

    /**
     * Answers with the bytes or the part of them that is asked for, 410 when they are gone for good, 404 when there never
     * were any, 409 when not here yet; of identity documents 403 to who may not see them, and 422 without a reason.
     */
    public void show(Exchange exchange) {
        Message message = exchange.getMessage();
        MediaId id = new MediaId(Requests.uuid(message.getHeader("id", String.class), "id"));
        String range = message.getHeader("Range", String.class);
        String reason = message.getHeader("reason", String.class);
        String origin = message.getHeader("tsunagi-origin", String.class);
        Person viewer = Requests.person(operators, message.getHeader("tsunagi-operator", String.class));
        MediaRow row =
                media.find(id).orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such medium"));
        if (row.identity()) {
            refuseOthers(viewer, row, origin);
        }
        if (row.state() != MediaState.READY) {
            boolean later = row.state() == MediaState.FETCHING;
            throw new BadRequestException(
                    later ? 409 : 410, row.state().name().toLowerCase(Locale.ROOT), "The medium is not available");
        }
        boolean asksWhy = row.identity() && !reasons.isEmpty();
        if (asksWhy && !reasons.contains(reason)) {
            throw new BadRequestException(422, "reason", "Say why you look: reason is one of " + reasons);
        }
        audit(viewer, row, Audit.OK, origin, asksWhy ? Map.of("reason", reason) : Map.of());
        message.removeHeaders("*");
        try {
            if (row.identity()) {
                write(message, viewer, row);
            } else {
                MediaAnswer.write(message, media, row, range);
            }
        } catch (MediaGoneException e) {
            throw new BadRequestException(410, "purged", "The medium is deleted");
        }
        message.setHeader("Cache-Control", "no-store");
        message.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
        if (!row.contentType().startsWith("image/")) {
            message.setHeader("Content-Disposition", "attachment");
        }
    }

    private void refuseOthers(Person viewer, MediaRow row, String origin) {
        boolean owner = store.jdbc()
                .sql("select 1 from inquiries where id = ? and operator = ?")
                .params(row.inquiry().value(), viewer.id().value())
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!owner && viewer.role() != Role.SUPERVISOR) {
            audit(viewer, row, Audit.REFUSED, origin, Map.of());
            throw new BadRequestException(
                    403, "not-owner", "Only its operator and supervisors see an identity document");
        }
    }

    private void audit(Person viewer, MediaRow row, String outcome, String origin, Map<String, String> more) {
        Map<String, String> detail = new TreeMap<>(more);
        detail.put("inquiry", row.inquiry().toString());
        if (row.identity()) {
            detail.put("identity", "true");
        }
        store.inTransaction(() -> audit.write(
                viewer.id().toString(), "view-media", "media/" + row.id().value(), outcome, origin, detail));
    }

    private void write(Message answer, Person viewer, MediaRow row) throws MediaGoneException {
        byte[] marked;
        try {
            marked = media.marked(row.id(), viewer.name() + " " + MARK.format(clock.instant()));
        } catch (IOException e) {
            throw new BadRequestException(422, "not-drawn", "The picture cannot be shown: " + e.getMessage());
        }
        answer.setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
        answer.setHeader(Exchange.CONTENT_TYPE, "image/jpeg");
        answer.setBody(marked);
    }
}
