package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardScan;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Signals;
import java.io.PrintWriter;
import java.time.Duration;
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
                "Ends with 1 when there are any that were not masked, or values that no key opens."
            },
            mixinStandardHelpOptions = true)
    int pan(@Option(names = "--redact", description = "Masks them, all but the last four digits.") boolean redact) {
        return all.withStore(store -> {
            Signals signals = new Signals();
            CardScan.Found found = new CardScan(
                            store,
                            new Messages(
                                    store,
                                    new InquiryVersions(store, signals, store.clock()),
                                    new CrmWork(store, signals, store.clock()),
                                    Duration.ZERO))
                    .scan(redact);
            Commands.audit(
                    store,
                    "scan-cards",
                    "store",
                    found.unreadable().isEmpty() ? Audit.OK : Audit.FAILED,
                    Map.of(
                            "found", String.valueOf(found.cards().size()),
                            "masked", String.valueOf(redact),
                            "unreadable", String.valueOf(found.unreadable().size())));
            PrintWriter out = all.out();
            found.cards().forEach(out::println);
            found.unreadable().forEach(place -> out.println("No key opens " + place + "; nobody knows what it holds."));
            int cards = found.cards().size();
            if (cards > 0) {
                out.println(cards + " values hold card numbers"
                        + (redact ? "; they are masked now." : ". Mask them with --redact."));
            } else {
                out.println(
                        found.unreadable().isEmpty()
                                ? "No card number is kept."
                                : "No card number is in what could be opened.");
            }
            return found.unreadable().isEmpty() && (cards == 0 || redact) ? 0 : 1;
        });
    }
}
