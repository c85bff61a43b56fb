package io.tsunagi;

import io.tsunagi.routes.RouteFault;
import io.tsunagi.routes.RouteReview;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** For those who edit route files; none needs a running hub but {@code rollback}. */
@Command(name = "routes", description = "Looks after edited route files.", mixinStandardHelpOptions = true)
final class RouteCommands {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParentCommand
    Commands all;

    @Option(
            names = "--routes",
            paramLabel = "FOLDER",
            scope = ScopeType.INHERIT,
            description = "The folder with the files; by default the hub's, hub.routes.folder.")
    Path folder;

    @Command(
            name = "check",
            description = {
                "Says whether a hub would take the route files: holds them to all rules, builds them, plays the samples.",
                "Names shipped files that were copied from another version, with the difference."
            },
            mixinStandardHelpOptions = true)
    int check() throws IOException {
        RouteReview review = review();
        PrintWriter out = all.out();
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
        out.flush();
        return faults.isEmpty() ? 0 : 1;
    }

    @Command(
            name = "copy",
            description = "Copies a shipped file into the folder, to be changed there.",
            mixinStandardHelpOptions = true)
    int copy(@Parameters(paramLabel = "FILE", description = "Such as dispatch/hand-off.camel.yaml.") String file)
            throws IOException {
        Optional<Path> copy = review().copy(file);
        all.out()
                .println(copy.map(path -> path + " is yours to change.")
                        .orElse(file + " is no shipped file that can be replaced, or is in the folder already."));
        return copy.isPresent() ? 0 : 1;
    }

    @Command(
            name = "rollback",
            description = "Lets the hub that watches the folder run the version before.",
            mixinStandardHelpOptions = true)
    int rollBack(@Parameters(paramLabel = "FILE", description = "Such as dispatch/hand-off.camel.yaml.") String file)
            throws IOException {
        Optional<String> answer = review().rollBack(file, PATIENCE);
        all.out().println(answer.orElse("No hub answered: is one running that watches this folder?"));
        return answer.filter(words -> words.contains(" is rolled back ")).isPresent() ? 0 : 1;
    }

    private RouteReview review() {
        Path files = folder == null ? all.home.resolve(all.settings().needed("hub.routes.folder")) : folder;
        return new RouteReview(files, () -> Hub.stage(all.settings(), all.home, List::of));
    }
}
