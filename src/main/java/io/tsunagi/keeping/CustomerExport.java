package io.tsunagi.keeping;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.media.Media;
import io.tsunagi.store.Store;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Writes what is kept of one customer, for them to have (APPI, article 33; ISO/IEC 27001:2022, A.5.34): {@code
 * customer.json} and the media that are still there, in a new folder that its owner alone can read. Colleagues' notes to each
 * other are not part of it. Audited.
 *
 * <p>What they took back and a legal hold keeps is left out unless an auditor has every inquiry revealed that it is from ({@link
 * TakenOut}): whoever set the hold decides whether the customer gets it.
 */
public final class CustomerExport {
    private final Store store;
    private final Messages messages;
    private final Withheld withheld;
    private final Media media;
    private final TakenOut takenOut;
    private final Audit audit;

    private record Inquiry(UUID id, ObjectNode json) {}

    public CustomerExport(Store store, Messages messages, Media media, Reveals reveals, Audit audit) {
        this.store = store;
        this.messages = messages;
        this.withheld = new Withheld(store);
        this.media = media;
        this.takenOut = new TakenOut(store, reveals, audit);
        this.audit = audit;
    }

    /**
     * What is in the folder.
     *
     * @param files of media
     * @param withheld how many messages and files are there that the customer took back and a legal hold keeps
     * @param leftOut how many of them are not
     */
    public record Written(int files, int withheld, int leftOut) {}

    /**
     * @param auditor the name by which they sign in who has open what is withheld; null leaves that out
     * @param folder is made; it must not be there yet
     * @param reason stands in the audit, with who it is
     * @param warn is told of what is withheld before it is written
     * @throws SettingsException when the folder cannot be made or written, or something withheld is not revealed to the auditor
     */
    public Written write(
            CustomerErasure.Person person,
            String auditor,
            Path folder,
            String by,
            String reason,
            Consumer<String> warn) {
        Map<UUID, Withheld.Words> takenBack = withheld.of(new CustomerId(person.customer()));
        List<ExportFolder.Medium> media = ExportFolder.media(store, "customer", person.customer());
        List<ExportFolder.Medium> others =
                media.stream().filter(medium -> !medium.withheld()).toList();
        int withheld = takenBack.size() + media.size() - others.size();
        String object = "customer/" + person.customer();
        if (auditor == null || withheld == 0) {
            audit(
                    by,
                    object,
                    withheld == 0
                            ? Map.of("reason", reason)
                            : Map.of("reason", reason, "left-out", String.valueOf(withheld)));
            return new Written(write(person, Map.of(), others, folder), 0, withheld);
        }
        Set<UUID> inquiries = new TreeSet<>();
        Stream.concat(
                        takenBack.values().stream().map(words -> words.inquiry().value()),
                        media.stream().filter(ExportFolder.Medium::withheld).map(ExportFolder.Medium::inquiry))
                .forEach(inquiries::add);
        List<Reveals.Revealed> revealed = takenOut.by(auditor, inquiries, object, by);
        warn.accept(
                withheld + " of the messages and files that are written now the customer took back, and a legal hold"
                        + " keeps them. Whoever set the hold decides whether they are handed out.");
        return takenOut.written(
                revealed,
                object,
                by,
                () -> {
                    audit(by, object, Map.of("reason", reason, "withheld", String.valueOf(withheld)));
                    return new Written(write(person, takenBack, media, folder), withheld, 0);
                },
                written -> Map.of("withheld", String.valueOf(written.withheld())));
    }

    private void audit(String by, String object, Map<String, String> detail) {
        store.inTransaction(() -> audit.write(by, "export-customer", object, Audit.OK, null, detail));
    }

    private int write(
            CustomerErasure.Person person,
            Map<UUID, Withheld.Words> takenBack,
            List<ExportFolder.Medium> kept,
            Path folder) {
        int[] files = {0};
        ExportFolder.write(folder, into -> {
            ObjectNode all = customer(person);
            ArrayNode inquiries = all.putArray("inquiries");
            for (Inquiry inquiry : inquiries(person)) {
                ArrayNode said = inquiry.json().putArray("messages");
                messages.since(new InquiryId(inquiry.id()), 0).stream()
                        .filter(message ->
                                message.sender() != Message.Sender.NOTE && message.sender() != Message.Sender.SYSTEM)
                        .forEach(message -> said.add(ExportFolder.message(
                                message, takenBack.get(message.id().value()))));
                inquiries.add(inquiry.json());
            }
            files[0] = into.media(kept, media, all.putArray("media"));
            into.json("customer.json", all);
        });
        return files[0];
    }

    private ObjectNode customer(CustomerErasure.Person person) {
        return store.jdbc()
                .sql("select * from customers where id = ?")
                .param(person.customer())
                .query((row, i) -> ExportFolder.JSON
                        .createObjectNode()
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
                .sql("select i.*, (select max(s.score) from surveys s where s.inquiry = i.id) as score,"
                        + " (select max(s.reason) from surveys s where s.inquiry = i.id) as score_reason from inquiries i"
                        + " where i.customer = ? order by i.number")
                .param(person.customer())
                .query((row, i) -> {
                    ObjectNode json = ExportFolder.JSON
                            .createObjectNode()
                            .put("number", row.getLong("number"))
                            .put("state", row.getString("state"))
                            .put("language", row.getString("language"))
                            .put("topic", row.getString("topic"))
                            .put("openedAt", text(row.getTimestamp("opened_at")))
                            .put("closedAt", text(row.getTimestamp("closed_at")))
                            .put("caseNumber", row.getString("case_number"));
                    json.putPOJO("surveyScore", row.getObject("score"));
                    json.put("surveyReason", row.getString("score_reason"));
                    return new Inquiry(row.getObject("id", UUID.class), json);
                })
                .list();
    }

    private static String text(java.sql.Timestamp time) {
        Instant instant = Store.instant(time);
        return instant == null ? null : instant.toString();
    }
}
