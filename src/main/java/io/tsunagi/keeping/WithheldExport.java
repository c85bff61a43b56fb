package io.tsunagi.keeping;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.media.Media;
import io.tsunagi.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Writes what a customer took back in an inquiry, and a legal hold keeps, for those who asked for the hold: {@code
 * withheld.json} and media, in a new folder that its owner alone can read.
 *
 * <p>That takes an auditor, named, who signed in and has revealed the inquiry for a reason, and whoever has the machine while
 * the reveal lasts. Audited, also when it is refused ({@link TakenOut}).
 */
public final class WithheldExport {
    private final Store store;
    private final Messages messages;
    private final Withheld withheld;
    private final Media media;
    private final TakenOut takenOut;

    public WithheldExport(Store store, Messages messages, Media media, Reveals reveals, Audit audit) {
        this.store = store;
        this.messages = messages;
        this.withheld = new Withheld(store);
        this.media = media;
        this.takenOut = new TakenOut(store, reveals, audit);
    }

    /** How many messages' words and how many files of media are in the folder. */
    public record Written(int words, int files) {}

    /**
     * @param auditor the name by which they sign in
     * @param folder is made; it must not be there yet
     * @param warn is told, before anything is written, what that will be
     * @throws SettingsException when the inquiry is not revealed to them, nothing is withheld, or the folder cannot be written
     */
    public Written write(
            InquiryId inquiry, long number, String auditor, Path folder, String by, Consumer<String> warn) {
        String object = "inquiry/" + inquiry.value();
        List<Reveals.Revealed> revealed = takenOut.by(auditor, List.of(inquiry.value()), object, by);
        Map<UUID, Withheld.Words> words = withheld.of(inquiry);
        List<ExportFolder.Medium> kept = ExportFolder.media(store, "inquiry", inquiry.value()).stream()
                .filter(ExportFolder.Medium::withheld)
                .toList();
        if (words.isEmpty() && kept.isEmpty()) {
            throw takenOut.refused(
                    object,
                    by,
                    "nothing-withheld",
                    "No legal hold keeps anything that the customer took back in the inquiry " + number + ".");
        }
        warn.accept("The customer took back what is written now, in the clear: the words of " + words.size()
                + " messages and " + kept.size() + " files. It is for those who asked for the legal hold.");
        return takenOut.written(
                revealed,
                object,
                by,
                () -> new Written(words.size(), write(inquiry, number, revealed.get(0), words, kept, folder)),
                written -> Map.of("words", String.valueOf(written.words()), "media", String.valueOf(written.files())));
    }

    private int write(
            InquiryId inquiry,
            long number,
            Reveals.Revealed revealed,
            Map<UUID, Withheld.Words> words,
            List<ExportFolder.Medium> kept,
            Path folder) {
        Set<UUID> withMedia = kept.stream().map(ExportFolder.Medium::id).collect(Collectors.toSet());
        int[] files = {0};
        ExportFolder.write(folder, into -> {
            ObjectNode all = ExportFolder.JSON
                    .createObjectNode()
                    .put("inquiry", number)
                    .put("reveal", revealed.id().toString())
                    .put("revealedTo", revealed.auditorName());
            ArrayNode said = all.putArray("messages");
            messages.since(inquiry, 0).stream()
                    .filter(message -> words.containsKey(message.id().value()) || withMedia.contains(message.media()))
                    .forEach(message -> said.add(
                            ExportFolder.message(message, words.get(message.id().value()))));
            files[0] = into.media(kept, media, all.putArray("media"));
            into.json("withheld.json", all);
        });
        return files[0];
    }
}
