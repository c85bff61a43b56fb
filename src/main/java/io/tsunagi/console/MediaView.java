package io.tsunagi.console;

import io.tsunagi.audit.Audit;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaAnswer;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaRow;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.Store;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Shows pictures and files of a conversation; each view is audited before the first byte leaves. */
public final class MediaView {
    private final Media media;
    private final Store store;
    private final Audit audit;

    public MediaView(Media media, Store store, Audit audit) {
        this.media = media;
        this.store = store;
        this.audit = audit;
    }

    /** Answers with the bytes or the part of them that is asked for, 410 when they are gone for good, 404 when there never were any, 409 when not here yet. */
    public void show(Exchange exchange) {
        Message message = exchange.getMessage();
        MediaId id = new MediaId(Requests.uuid(message.getHeader("id", String.class), "id"));
        String range = message.getHeader("Range", String.class);
        String caller = message.getHeader("tsunagi-operator", String.class);
        MediaRow row =
                media.find(id).orElseThrow(() -> new BadRequestException(404, "not-found", "There is no such medium"));
        if (row.state() != MediaState.READY) {
            boolean later = row.state() == MediaState.FETCHING;
            throw new BadRequestException(
                    later ? 409 : 410,
                    row.state().name().toLowerCase(java.util.Locale.ROOT),
                    "The medium is not available");
        }
        store.inTransaction(() -> audit.write(
                caller, "view-media", "media/" + id.value(), Audit.OK, null, Map.of("inquiry", "" + row.inquiry())));
        message.removeHeaders("*");
        try {
            MediaAnswer.write(message, media, row, range);
        } catch (MediaGoneException e) {
            throw new BadRequestException(410, "purged", "The medium is deleted");
        }
        message.setHeader("Cache-Control", "no-store");
        message.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
        if (!row.contentType().startsWith("image/")) {
            message.setHeader("Content-Disposition", "attachment");
        }
    }
}
