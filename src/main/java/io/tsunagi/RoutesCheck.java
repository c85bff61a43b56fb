package io.tsunagi;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.routes.RouteFault;
import io.tsunagi.routes.RouteReview;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The commands for those who edit route files; none needs a running hub but {@code rollback}. For a team's own build:
 * {@code java -cp tsunagi-standalone.jar io.tsunagi.RoutesCheck check FOLDER}.
 */
public final class RoutesCheck {
    static final String USAGE = """
            Usage: java -cp tsunagi-standalone.jar io.tsunagi.RoutesCheck COMMAND FOLDER [FILE]
              check FOLDER          says whether a hub would take the route files of the folder
              copy FOLDER FILE      copies a shipped file into the folder, to be changed there
              rollback FOLDER FILE  lets the hub that watches the folder run the version before
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RouteReview review;
    private final PrintStream out;

    /**
     * @param settings of a hub, for the names of its accounts and settings; nothing of it is opened
     * @param home whose {@code config/} holds own texts and rules
     */
    RoutesCheck(Settings settings, Path home, Path folder, PrintStream out) {
        this.review = new RouteReview(folder, () -> Hub.stage(settings, home, List::of));
        this.out = out;
    }

    /** Ends with 0 when all is well, 1 when it is not, 2 when it was called wrongly. */
    public static void main(String[] args) throws IOException {
        if (System.getProperty("log4j2.configurationFile") == null) {
            System.setProperty("log4j2.configurationFile", "classpath:config/log4j2.xml");
            System.setProperty("log4j2.level", "ERROR");
        }
        System.exit(carryOut(args, System.out));
    }

    static int carryOut(String[] args, PrintStream out) throws IOException {
        boolean known = args.length == 2 && args[0].equals("check")
                || args.length == 3 && (args[0].equals("copy") || args[0].equals("rollback"));
        if (!known) {
            out.print(USAGE);
            return 2;
        }
        try {
            Settings settings = Settings.load(Path.of("config"), "", System.getenv(), Map.of());
            RoutesCheck check = new RoutesCheck(settings, Path.of(""), Path.of(args[1]), out);
            return switch (args[0]) {
                case "check" -> check.check();
                case "copy" -> check.copy(args[2]);
                default -> check.rollBack(args[2], PATIENCE);
            };
        } catch (SettingsException e) {
            out.println(e.getMessage());
            return 1;
        }
    }

    int check() throws IOException {
        List<RouteFault> faults = review.faults();
        faults.forEach(out::println);
        for (RouteReview.Replaced file : review.replaced()) {
            if (file.outdated()) {
                out.println(file.name() + " was copied from another version than this one, or nobody knows which."
                        + " Look whether what the shipped file brings is missing in yours:");
                out.print(file.diff());
            }
        }
        if (faults.isEmpty()) {
            out.println("A hub would take these routes.");
        }
        return faults.isEmpty() ? 0 : 1;
    }

    int copy(String file) throws IOException {
        Optional<Path> copy = review.copy(file);
        out.println(copy.map(path -> path + " is yours to change.")
                .orElse(file + " is no shipped file that can be replaced, or is in the folder already."));
        return copy.isPresent() ? 0 : 1;
    }

    int rollBack(String file, Duration patience) throws IOException {
        Optional<String> answer = review.rollBack(file, patience);
        out.println(answer.orElse("No hub answered: is one running that watches this folder?"));
        return answer.filter(words -> words.contains(" is rolled back ")).isPresent() ? 0 : 1;
    }
}
