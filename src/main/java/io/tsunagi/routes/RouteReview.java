package io.tsunagi.routes;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Looks at a routes folder without a running hub: whether its files would be taken, and which shipped files in it were
 * copied from another version. For a team's build and for those who upgrade.
 */
public final class RouteReview {
    private static final Pattern ORIGIN = Pattern.compile("^# Copied from Tsunagi, sha256 ([0-9a-f]{64})");
    private static final int CONTEXT = 3;
    private static final long LOOK_NANOS = 100_000_000;

    /**
     * A shipped file that the folder replaces.
     *
     * @param outdated whether the shipped file is not the one it was copied from any more; also when that is unknown
     * @param diff from the shipped file as it is now to the one in the folder
     */
    public record Replaced(String name, boolean outdated, String diff) {}

    private final RouteFiles files;
    private final Stage.Maker stages;

    public RouteReview(Path folder, Stage.Maker stages) {
        this.files = new RouteFiles(folder);
        this.stages = stages;
    }

    /**
     * Holds the folder's files to all rules, builds them and plays the samples.
     *
     * @return why a hub would not take them; empty when it would
     */
    public List<RouteFault> faults() {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        Map<String, RouteFile> all = new LinkedHashMap<>(builtIn);
        Map<String, RouteFile> own = new TreeMap<>();
        List<RouteFault> faults = new ArrayList<>();
        for (String name : files.inFolder()) {
            try {
                RouteFile file = files.read(name);
                if (!file.core()) {
                    own.put(name, file);
                } else if (!file.hash().equals(builtIn.get(name).hash())) {
                    faults.add(
                            new RouteFault(name, 1, "core", "a core file is not replaced; remove it from the folder"));
                }
            } catch (RefusedRoutesException e) {
                faults.addAll(e.faults());
            } catch (IOException e) {
                faults.add(new RouteFault(name, 1, "unreadable", "the file cannot be read: " + e.getMessage()));
            }
        }
        all.putAll(own);
        try (Stage stage = stages.open();
                RouteTrial trial = new RouteTrial(() -> stage, files.folder())) {
            faults.addAll(RouteRules.faults(all.values(), own.keySet(), stage.parts()));
            return faults.isEmpty() ? trial.faults(all.values(), builtIn.values(), own.keySet()) : faults;
        }
    }

    /** Gives the shipped files that the folder replaces by others. */
    public List<Replaced> replaced() throws IOException {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        List<Replaced> replaced = new ArrayList<>();
        for (String name : files.inFolder()) {
            RouteFile shipped = builtIn.get(name);
            if (shipped == null || shipped.core()) {
                continue;
            }
            String text = Files.readString(files.folder().resolve(name));
            Matcher origin = ORIGIN.matcher(text);
            boolean known = origin.find();
            String plain = known ? text.substring(text.indexOf('\n') + 1) : text;
            if (!plain.equals(shipped.text())) {
                replaced.add(new Replaced(
                        name, !known || !origin.group(1).equals(shipped.hash()), diff(name, shipped.text(), plain)));
            }
        }
        return replaced;
    }

    private static String diff(String name, String shipped, String own) {
        List<String> before = shipped.lines().toList();
        List<String> lines = UnifiedDiffUtils.generateUnifiedDiff(
                "shipped/" + name,
                "folder/" + name,
                before,
                DiffUtils.diff(before, own.lines().toList()),
                CONTEXT);
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /**
     * Copies a shipped file into the folder to be changed there; its first line says what it was copied from.
     *
     * @return the copy, or nothing when there is no such file or it is in the folder already
     */
    public Optional<Path> copy(String name) throws IOException {
        RouteFile shipped = RouteFiles.builtIn().get(name);
        Path copy = files.folder().resolve(name);
        if (shipped == null || shipped.core() || Files.exists(copy)) {
            return Optional.empty();
        }
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, "# Copied from Tsunagi, sha256 " + shipped.hash() + "\n" + shipped.text());
        return Optional.of(copy);
    }

    /**
     * Asks the hub that watches the folder to put the version before the running one in its place.
     *
     * @return what the hub answered, or nothing when none did
     */
    public Optional<String> rollBack(String name, Duration patience) throws IOException {
        Path answer = files.folder().resolve(RouteKeeper.ROLLED_BACK);
        Files.deleteIfExists(answer);
        Path aside = files.folder().resolve("." + RouteKeeper.ROLLBACK);
        Files.writeString(aside, name + "\n");
        Files.move(aside, files.folder().resolve(RouteKeeper.ROLLBACK));
        long until = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < until) {
            if (Files.exists(answer)) {
                String words = Files.readString(answer).strip();
                Files.delete(answer);
                return Optional.of(words);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        Files.deleteIfExists(files.folder().resolve(RouteKeeper.ROLLBACK));
        return Optional.empty();
    }
}
