package io.tsunagi.keeping;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** A new folder, readable by its owner alone, with what is handed out: words as JSON and media as they came. */
final class ExportFolder {
    static final ObjectMapper JSON = new ObjectMapper();

    /** A medium with bytes. */
    record Medium(UUID id, UUID inquiry, String kind, String contentType, boolean withheld) {}

    /** What is written into a folder. */
    interface Contents {
        void into(ExportFolder folder) throws IOException;
    }

    private final Path path;

    private ExportFolder(Path path) {
        this.path = path;
    }

    /**
     * @param path is made; it must not be there yet
     * @throws SettingsException when the folder cannot be made or written; what it holds then stays for whoever runs it to delete
     */
    static void write(Path path, Contents contents) {
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new SettingsException("The folder " + path + " cannot be made: " + e
                    + ". Name one that is not there yet, in a folder that is.");
        }
        try {
            contents.into(new ExportFolder(path));
        } catch (IOException | RuntimeException e) {
            throw new SettingsException("The folder " + path + " is not complete: " + e
                    + ". What is there lies in the clear: delete the folder, then name another.");
        }
    }

    /** Makes a file that its owner alone can read from its first byte on. */
    private Path file(String name) throws IOException {
        return Files.createFile(
                path.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    void json(String name, JsonNode tree) throws IOException {
        try (JsonGenerator out = JSON.createGenerator(Files.newBufferedWriter(file(name)))) {
            out.useDefaultPrettyPrinter();
            JSON.writeTree(out, tree);
        }
    }

    /**
     * Gives a message as it is handed out; {@code writtenAt} is when the words that stand in it were written, and each
     * earlier version.
     *
     * @param withheld its words where the customer took them back; null where nothing is withheld
     */
    static ObjectNode message(Message message, Withheld.Words withheld) {
        ObjectNode json = JSON.createObjectNode()
                .put("at", message.at().toString())
                .put("from", message.sender().name().toLowerCase(Locale.ROOT))
                .put("type", message.type());
        if (message.unsentAt() != null) {
            json.put("takenBackAt", message.unsentAt().toString());
        }
        if (message.media() != null) {
            json.put("media", message.media().toString());
        }
        Content content = withheld == null ? message.content() : withheld.content();
        if (!content.isEmpty()) {
            Instant edited = message.editedAt() == null ? message.at() : message.editedAt();
            json.put("writtenAt", (withheld == null ? edited : withheld.writtenAt()).toString());
        }
        json.set("content", JSON.valueToTree(content));
        for (JsonNode version : json.path("content").path("earlier")) {
            ((ObjectNode) version)
                    .put(
                            "writtenAt",
                            Instant.ofEpochMilli(version.path("at").asLong()).toString());
        }
        return json;
    }

    /** Gives the media with bytes of an inquiry or a customer, those withheld by a hold too, the oldest first. */
    static List<Medium> media(Store store, String column, UUID of) {
        return store.jdbc()
                .sql("select id, inquiry, kind, content_type, state from media where " + column + " = ? and state "
                        + MediaState.KEPT
                        + " and (state = 'READY' or held) and purpose <> 'PREVIEW' order by received_at")
                .param(of)
                .query((row, i) -> new Medium(
                        row.getObject("id", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getString("kind"),
                        row.getString("content_type"),
                        row.getString("state").equals(MediaState.WITHHELD.name())))
                .list();
    }

    /**
     * Writes media into the folder and names them in a list; passes over those whose time was over meanwhile.
     *
     * @return how many files that are
     */
    int media(List<Medium> media, Media from, ArrayNode list) throws IOException {
        int files = 0;
        for (Medium medium : media) {
            String name = medium.id() + "." + ending(medium.contentType());
            MediaId id = new MediaId(medium.id());
            try (InputStream bytes = medium.withheld() ? from.openWithheld(id) : from.open(id);
                    OutputStream out = Files.newOutputStream(file(name))) {
                bytes.transferTo(out);
            } catch (MediaGoneException e) {
                continue;
            }
            ObjectNode said = list.addObject()
                    .put("id", medium.id().toString())
                    .put("kind", medium.kind())
                    .put("file", name);
            if (medium.withheld()) {
                said.put("takenBack", true);
            }
            files++;
        }
        return files;
    }

    private static String ending(String contentType) {
        return contentType == null ? "bin" : contentType.replaceFirst(".*/", "").replaceAll("[^a-z0-9]", "");
    }
}
