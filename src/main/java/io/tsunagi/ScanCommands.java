package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.inquiry.CardScan;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Signals;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
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
        return scan("scan-cards", "card number", "card numbers", CardNumbers::mask, redact);
    }

    @Command(
            name = "words",
            description = {
                "Opens everything that people wrote and says where card numbers, or what the rules of config/sensitive.yaml"
                        + " name, are: what was kept before a rule was there. Shows none of it.",
                "Ends with 1 when there is any that was not masked, or values that no key opens."
            },
            mixinStandardHelpOptions = true)
    int words(@Option(names = "--redact", description = "Masks them.") boolean redact) {
        return scan(
                "scan-words",
                "word that a rule hides",
                "words that a rule hides",
                all.files().sensitiveWords()::mask,
                redact);
    }

    private int scan(String act, String what, String several, UnaryOperator<String> mask, boolean redact) {
        return all.withStore(store -> {
            Signals signals = new Signals();
            CardScan.Found found = new CardScan(
                            store,
                            new Messages(
                                    store,
                                    new InquiryVersions(store, signals, store.clock()),
                                    new CrmWork(store, signals, store.clock()),
                                    Duration.ZERO),
                            mask)
                    .scan(redact);
            Commands.audit(
                    store,
                    act,
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
                out.println(cards + " values hold " + several
                        + (redact ? "; they are masked now." : ". Mask them with --redact."));
            } else {
                out.println(
                        found.unreadable().isEmpty()
                                ? "No " + what + " is kept."
                                : "No " + what + " is in what could be opened.");
            }
            return found.unreadable().isEmpty() && (cards == 0 || redact) ? 0 : 1;
        });
    }
}
