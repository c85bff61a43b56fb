package io.tsunagi;

import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.SettingsException;
import io.tsunagi.keeping.Keeping;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The purge as people look at it and start it. */
@Command(
        name = "purge",
        description = "Removes what is past its time by config/keeping.yaml, and proves it.",
        mixinStandardHelpOptions = true)
final class PurgeCommands {
    private static final long EACH_SECOND = 1_000_000_000L;

    @ParentCommand
    Commands all;

    private <T> T with(Function<KeepingParts, T> work) {
        return all.withStore(store -> work.apply(new KeepingParts(store, all.settings(), all.files())));
    }

    @Command(
            name = "plan",
            description =
                    "Says what a purge would remove now, rule by rule, and what legal holds keep. Removes nothing.",
            mixinStandardHelpOptions = true)
    int plan(
            @Option(
                            names = "--ids",
                            description =
                                    "Name each row instead, a line of JSON each: the rule, the id, and whether a legal hold keeps it.")
                    boolean ids) {
        return with(parts -> {
            if (ids) {
                parts.keeping.list(row -> all.out()
                        .println("{\"rule\":\"%s\",\"id\":\"%s\",\"held\":%s}"
                                .formatted(row.rule(), row.id(), row.held())));
                return 0;
            }
            for (Keeping.Plan plan : parts.keeping.plan()) {
                all.out()
                        .printf(
                                "%-20s %8d due %8d on hold   %s%n",
                                plan.rule().id(),
                                plan.due(),
                                plan.held(),
                                plan.rule().text());
            }
            return 0;
        });
    }

    @Command(
            name = "run",
            description = "Removes what is due now and signs a certificate of it, as hubs do on their schedule.",
            mixinStandardHelpOptions = true)
    int run() {
        return with(parts -> {
            parts.keeping.bringForward();
            long byRule = inBatches(0, parts.keeping::removeBatch);
            // What no rule names ends at its own time.
            int most = all.settings().whole("hub.media.purge-batch", 1, 100_000);
            long removed = inBatches(byRule, () -> parts.media.shredDue(most));
            parts.media.forgetPastDays();
            all.out().println("Removed " + removed + " rows. " + parts.keeping.certify() + ".");
            return 0;
        });
    }

    /** Says now and then how far it is. */
    private long inBatches(long before, IntSupplier batch) {
        long removed = before;
        long nextWord = System.nanoTime();
        int some;
        while ((some = batch.getAsInt()) > 0) {
            removed += some;
            if (System.nanoTime() - nextWord >= 0) {
                all.out().println(removed + " rows are removed so far");
                nextWord = System.nanoTime() + EACH_SECOND;
            }
        }
        return removed;
    }

    @Command(
            name = "verify",
            description = {
                "Verifies a certificate that was handed out; without a file, all that are kept, and whether any is missing.",
                "Also looks whether anything is past its time and still there."
            },
            mixinStandardHelpOptions = true)
    int verify(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            description = "A certificate as purge certificates writes it.")
                    Path file,
            @Option(
                            names = "--key",
                            paramLabel = "KEY",
                            description = "The public key to verify it with; by default this installation's.")
                    String key) {
        PrintWriter out = all.out();
        if (file != null && key != null) {
            return said(PurgeCertificates.verify(text(file), key), out);
        }
        return with(parts -> {
            if (file != null) {
                return said(PurgeCertificates.verify(text(file), parts.certificates.publicKey()), out);
            }
            List<String> wrong = parts.certificates.verifyAll();
            wrong.forEach(out::println);
            long overdue = parts.keeping.verify();
            out.println(parts.certificates.newest(1).stream()
                            .findFirst()
                            .map(PurgeCertificates.Certificate::position)
                            .orElse(0L)
                    + " certificates are kept; " + overdue + " rows are past their time and still there"
                    + parts.keeping
                            .last()
                            .filter(found -> found.overdue() > 0)
                            .map(found -> " (" + found.what() + ")")
                            .orElse("")
                    + ".");
            return wrong.isEmpty() && overdue == 0 ? 0 : 1;
        });
    }

    private static int said(boolean right, PrintWriter out) {
        out.println(
                right
                        ? "The certificate is what the hub signed."
                        : "The certificate is not what the hub signed: it was changed, or another hub signed it.");
        return right ? 0 : 1;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new SettingsException("The file " + file + " cannot be read: " + e + ".");
        }
    }

    @Command(
            name = "certificates",
            description = "Writes the newest certificates, a file each, and the public key that verifies them.",
            mixinStandardHelpOptions = true)
    int certificates(
            @Option(
                            names = "--out",
                            paramLabel = "FOLDER",
                            required = true,
                            description = "Where to; made when missing.")
                    Path folder,
            @Option(names = "--most", paramLabel = "N", defaultValue = "1000", description = "So many at most.")
                    int most) {
        return with(parts -> {
            List<PurgeCertificates.Certificate> newest = parts.certificates.newest(most);
            try {
                Files.createDirectories(folder);
                Files.writeString(folder.resolve("public-key"), parts.certificates.publicKey() + "\n");
                for (PurgeCertificates.Certificate certificate : newest) {
                    Files.writeString(
                            folder.resolve("purge-%08d.json".formatted(certificate.position())), certificate.file());
                }
            } catch (IOException e) {
                throw new SettingsException("The folder " + folder + " cannot be written: " + e + ".");
            }
            all.out().println(newest.size() + " certificates are in " + folder + ".");
            return 0;
        });
    }
}
