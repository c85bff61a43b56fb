package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.AuditCheck;
import io.tsunagi.audit.AuditExport;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.media.DayKeys;
import io.tsunagi.store.KeyRotation;
import io.tsunagi.store.Store;
import io.tsunagi.store.StoreCommands;
import io.tsunagi.store.StoreCopy;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * What the program does beside running the hub. Each command works with the same settings as the hub, says what it did on
 * standard output, and ends with 0, with 1 when something is wrong, with 2 when it was called wrongly.
 *
 * <p>On PostgreSQL hubs may run meanwhile; an embedded database belongs to the hub that runs, which has to be stopped.
 * What touches customers' data or the audit is audited under {@link #ACTOR}.
 */
@Command(
        name = "tsunagi",
        description = "Runs the hub, or carries out one command beside it.",
        subcommands = {
            Commands.Keys.class,
            Commands.AuditCommands.class,
            PurgeCommands.class,
            HoldCommands.class,
            ScanCommands.class,
            RouteCommands.class,
            CustomerCommands.class,
            PeopleCommands.class
        },
        versionProvider = Commands.Version.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]",
        exitCodeListHeading = "%nEnds with%n",
        exitCodeList = {"0: all went well", "1: something is wrong, and was said", "2: called wrongly"})
final class Commands implements Runnable {
    /** Who acts in the audit when a command does. */
    static final String ACTOR = "command-line";

    private static final int LONGEST_REASON = 200;

    @Option(
            names = "--home",
            paramLabel = "FOLDER",
            defaultValue = "",
            scope = ScopeType.INHERIT,
            description = "What holds config/ and routes/; by default the current folder.")
    Path home;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            defaultValue = "",
            scope = ScopeType.INHERIT,
            description = "A further file of settings, config/NAME.properties.")
    String profile;

    @Spec
    CommandSpec spec;

    private Commands() {}

    /** Carries out what the arguments name and gives the exit status. */
    static int carryOut(String... args) {
        if (System.getProperty("log4j2.configurationFile") == null) {
            System.setProperty("log4j2.configurationFile", "classpath:log4j2-command.xml");
        }
        return commandLine(new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true))
                .execute(args);
    }

    static CommandLine commandLine(PrintWriter out) {
        return new CommandLine(new Commands()).setOut(out).setExecutionExceptionHandler((failure, command, parsed) -> {
            if (!(failure instanceof SettingsException)) {
                LoggerFactory.getLogger(Commands.class).error("The command failed", failure);
            }
            command.getErr()
                    .println(
                            failure instanceof SettingsException
                                    ? failure.getMessage()
                                    : "The command failed: " + failure.getMessage());
            return 1;
        });
    }

    /** Called without a command, but with options only picocli reads. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name a command.");
    }

    @Command(
            name = "run",
            description = "Runs the hub until the process is told to stop. This is what happens without a command.",
            mixinStandardHelpOptions = true)
    int runHub() throws InterruptedException {
        return HubMain.run(home, profile);
    }

    @Command(
            name = "check",
            description = {
                "Looks at settings, files, routes, the database, LINE's tokens and the sign-in to Salesforce.",
                "Changes nothing and sends no message."
            },
            mixinStandardHelpOptions = true)
    int check() throws InterruptedException {
        List<Finding> found = new Check(settings(), home).look();
        PrintWriter out = spec.commandLine().getOut();
        for (Finding finding : found) {
            out.printf("%-5s %s%n", finding.kind().name().toLowerCase(java.util.Locale.ROOT), finding.sentence());
        }
        return found.stream().anyMatch(finding -> finding.kind() == Finding.Kind.WRONG) ? 1 : 0;
    }

    @Command(
            name = "rehearse",
            description = {
                "Starts a hub on a throw-away database and stops it, so that Java can keep an archive of its classes:",
                "java -XX:ArchiveClassesAtExit=FILE -jar ... rehearse. Reads no settings and calls nobody."
            },
            mixinStandardHelpOptions = true)
    int rehearse() throws IOException, InterruptedException {
        Rehearsal.run();
        return 0;
    }

    @Command(
            name = "migrate",
            description = "Brings the database's schema up to this version's, for hubs with hub.store.migrate=check.",
            mixinStandardHelpOptions = true)
    int migrate() {
        Settings settings = settings();
        DeliveryCheck.pass(settings);
        StoreCommands.Found before = StoreCommands.migrate(settings);
        spec.commandLine()
                .getOut()
                .println(
                        before.pending().isEmpty()
                                ? "The schema is up to date: " + before.version() + "."
                                : "Brought the schema "
                                        + (before.version().isEmpty() ? "" : "from " + before.version() + " ")
                                        + "up to date: " + String.join(", ", before.pending()) + ".");
        return 0;
    }

    @Command(
            name = "migrate-to",
            description = {
                "Copies the embedded database (H2) into an empty PostgreSQL, in one transaction; stop the hub first.",
                "The embedded database stays as it is. Cut short, nothing is there: run it again."
            },
            mixinStandardHelpOptions = true)
    int migrateTo(
            @Option(
                            names = "--url",
                            paramLabel = "URL",
                            required = true,
                            description = "jdbc:postgresql://HOST/DATABASE")
                    String url,
            @Option(names = "--user", paramLabel = "NAME", required = true, description = "Who owns that database.")
                    String user,
            @Option(
                            names = "--password-file",
                            paramLabel = "FILE",
                            description = "Holds the password; without it there is none.")
                    Path password) {
        Map<String, String> target =
                new java.util.TreeMap<>(Map.of("hub.store.url", url, "hub.store.user", user, "hub.store.password", ""));
        Settings to = settings().with(target);
        if (password != null) {
            to = to.with(Map.of("hub.store.password", secretIn(password)));
        }
        Settings there = to;
        DeliveryCheck.pass(settings());
        Map<String, Long> rows = withStore(store -> new StoreCopy(store, there).run());
        try (Store moved = Store.existing(there)) {
            String name = url.replaceFirst("\\?.*", "");
            // As long as an object may be.
            audit(moved, "move-database", name.substring(0, Math.min(name.length(), 120)), Audit.OK, null);
        }
        PrintWriter out = out();
        rows.forEach((table, count) -> {
            if (count > 0) {
                out.printf("%8d  %s%n", count, table);
            }
        });
        out.println("All rows of " + rows.size() + " tables are there, as many as here. Now set hub.store.url,"
                + " hub.store.user and hub.store.password; both key folders and the audit's head stay where they are.");
        return 0;
    }

    private static String secretIn(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new SettingsException("The file " + file + " that --password-file names cannot be read.");
        }
    }

    Settings settings() {
        return Settings.load(home.resolve("config"), profile, System.getenv(), Map.of());
    }

    ConfigFiles files() {
        return new ConfigFiles(home, settings());
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Opens the database that is there for one command: none makes a database or keys, or changes a schema. */
    <T> T withStore(Function<Store, T> work) {
        try (Store store = Store.existing(settings())) {
            return work.apply(store);
        }
    }

    /** Why something leaves or goes, for the audit, which keeps it for good. */
    static final class Why {
        @Spec(Spec.Target.MIXEE)
        CommandSpec command;

        @Option(
                names = "--reason",
                paramLabel = "WORDS",
                required = true,
                description = "Stands in the audit: no names.")
        private String given;

        /** @throws CommandLine.ParameterException when nothing is said, or more than the audit is for */
        String words() {
            String said = given.strip();
            if (said.isEmpty() || said.length() > LONGEST_REASON) {
                throw new CommandLine.ParameterException(
                        command.commandLine(),
                        "--reason says why, in at most " + LONGEST_REASON + " letters; it stands in the audit.");
            }
            return CardNumbers.mask(said);
        }
    }

    /** Who acts, as the audit and holds name them: the machine's user. */
    static String by() {
        String user = ACTOR + "/" + System.getProperty("user.name");
        return user.length() <= 64 ? user : user.substring(0, 64);
    }

    static void audit(Store store, String act, String object, String outcome, Map<String, String> detail) {
        Audit audit = new Audit(store, store.clock());
        store.inTransaction(() -> audit.write(ACTOR, act, object, outcome, System.getProperty("user.name"), detail));
    }

    /** The version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "Tsunagi "
                        + Objects.requireNonNullElse(
                                Commands.class.getPackage().getImplementationVersion(), "(not packaged)")
            };
        }
    }

    @Command(name = "keys", description = "Looks after the keys of customers' words.", mixinStandardHelpOptions = true)
    static final class Keys {
        @ParentCommand
        Commands all;

        @Command(
                name = "rotate",
                description = {
                    "Seals with a new key from now on, and what older keys sealed, anew.",
                    "Hubs on PostgreSQL may run meanwhile. Cut short, run it again: it goes on. Old keys stay and only open."
                },
                mixinStandardHelpOptions = true)
        int rotate() {
            return all.withStore(store -> {
                PrintWriter out = all.out();
                audit(store, "rotate-keys", "keys", Audit.OK, null);
                KeyRotation.Report done = new KeyRotation(store, keyFolder()).run(out::println);
                audit(
                        store,
                        "keys-rotated",
                        "keys/" + id(done.key()),
                        done.unreadable().isEmpty() ? Audit.OK : Audit.FAILED,
                        Map.of(
                                "values", String.valueOf(done.values()),
                                "unreadable", String.valueOf(done.unreadable().size())));
                out.println((done.resumed() ? "Went on with the rotation that was cut short. " : "") + done.values()
                        + " values are sealed anew; the key is " + id(done.key())
                        + ". Back up " + keyFolder() + " now.");
                closeOpenFiles(store);
                done.unreadable().forEach(value -> out.println("No key opens " + value + "; it stays as it is."));
                return done.unreadable().isEmpty() ? 0 : 1;
            });
        }

        private void closeOpenFiles(Store store) {
            if (!store.sealing().master().isThere()) {
                return;
            }
            LocalDate today = LocalDate.ofInstant(store.clock().instant(), ZoneOffset.UTC);
            int closed = DayKeys.in(
                            Path.of(all.settings().needed("hub.media.key-dir")),
                            store.sealing().master())
                    .closeFiles(today);
            closed += new PurgeCertificates(store, keyFolder()).closeFile() ? 1 : 0;
            all.out()
                    .println("The master key is wrapped anew"
                            + (closed == 0
                                    ? "."
                                    : ", and " + closed + " files that stood in the clear are closed by it."));
        }

        @Command(
                name = "list",
                description = "Lists the keys, and how many values each has sealed.",
                mixinStandardHelpOptions = true)
        int list() {
            return all.withStore(store -> {
                Map<Integer, Long> usage = new KeyRotation(store, keyFolder()).usage();
                boolean first = true;
                for (Map.Entry<Integer, Long> use : usage.entrySet()) {
                    all.out()
                            .printf(
                                    "%s  %s  %d values%n",
                                    use.getKey() == 0 ? "unknown " : id(use.getKey()),
                                    first ? "seals and opens" : use.getKey() == 0 ? "lost" : "opens only",
                                    use.getValue());
                    first = false;
                }
                return usage.containsKey(0) ? 1 : 0;
            });
        }

        @Command(
                name = "destroy-old",
                description = {
                    "Destroys the keys that seal nothing any more.",
                    "Older backups of the database then open only with the backup of the keys that belongs to them."
                },
                mixinStandardHelpOptions = true)
        int destroyOld(
                @Option(
                                names = "--despite-unreadable",
                                description = "Also when there are values that no key opens; they are lost.")
                        boolean despiteUnreadable) {
            return all.withStore(store -> {
                List<Integer> gone = destroyed(store, despiteUnreadable);
                all.out()
                        .println(
                                gone.isEmpty()
                                        ? "There is one key, and it is in use."
                                        : "Destroyed " + ids(gone) + ".");
                return 0;
            });
        }

        /** Keys go only after a row that names them, and what became of it is a row too. */
        private List<Integer> destroyed(Store store, boolean despiteUnreadable) {
            List<Integer> gone;
            try {
                gone = new KeyRotation(store, keyFolder())
                        .destroyOld(
                                despiteUnreadable,
                                old -> audit(store, "destroy-keys", "keys", Audit.OK, Map.of("keys", ids(old))));
            } catch (RuntimeException e) {
                try {
                    String outcome = e instanceof SettingsException ? Audit.REFUSED : Audit.FAILED;
                    audit(store, "keys-destroyed", "keys", outcome, null);
                } catch (RuntimeException noRow) {
                    e.addSuppressed(noRow);
                }
                throw e;
            }
            audit(store, "keys-destroyed", "keys", Audit.OK, Map.of("keys", ids(gone)));
            return gone;
        }

        private static String ids(List<Integer> keys) {
            return String.join(", ", keys.stream().map(Keys::id).toList());
        }

        private Path keyFolder() {
            return Path.of(all.settings().needed("hub.store.key-dir"));
        }

        private static String id(int key) {
            return "%08x".formatted(key);
        }
    }

    @Command(
            name = "audit",
            description = "Verifies and hands out who saw or did what.",
            mixinStandardHelpOptions = true)
    static final class AuditCommands {
        @ParentCommand
        Commands all;

        @Command(
                name = "verify",
                description = {
                    "Verifies rows, chain, and the end kept outside the database, and names the first row that is wrong.",
                    "Run it on the node whose hub.audit.head-file counts."
                },
                mixinStandardHelpOptions = true)
        int verify(
                @Option(
                                names = "--tail-limit",
                                paramLabel = "DURATION",
                                description = "Also ends with 1 when a row waits longer for its place, such as PT1M.")
                        Duration limit) {
            return all.withStore(store -> {
                AuditCheck.Report report = new AuditCheck(store, store.clock(), all.settings()).verify();
                PrintWriter out = all.out();
                report.broken().ifPresent(broken -> out.println("The audit is broken: " + words(broken)));
                out.println(report.sealed() + " rows of the chain are right"
                        + (report.ok() ? "" : " before that") + "; " + report.unsealed() + " wait for their place"
                        + (report.unsealed() == 0
                                ? "."
                                : ", the oldest for " + report.oldestUnsealed().toSeconds() + " s."));
                boolean late = limit != null && report.oldestUnsealed().compareTo(limit) > 0;
                if (late) {
                    out.println("Nobody seals the audit: does a hub run, and its route seal-audit?");
                }
                return report.ok() && !late ? 0 : 1;
            });
        }

        private static String words(AuditCheck.Broken broken) {
            String row = broken.row() == null ? "" : ", row " + broken.row();
            return switch (broken.damage()) {
                case CHANGED -> "at place " + broken.position() + row + ", somebody changed what the row says.";
                case DELETED -> "at place " + broken.position() + row + ", the row or its seal is gone.";
                case REORDERED ->
                    "at place " + broken.position() + row + ", the row is not the one that was put there.";
                case TRUNCATED ->
                    "it ends before place " + broken.position()
                            + ", which is known outside the database: the newest rows are gone.";
                case HEAD_LOST ->
                    "hub.audit.head-file is missing or not what the hub wrote, so that cut-off rows would not"
                            + " be noticed. Put it back from a backup.";
                case FLOOR_LOST -> "where the chain begins is not what the hub wrote.";
            };
        }

        @Command(
                name = "export",
                description = "Writes audit rows as JSON, one a line. The export itself is audited.",
                mixinStandardHelpOptions = true)
        int export(
                @Mixin Why reason,
                @Option(
                                names = "--from",
                                paramLabel = "TIME",
                                description = "First moment, such as 2026-04-01T00:00:00+09:00; by default all.")
                        String from,
                @Option(names = "--until", paramLabel = "TIME", description = "First moment left out; by default none.")
                        String until,
                @Option(names = "--out", paramLabel = "FILE", description = "A new file, readable by its owner only.")
                        Path file) {
            Instant first = time(from, Instant.EPOCH);
            Instant end = time(until, Instant.parse("9999-01-01T00:00:00Z"));
            String why = reason.words();
            return all.withStore(store -> {
                audit(
                        store,
                        "export-audit",
                        "audit",
                        Audit.OK,
                        Map.of("from", first.toString(), "until", end.toString(), "reason", why));
                try {
                    if (file == null) {
                        new AuditExport(store).write(first, end, all.out());
                        all.out().flush();
                        return 0;
                    }
                    Files.createFile(
                            file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    try (Writer out = new BufferedWriter(Files.newBufferedWriter(file))) {
                        all.out().println(new AuditExport(store).write(first, end, out) + " rows are in " + file + ".");
                    }
                    return 0;
                } catch (IOException e) {
                    throw new SettingsException("The file " + file + " cannot be made: " + e
                            + ". Name one that is not there yet, in a folder that is.");
                }
            });
        }

        private Instant time(String given, Instant otherwise) {
            try {
                return given == null ? otherwise : OffsetDateTime.parse(given).toInstant();
            } catch (DateTimeParseException e) {
                throw new CommandLine.ParameterException(
                        all.spec.commandLine(),
                        "'" + given + "' is no time with its offset such as 2026-04-01T00:00:00+09:00.");
            }
        }
    }
}
