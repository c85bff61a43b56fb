package io.tsunagi;

import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.keeping.LegalHolds.Hold;
import io.tsunagi.keeping.LegalHolds.Scope;
import io.tsunagi.keeping.WithheldExport;
import io.tsunagi.store.Store;
import java.nio.file.Path;
import java.util.UUID;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * Legal holds from the command line, where the machine's user acts. Lifting is not among them: it takes a second person, and
 * whoever has the machine has any name there.
 */
@Command(
        name = "hold",
        description = {
            "Keeps what a court or an authority wants kept, whatever the rules say.",
            "A hold is lifted by somebody else than who set it, signed in to the console's API."
        },
        subcommands = HoldCommands.Set.class,
        mixinStandardHelpOptions = true)
final class HoldCommands {
    @ParentCommand
    Commands all;

    /** What is held. */
    static final class What {
        @Option(names = "--inquiry", paramLabel = "NUMBER", description = "An inquiry, by its number.")
        Long inquiry;

        @Option(names = "--customer", paramLabel = "ID", description = "A customer, by the hub's id.")
        UUID customer;

        @Option(names = "--account", paramLabel = "NAME", description = "All of a LINE account.")
        String account;
    }

    @Command(name = "set", description = "Holds an inquiry, a customer or an account.", mixinStandardHelpOptions = true)
    static final class Set implements java.util.concurrent.Callable<Integer> {
        @ParentCommand
        HoldCommands holds;

        @ArgGroup(multiplicity = "1")
        What what;

        @Option(names = "--reason", required = true, paramLabel = "WORDS", description = "Why; it is kept sealed.")
        String reason;

        @Override
        public Integer call() {
            return holds.all.withStore(store -> {
                try {
                    Hold hold = holds(store)
                            .set(
                                    what.inquiry != null
                                            ? Scope.INQUIRY
                                            : what.customer != null ? Scope.CUSTOMER : Scope.ACCOUNT,
                                    what.inquiry != null ? inquiry(store, what.inquiry) : what.customer,
                                    what.account,
                                    reason,
                                    Commands.by(),
                                    null);
                    holds.all.out().println("The hold is " + hold.id() + ".");
                    return 0;
                } catch (IllegalArgumentException e) {
                    throw new SettingsException(e.getMessage() + ".");
                }
            });
        }
    }

    private static UUID inquiry(Store store, long number) {
        return store.jdbc()
                .sql("select id from inquiries where number = ?")
                .param(number)
                .query(UUID.class)
                .optional()
                .orElseThrow(() -> new IllegalArgumentException("There is no inquiry " + number));
    }

    @Command(name = "list", description = "Lists the holds.", mixinStandardHelpOptions = true)
    int list() {
        return all.withStore(store -> {
            for (Hold hold : holds(store).show(Commands.by(), null)) {
                all.out()
                        .printf(
                                "%s  %-8s  %s  set by %s at %s%s: %s%n",
                                hold.id(),
                                hold.scope().name().toLowerCase(java.util.Locale.ROOT),
                                hold.subject() == null ? hold.account() : hold.subject(),
                                hold.setBy(),
                                hold.setAt(),
                                hold.liftedAt() == null
                                        ? ""
                                        : ", lifted by " + hold.liftedBy() + " at " + hold.liftedAt(),
                                hold.reason());
            }
            return 0;
        });
    }

    @Command(
            name = "export",
            description = {
                "Writes what the customer took back in an inquiry, and a hold keeps, into a new folder: withheld.json and media.",
                "It takes an auditor, named, to whom the inquiry is revealed in the console meanwhile."
            },
            mixinStandardHelpOptions = true)
    int export(
            @Option(names = "--inquiry", paramLabel = "NUMBER", required = true, description = "By its number.")
                    long number,
            @Option(
                            names = "--auditor",
                            paramLabel = "NAME",
                            required = true,
                            description = "Who has it revealed, by the name they sign in with.")
                    String auditor,
            @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "Must not be there yet.")
                    Path folder) {
        return all.withStore(store -> {
            InquiryId inquiry;
            try {
                inquiry = new InquiryId(inquiry(store, number));
            } catch (IllegalArgumentException e) {
                throw new SettingsException(e.getMessage() + ".");
            }
            WithheldExport.Written written = new KeepingParts(store, all.settings(), all.files())
                    .withheld.write(inquiry, number, auditor, folder, Commands.by(), all.out()::println);
            all.out()
                    .println("withheld.json with " + written.words() + " messages' words and " + written.files()
                            + " files of media are in " + folder + ".");
            return 0;
        });
    }

    private static LegalHolds holds(Store store) {
        return new LegalHolds(store, new io.tsunagi.audit.Audit(store, store.clock()));
    }
}
