package io.tsunagi.keeping;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.Reveals;
import io.tsunagi.audit.Reveals.Revealed;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What is withheld and leaves the hub in a folder. An auditor, who is named, has each inquiry that it is from revealed at that
 * time. The audit tells of it before anything is written ({@code begin-export-withheld}) and what became of it ({@code
 * export-withheld}: done, failed or refused). Whether the auditor and whoever has the machine are two people the hub cannot
 * know.
 */
final class TakenOut {
    /** The audit's detail has an end. */
    private static final int MOST_NAMED = 30;

    private final Store store;
    private final Reveals reveals;
    private final Audit audit;

    TakenOut(Store store, Reveals reveals, Audit audit) {
        this.store = store;
        this.reveals = reveals;
        this.audit = audit;
    }

    /**
     * Gives the reveals by which these inquiries are open to an auditor.
     *
     * @param object that the audit names
     * @throws SettingsException when one of them is not; audited
     */
    List<Revealed> by(String auditor, Collection<UUID> inquiries, String object, String by) {
        List<Revealed> all = new ArrayList<>();
        for (UUID inquiry : inquiries) {
            Optional<Revealed> revealed = reveals.running(inquiry, auditor);
            if (revealed.isEmpty()) {
                throw refused(
                        object,
                        by,
                        "not-revealed",
                        "The inquiry " + number(inquiry) + " is not revealed to an auditor " + auditor
                                + ". They reveal it in the console, for a reason; run the command again while that lasts.");
            }
            all.add(revealed.get());
        }
        return all;
    }

    /** Audits that nothing leaves; the caller throws what it gives. */
    SettingsException refused(String object, String by, String why, String sentence) {
        write(by, "export-withheld", object, Audit.REFUSED, Map.of("why", why));
        return new SettingsException(sentence);
    }

    /**
     * Writes a folder, and audits that.
     *
     * @param counts of what it holds, for the audit
     */
    <T> T written(
            List<Revealed> revealed,
            String object,
            String by,
            Supplier<T> writing,
            Function<T, Map<String, String>> counts) {
        Map<String, String> detail = Map.of(
                "auditor",
                revealed.stream()
                        .map(each -> each.auditor().toString())
                        .distinct()
                        .collect(Collectors.joining(" ")),
                "inquiries",
                String.valueOf(revealed.size()),
                "reveals",
                revealed.stream()
                        .map(each -> each.id().toString())
                        .limit(MOST_NAMED)
                        .collect(Collectors.joining(" ")));
        write(by, "begin-export-withheld", object, Audit.OK, detail);
        T written;
        try {
            written = writing.get();
        } catch (RuntimeException e) {
            write(by, "export-withheld", object, Audit.FAILED, detail);
            throw e;
        }
        Map<String, String> all = new HashMap<>(detail);
        all.putAll(counts.apply(written));
        write(by, "export-withheld", object, Audit.OK, all);
        return written;
    }

    private void write(String by, String act, String object, String outcome, Map<String, String> detail) {
        store.inTransaction(() -> audit.write(by, act, object, outcome, null, detail));
    }

    private long number(UUID inquiry) {
        return store.jdbc()
                .sql("select number from inquiries where id = ?")
                .param(inquiry)
                .query(Long.class)
                .single();
    }
}
