package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardScan;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Looks for what must not be kept. */
@Command(name = "scan", description = "Looks for what must not be kept.", mixinStandardHelpOptions = true)
final class ScanCommands {
    @ParentCommand
    Commands all;

    @Command(
            name = "pan",
            description = {
                "Opens everything that people wrote and says where card numbers are (PCI DSS 12.10.7); shows none of them.",
                "Ends with 1 when there are any that were not masked."
            },
            mixinStandardHelpOptions = true)
    int pan(@Option(names = "--redact", description = "Masks them, all but the last four digits.") boolean redact) {
        return all.withStore(store -> {
            List<CardScan.Place> found = new KeepingParts(store, all.settings(), all.files()).cards.scan(redact);
            Commands.audit(
                    store,
                    "scan-cards",
                    "store",
                    Audit.OK,
                    Map.of("found", String.valueOf(found.size()), "masked", String.valueOf(redact)));
            found.forEach(place -> all.out().println(place));
            all.out()
                    .println(
                            found.isEmpty()
                                    ? "No card number is kept."
                                    : found.size() + " values hold card numbers"
                                            + (redact ? "; they are masked now." : ". Mask them with --redact."));
            return found.isEmpty() || redact ? 0 : 1;
        });
    }
}
