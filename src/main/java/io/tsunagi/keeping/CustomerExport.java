package io.tsunagi.keeping;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Writes what is kept of one customer, for them to have (APPI, article 33; ISO/IEC 27001:2022, A.5.34): {@code
 * customer.json} and the media that are still there, in a new folder that its owner alone can read. Colleagues' notes to each
 * other are not part of it. Audited.
 */
public final class CustomerExport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;
    private final Messages messages;
    private final Media media;
    private final Audit audit;

    private record Inquiry(UUID id, ObjectNode json) {}

    private record Medium(UUID id, String kind, String contentType) {}

    public CustomerExport(Store store, Messages messages, Media media, Audit audit) {
        this.store = store;
        this.messages = messages;
        this.media = media;
        this.audit = audit;
    }

    /**
     * @param folder is made; it must not be there yet
     * @return how many files of media are in it
     * @throws SettingsException when the folder cannot be made or written
     */
    public int write(CustomerErasure.Person person, Path folder, String by) {
        store.inTransaction(
                () -> audit.write(by, "export-customer", "customer/" + person.customer(), Audit.OK, null, Map.of()));
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            ObjectNode all = customer(person);
            ArrayNode inquiries = all.putArray("inquiries");
            for (Inquiry inquiry : inquiries(person)) {
                ArrayNode said = inquiry.json().putArray("messages");
                messages.since(new InquiryId(inquiry.id()), 0).stream()
                        .filter(message ->
                                message.sender() != Message.Sender.NOTE && message.sender() != Message.Sender.SYSTEM)
                        .forEach(message -> said.add(message(message)));
                inquiries.add(inquiry.json());
            }
            int files = 0;
            ArrayNode kept = all.putArray("media");
            for (Medium medium : media(person)) {
                String name = medium.id() + "." + ending(medium.contentType());
                if (copy(medium, folder.resolve(name))) {
                    kept.addObject()
                            .put("id", medium.id().toString())
                            .put("kind", medium.kind())
                            .put("file", name);
                    files++;
                }
            }
            try (JsonGenerator out = JSON.createGenerator(Files.newBufferedWriter(Files.createFile(
                    folder.resolve("customer.json"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))))) {
                out.useDefaultPrettyPrinter();
                JSON.writeTree(out, all);
            }
            return files;
        } catch (IOException e) {
            throw new SettingsException("The folder " + folder + " cannot be written: " + e
                    + ". Name one that is not there yet, in a folder that is.");
        }
    }

    private ObjectNode customer(CustomerErasure.Person person) {
        return store.jdbc()
                .sql("select * from customers where id = ?")
                .param(person.customer())
                .query((row, i) -> JSON.createObjectNode()
                        .put("account", person.account())
                        .put("lineUserId", person.lineUserId())
                        .put("name", store.sealing().openText("customers", person.customer(), row.getBytes("name")))
                        .put("language", row.getString("language"))
                        .put("firstSeen", text(row.getTimestamp("first_seen")))
                        .put("lastSeen", text(row.getTimestamp("last_seen")))
                        .put("blocked", row.getBoolean("blocked")))
                .single();
    }

    private List<Inquiry> inquiries(CustomerErasure.Person person) {
        return store.jdbc()
                .sql("select i.*, (select max(s.score) from surveys s where s.inquiry = i.id) as score from inquiries i"
                        + " where i.customer = ? order by i.number")
                .param(person.customer())
                .query((row, i) -> {
                    ObjectNode json = JSON.createObjectNode()
                            .put("number", row.getLong("number"))
                            .put("state", row.getString("state"))
                            .put("language", row.getString("language"))
                            .put("topic", row.getString("topic"))
                            .put("openedAt", text(row.getTimestamp("opened_at")))
                            .put("closedAt", text(row.getTimestamp("closed_at")))
                            .put("caseNumber", row.getString("case_number"));
                    json.putPOJO("surveyScore", row.getObject("score"));
                    return new Inquiry(row.getObject("id", UUID.class), json);
                })
                .list();
    }

    private static ObjectNode message(Message message) {
        ObjectNode json = JSON.createObjectNode()
                .put("at", message.at().toString())
                .put("from", message.sender().name().toLowerCase(Locale.ROOT))
                .put("type", message.type());
        if (message.media() != null) {
            json.put("media", message.media().toString());
        }
        json.set("content", JSON.valueToTree(message.content()));
        return json;
    }

    private List<Medium> media(CustomerErasure.Person person) {
        return store.jdbc()
                .sql("select id, kind, content_type from media where customer = ? and state = 'READY'"
                        + " and purpose <> 'PREVIEW' order by received_at")
                .param(person.customer())
                .query((row, i) -> new Medium(
                        row.getObject("id", UUID.class), row.getString("kind"), row.getString("content_type")))
                .list();
    }

    private boolean copy(Medium medium, Path file) throws IOException {
        try (InputStream bytes = media.open(new MediaId(medium.id()))) {
            Files.copy(bytes, file);
            return true;
        } catch (MediaGoneException e) {
            // Its time was over meanwhile.
            return false;
        }
    }

    private static String ending(String contentType) {
        return contentType == null ? "bin" : contentType.replaceFirst(".*/", "").replaceAll("[^a-z0-9]", "");
    }

    private static String text(java.sql.Timestamp time) {
        Instant instant = Store.instant(time);
        return instant == null ? null : instant.toString();
    }
}
