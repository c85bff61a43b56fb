package io.tsunagi.routes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Tries route files together on a {@link Stage} before they run: they are built as the hub would, and samples take effect
 * by them. A sample that fails, or has less effect, with the new files and not with those that run speaks against them.
 *
 * <p>The stage stays open for the next trial until {@link #close}. Not for many threads.
 */
final class RouteTrial implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouteTrial.class);
    private static final Duration LONGEST_PLAY = Duration.ofSeconds(30);
    private static final int LARGEST_SAMPLE = 256 * 1024;
    private static final Pattern LINE = Pattern.compile("\\bline:? (\\d+)");

    /** The samples in the jar, by name. */
    static final List<String> SAMPLES = List.of(
            "account-linked.json",
            "asks-for-person.json",
            "asks-the-bot.json",
            "edits-and-unsends.json",
            "follows.json",
            "lost-phone.json",
            "picture-and-sticker.json",
            "unknown-event.json");

    private final Stage.Maker maker;
    private final Path folder;
    private Stage stage;
    private String playedFiles;
    private Map<String, String> played;

    /** @param folder whose {@code samples/} may hold more of them */
    RouteTrial(Stage.Maker maker, Path folder) {
        this.maker = maker;
        this.folder = folder;
    }

    /**
     * Tries files.
     *
     * @param files all that would run, in the order of loading
     * @param running all that run, in the order of loading; empty when nothing runs yet
     * @param changed the names of those that are new
     * @return why they cannot run; empty when they can
     */
    List<RouteFault> faults(Collection<RouteFile> files, Collection<RouteFile> running, Set<String> changed) {
        if (stage == null) {
            stage = maker.open();
        }
        Map<String, byte[]> samples = samples();
        Map<String, String> before = running.isEmpty() ? Map.of() : outcomes(running, samples);
        return onStage(camel -> {
            List<RouteFault> faults = build(camel, files, changed);
            if (!faults.isEmpty() || before.isEmpty()) {
                return faults;
            }
            Map<String, String> after = play(camel, samples);
            faults = compare(before, after, changed);
            if (faults.isEmpty()) {
                // They are about to run.
                playedFiles = key(files, samples);
                played = after;
            }
            return faults;
        });
    }

    private static String key(Collection<RouteFile> files, Map<String, byte[]> samples) {
        return RouteFile.hash(files.stream().map(RouteFile::hash).collect(Collectors.joining())
                + String.join("\n", samples.keySet()));
    }

    private Map<String, String> outcomes(Collection<RouteFile> files, Map<String, byte[]> samples) {
        String key = key(files, samples);
        if (!key.equals(playedFiles)) {
            played = onStage(camel -> build(camel, files, Set.of()).isEmpty() ? play(camel, samples) : Map.of());
            playedFiles = key;
        }
        return played;
    }

    private <T> T onStage(Function<CamelContext, T> work) {
        CamelContext camel = stage.context();
        try {
            return work.apply(camel);
        } finally {
            camel.stop();
        }
    }

    private static List<RouteFault> build(CamelContext camel, Collection<RouteFile> files, Set<String> changed) {
        for (RouteFile file : files) {
            try {
                PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString(file.name(), file.text()));
            } catch (Exception e) {
                LOG.debug("The route file {} cannot be loaded", file, e);
                String words = root(e);
                Matcher line = LINE.matcher(words);
                return List.of(new RouteFault(
                        file.name(),
                        line.find() ? Integer.parseInt(line.group(1)) : 1,
                        "build",
                        "Camel cannot read it: " + words));
            }
        }
        Model model = camel.getCamelContextExtension().getContextPlugin(Model.class);
        for (RouteDefinition route : model.getRouteDefinitions()) {
            if (!route.getInput().getEndpointUri().startsWith("direct:")) {
                route.setAutoStartup("false");
            }
        }
        try {
            camel.start();
            return List.of();
        } catch (Exception e) {
            LOG.debug("The routes cannot be built", e);
            return List.of(unbuilt(e, files, changed));
        }
    }

    private static RouteFault unbuilt(Exception e, Collection<RouteFile> files, Set<String> changed) {
        String id = "";
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof FailedToCreateRouteException failed) {
                id = String.valueOf(failed.getRouteId());
            }
        }
        for (RouteFile file : files) {
            for (Node route : RouteTree.of(file).entries("route")) {
                if (RouteTree.text(route, "id").orElse("").equals(id)) {
                    return new RouteFault(
                            file.name(),
                            RouteTree.line(route),
                            "build",
                            "the route '" + id + "' cannot be built: " + root(e));
                }
            }
        }
        String name = changed.stream().findFirst().orElse("routes");
        return new RouteFault(name, 1, "build", "the routes cannot be built: " + root(e));
    }

    private static String root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return RouteTree.oneLine(root.getMessage() == null ? root.toString() : root.getMessage());
    }

    private Map<String, String> play(CamelContext camel, Map<String, byte[]> samples) {
        Map<String, String> outcomes = new LinkedHashMap<>();
        long until = System.nanoTime() + LONGEST_PLAY.toNanos();
        samples.forEach((name, body) -> {
            if (System.nanoTime() < until) {
                try {
                    outcomes.put(name, stage.play(camel, body));
                } catch (Exception e) {
                    LOG.debug("The sample {} fails", name, e);
                    outcomes.put(name, "! " + root(e));
                }
            }
        });
        return outcomes;
    }

    private static List<RouteFault> compare(
            Map<String, String> before, Map<String, String> after, Set<String> changed) {
        String file = changed.stream().sorted().findFirst().orElse("routes");
        List<RouteFault> faults = new ArrayList<>();
        before.forEach((sample, outcome) -> {
            String now = after.get(sample);
            if (now == null || outcome.startsWith("! ")) {
                return;
            }
            if (now.startsWith("! ")) {
                faults.add(new RouteFault(
                        file,
                        1,
                        "sample",
                        "the sample " + sample + " fails, which it did not before: " + now.substring(2)));
            } else if (outcome.contains("WAITING") && !now.contains("WAITING")) {
                faults.add(new RouteFault(
                        file,
                        1,
                        "sample",
                        "after the sample " + sample
                                + " the customer is not in the waiting line any more, as it was before"));
            }
        });
        return faults;
    }

    private Map<String, byte[]> samples() {
        Map<String, byte[]> samples = new LinkedHashMap<>();
        SAMPLES.forEach(name -> samples.put(
                name, RouteFiles.resource("routes/samples/" + name).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Path own = folder.resolve("samples");
        if (Files.isDirectory(own)) {
            try (Stream<Path> files = Files.list(own)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".json"))
                        .sorted()
                        .toList()) {
                    if (Files.size(file) <= LARGEST_SAMPLE) {
                        samples.put(file.getFileName().toString(), Files.readAllBytes(file));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("The samples in " + own + " cannot be read", e);
            }
        }
        List<byte[]> recorded = stage.recorded();
        for (int i = 0; i < recorded.size(); i++) {
            samples.put("recorded event " + (i + 1), recorded.get(i));
        }
        return samples;
    }

    @Override
    public void close() {
        if (stage != null) {
            stage.close();
            stage = null;
            playedFiles = null;
        }
    }
}
