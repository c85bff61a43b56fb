package io.tsunagi;

import io.tsunagi.config.SettingsException;
import io.tsunagi.keeping.CustomerErasure.Person;
import io.tsunagi.keeping.CustomerExport;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** What a customer may ask for: what is kept of them, and that it is erased. */
@Command(
        name = "customer",
        description = "Hands out or erases what is kept of one customer.",
        mixinStandardHelpOptions = true)
final class CustomerCommands {
    @ParentCommand
    Commands all;

    /** Also what a legal hold keeps of what the customer took back, which an auditor has open; to be said in so many words. */
    static final class Kept {
        @Option(
                names = "--withheld",
                required = true,
                description = "Also what the customer took back and a legal hold keeps.")
        boolean withheld;

        @Option(
                names = "--auditor",
                paramLabel = "NAME",
                required = true,
                description = "Who has the inquiries it is from revealed, by the name they sign in with.")
        String auditor;
    }

    @Command(
            name = "export",
            description = {
                "Writes what is kept of a customer into a new folder: customer.json and their media.",
                "What they took back and a legal hold keeps is left out; it takes --withheld and an auditor."
            },
            mixinStandardHelpOptions = true)
    int export(
            @Option(names = "--inquiry", paramLabel = "NUMBER", required = true, description = "An inquiry of theirs.")
                    long inquiry,
            @Mixin Commands.Why reason,
            @ArgGroup(exclusive = false) Kept kept,
            @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "Must not be there yet.")
                    Path folder) {
        String why = reason.words();
        return all.withStore(store -> {
            KeepingParts parts = new KeepingParts(store, all.settings(), all.files());
            CustomerExport.Written written = parts.export.write(
                    person(store, parts, inquiry),
                    kept == null ? null : kept.auditor,
                    folder,
                    Commands.by(),
                    why,
                    all.out()::println);
            all.out().println("customer.json and " + written.files() + " files of media are in " + folder + ".");
            if (written.leftOut() > 0) {
                all.out()
                        .println(written.leftOut()
                                + " messages and files are left out: the customer took them back, and a"
                                + " legal hold keeps them. Whoever set it decides whether they are handed out too.");
            }
            return 0;
        });
    }

    @Command(
            name = "erase",
            description = {
                "Erases a customer here and in Salesforce; inquiries stay for the statistics, without the person.",
                "Writes a signed proof, which purge verify verifies. Cut short, run it again."
            },
            mixinStandardHelpOptions = true)
    int erase(
            @Option(names = "--inquiry", paramLabel = "NUMBER", required = true, description = "An inquiry of theirs.")
                    long inquiry,
            @Mixin Commands.Why reason,
            @Option(names = "--proof", paramLabel = "FILE", required = true, description = "Must not be there yet.")
                    Path proof) {
        String why = reason.words();
        return all.withStore(store -> {
            if (Files.exists(proof)) {
                throw new SettingsException("The file " + proof + " is there already. Name another one.");
            }
            KeepingParts parts = new KeepingParts(store, all.settings(), all.files());
            String said = parts.erasure.erase(person(store, parts, inquiry), Commands.by(), why);
            try {
                Files.writeString(proof, said);
            } catch (IOException e) {
                all.out().println(said);
                throw new SettingsException("The customer is erased, but the file " + proof
                        + " cannot be written; the proof stands above.");
            }
            all.out().println("The customer is erased; the proof is " + proof + ".");
            return 0;
        });
    }

    private static Person person(Store store, KeepingParts parts, long inquiry) {
        return store.jdbc()
                .sql("select customer from inquiries where number = ?")
                .param(inquiry)
                .query(UUID.class)
                .optional()
                .flatMap(parts.erasure::find)
                .orElseThrow(() -> new SettingsException("There is no inquiry " + inquiry + "."));
    }
}
