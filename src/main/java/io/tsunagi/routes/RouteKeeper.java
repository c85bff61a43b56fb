package io.tsunagi.routes;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the routes that run those of the routes folder, as long as these are good.
 *
 * <p>It looks at the folder again and again. A file that changed and has settled (two looks that are equal) is held to the
 * rules ({@link RouteLint}, {@link RouteBook}), tried ({@link RouteTrial}) and then swapped ({@link LiveRoutes}): its routes
 * only, without a message lost or taken twice. One that fails changes nothing: what ran runs on, health says WARN, the log
 * and the audit say why. What was taken last is remembered in the database, and a hub that finds a bad file at its start
 * begins with it. Files that changed together are tried together first, then each alone.
 */
public final class RouteKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouteKeeper.class);
    /** How long callers wait at most for routes that change; after it, these are left alone for a while. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration LEFT_ALONE = Duration.ofSeconds(30);

    /** A stage that was not needed for so long is given up. */
    private static final Duration STAGE_KEPT = Duration.ofMinutes(5);

    /** A file of this name in the folder asks for a rollback; each line names a route file. */
    static final String ROLLBACK = "rollback";

    static final String ROLLED_BACK = "rolled-back";

    /** What a keeper needs of the hub. */
    public record Needs(HubParts hub, Stage.Maker stages, io.tsunagi.store.Store store, io.tsunagi.audit.Audit audit) {}

    private final RouteFiles files;
    private final HubParts hub;
    private final RouteVersions versions;
    private final RouteTrial trial;
    private final Duration look;
    private final String product = RouteFile.hash(
            RouteFiles.builtIn().values().stream().map(RouteFile::hash).collect(Collectors.joining()));
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "routes-look");
        thread.setDaemon(true);
        // Camel looks its parts up by it; in Karaf another one would stand there.
        thread.setContextClassLoader(RouteKeeper.class.getClassLoader());
        return thread;
    });

    /** What runs, by name. */
    private Map<String, RouteFile> accepted = new LinkedHashMap<>();

    /**
     * A file as it stands.
     *
     * @param kind {@code core}, {@code shipped} or {@code own}
     * @param version the first letters of its hash; null where nothing of it runs
     * @param replaced whether what runs is not the built-in one
     * @param faults why what stands in the folder is not used, in sentences
     * @param routes ids of its routes
     */
    public record Standing(
            String file, String kind, String version, boolean replaced, List<String> faults, List<String> routes) {}

    /** What is in the folder and not used, and why. */
    private final Map<String, Refusal> refused = new TreeMap<>();

    private record Refusal(String hash, List<RouteFault> faults) {}

    private LiveRoutes live;
    private Map<String, String> seen = Map.of();
    private Map<String, String> settled = Map.of();
    private long version;
    private long stageUsed;
    private long notBefore = System.nanoTime();
    private volatile String trouble;
    /** Reads the files only when somebody asks, not at every start. */
    private volatile Supplier<List<Standing>> standings = List::of;

    public RouteKeeper(Needs needs, RouteFiles files, Duration look) {
        this.files = files;
        this.hub = needs.hub();
        this.versions =
                new RouteVersions(needs.store(), needs.audit(), needs.store().clock());
        this.trial = new RouteTrial(needs.stages(), files.folder());
        this.look = look;
    }

    /**
     * Chooses the files a hub starts with and adds their routes to the context, which is not started yet.
     *
     * @throws SettingsException that names the file when one is bad and no good one before it is known
     */
    public void load(CamelContext camel) {
        choose();
        live = new LiveRoutes(camel, PATIENCE);
        for (RouteFile file : accepted.values()) {
            try {
                live.load(file);
            } catch (Exception e) {
                LOG.debug("Route file {} is refused", file, e);
                throw new SettingsException("The route file " + file.name() + " cannot be loaded: "
                        + RouteTree.oneLine(e.getMessage()) + ". Mend it, or remove it to use the built-in one.");
            }
        }
    }

    private void choose() {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        Map<String, RouteVersions.Version> latest = versions.latest();
        Map<String, RouteFile> base = new LinkedHashMap<>(builtIn);
        Map<String, Optional<RouteFile>> changes = new LinkedHashMap<>();
        List<String> names = files.inFolder();
        Map<String, Optional<RouteFile>> ofOtherProduct = new LinkedHashMap<>();
        boolean otherProduct = false;
        for (String name : names) {
            if (RouteFiles.CORE.contains(name)) {
                warnOfCore(name, builtIn.get(name));
                continue;
            }
            RouteVersions.Version last = latest.get(name);
            if (last != null) {
                base.put(name, last.file());
                otherProduct |= !last.product().equals(product);
                if (!last.product().equals(product) && last.instead() == null) {
                    ofOtherProduct.put(name, Optional.of(last.file()));
                }
            }
            RouteFile now = readOrRefuse(name);
            if (now == null || isPutAside(now, last)) {
                continue;
            }
            if (!now.hash().equals(base.containsKey(name) ? base.get(name).hash() : "")) {
                changes.put(name, Optional.of(now));
            }
        }
        if (otherProduct && faults(base, Map.of(), Set.of()).isEmpty()) {
            // Tried with this version too; the next start need not.
            versions.take(ofOtherProduct, Map.of(), product);
        } else if (otherProduct) {
            // What was good before the upgrade is not any more: only what stands in the folder counts.
            names.stream().filter(name -> !RouteFiles.CORE.contains(name)).forEach(name -> {
                RouteFile now = readOrRefuse(name);
                base.remove(name);
                Optional.ofNullable(builtIn.get(name)).ifPresent(file -> base.put(name, file));
                latest.remove(name);
                if (now != null) {
                    changes.put(name, Optional.of(now));
                }
            });
        }
        accepted = ordered(base);
        offer(changes);
        for (Map.Entry<String, Refusal> bad : refused.entrySet()) {
            RouteVersions.Version good = latest.get(bad.getKey());
            if (good == null) {
                throw new SettingsException("The routes cannot be used: "
                        + bad.getValue().faults().stream()
                                .map(RouteFault::toString)
                                .collect(Collectors.joining("; "))
                        + ". Mend the file, or remove it to use the built-in one.");
            }
            LOG.error("The hub starts with the version of {} that was taken at {}", bad.getKey(), good.at());
        }
        Map<String, Optional<RouteFile>> gone = new LinkedHashMap<>();
        latest.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> gone.put(name, Optional.empty()));
        if (!gone.isEmpty()) {
            versions.take(gone, hashes(latest), product);
        }
        version = versions.last();
        tell();
    }

    private static Map<String, String> hashes(Map<String, RouteVersions.Version> versions) {
        Map<String, String> hashes = new TreeMap<>();
        versions.forEach((name, version) -> hashes.put(name, version.file().hash()));
        return hashes;
    }

    private void warnOfCore(String name, RouteFile builtIn) {
        try {
            if (!files.read(name).hash().equals(builtIn.hash())) {
                LOG.warn(
                        "{} is not used: a core route cannot be replaced",
                        files.folder().resolve(name));
            }
        } catch (IOException | RefusedRoutesException e) {
            LOG.warn(
                    "{} is not used: a core route cannot be replaced",
                    files.folder().resolve(name));
        }
    }

    private static boolean isPutAside(RouteFile now, RouteVersions.Version last) {
        return last != null && now.hash().equals(last.instead());
    }

    private RouteFile readOrRefuse(String name) {
        try {
            return files.read(name);
        } catch (RefusedRoutesException e) {
            refuse(name, files.look(name), e.faults());
        } catch (IOException e) {
            refuse(
                    name,
                    files.look(name),
                    List.of(new RouteFault(name, 1, "unreadable", "the file cannot be read: " + e.getMessage())));
        }
        return null;
    }

    /** Looks at the folder from now on; call when the routes run. */
    public void start() {
        looks.scheduleWithFixedDelay(this::lookQuietly, look.toMillis(), look.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void lookQuietly() {
        try {
            look();
        } catch (RuntimeException e) {
            // Such as a database that is away: what runs runs on, and the next look tries again.
            settled = Map.of();
            LOG.warn("The routes folder cannot be looked at: {}", RouteTree.oneLine(e.getMessage()));
            LOG.debug("Cause", e);
        }
    }

    synchronized void look() {
        rollBackAsAsked();
        followOtherNodes();
        Map<String, String> now = files.looks();
        if (!now.equals(seen)) {
            seen = now;
            return;
        }
        if (System.nanoTime() - notBefore < 0) {
            return;
        }
        if (!now.equals(settled)) {
            Map<String, Optional<RouteFile>> changes = changes(now);
            if (!files.looks().equals(now)) {
                return;
            }
            settled = now;
            if (!changes.isEmpty()) {
                offer(changes);
            }
            tell();
        } else if (System.nanoTime() - stageUsed > STAGE_KEPT.toNanos()) {
            trial.close();
        }
    }

    private Map<String, Optional<RouteFile>> changes(Map<String, String> looks) {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        Map<String, RouteVersions.Version> latest = versions.latest();
        Map<String, Optional<RouteFile>> changes = new LinkedHashMap<>();
        refused.keySet().removeIf(name -> !looks.containsKey(name));
        for (String name : looks.keySet()) {
            RouteFile file;
            try {
                file = files.read(name);
            } catch (IOException e) {
                LOG.debug("{} is not there just now", name, e);
                continue;
            } catch (RefusedRoutesException e) {
                refuse(name, looks.get(name), e.faults());
                continue;
            }
            String running = accepted.containsKey(name) ? accepted.get(name).hash() : "";
            if (file.hash().equals(running)) {
                refused.remove(name);
            } else if (!isPutAside(file, latest.get(name))) {
                changes.put(name, Optional.of(file));
            }
        }
        accepted.forEach((name, file) -> {
            RouteFile shipped = builtIn.get(name);
            if (!looks.containsKey(name) && (shipped == null || !shipped.hash().equals(file.hash()))) {
                changes.put(name, Optional.ofNullable(shipped));
            }
        });
        return changes;
    }

    /** Takes what is good of these changes, all together if that is possible, and refuses the rest. */
    private void offer(Map<String, Optional<RouteFile>> changes) {
        if (changes.isEmpty()) {
            return;
        }
        stageUsed = System.nanoTime();
        List<RouteFault> faults = faults(changed(changes), accepted, changes.keySet());
        if (faults.isEmpty()) {
            take(changes);
            return;
        }
        Map<String, List<RouteFault>> bad = new LinkedHashMap<>();
        Map<String, Optional<RouteFile>> left = new LinkedHashMap<>(changes);
        boolean progress = changes.size() > 1;
        if (!progress) {
            bad.put(changes.keySet().iterator().next(), faults);
        }
        while (progress && !left.isEmpty()) {
            progress = false;
            for (String name : List.copyOf(left.keySet())) {
                Map<String, Optional<RouteFile>> one = Map.of(name, left.get(name));
                List<RouteFault> alone = faults(changed(one), accepted, one.keySet());
                if (alone.isEmpty()) {
                    take(one);
                    left.remove(name);
                    bad.remove(name);
                    progress = true;
                } else {
                    bad.put(name, alone);
                }
            }
        }
        bad.forEach((name, why) ->
                refuse(name, changes.get(name).map(RouteFile::hash).orElse(""), why));
    }

    private Map<String, RouteFile> changed(Map<String, Optional<RouteFile>> changes) {
        Map<String, RouteFile> all = new LinkedHashMap<>(accepted);
        changes.forEach((name, file) -> {
            if (file.isPresent()) {
                all.put(name, file.get());
            } else {
                all.remove(name);
            }
        });
        return ordered(all);
    }

    /** Built-in names in their order, then the others by name. */
    private static Map<String, RouteFile> ordered(Map<String, RouteFile> files) {
        Map<String, RouteFile> ordered = new LinkedHashMap<>();
        RouteFiles.BUILT_IN.forEach(
                name -> Optional.ofNullable(files.get(name)).ifPresent(file -> ordered.put(name, file)));
        new TreeMap<>(files).forEach(ordered::putIfAbsent);
        return ordered;
    }

    private List<RouteFault> faults(Map<String, RouteFile> all, Map<String, RouteFile> running, Set<String> changed) {
        List<RouteFault> faults = RouteRules.faults(all.values(), changed, hub);
        if (!faults.isEmpty()) {
            return faults;
        }
        if (live != null) {
            for (String name : changed) {
                if (hasAddress(running.get(name))) {
                    return List.of(new RouteFault(
                            name,
                            1,
                            "restart",
                            "routes at an address for requests change at the next start only: requests would be lost"));
                }
                if (isRoots(running.get(name)) || isRoots(all.get(name))) {
                    return List.of(new RouteFault(
                            name, 1, "restart", "ways to fail and how REST is served change at the next start only"));
                }
            }
        }
        return trial.faults(all.values(), running.values(), changed);
    }

    private static boolean hasAddress(RouteFile file) {
        if (file == null) {
            return false;
        }
        RouteTree tree = RouteTree.of(file);
        return !tree.entries("rest").isEmpty()
                || tree.entries("route").stream().anyMatch(route -> RouteTree.text(route, "from", "uri")
                        .filter(from -> from.matches("(platform-http|rest):.*"))
                        .isPresent());
    }

    /** Whether other files' routes are built with what this one says. */
    private static boolean isRoots(RouteFile file) {
        return file != null
                && RouteTree.of(file).entries().stream()
                        .anyMatch(entry -> RouteTree.child(entry, "routeConfiguration")
                                        .isPresent()
                                || RouteTree.child(entry, "restConfiguration").isPresent());
    }

    private void take(Map<String, Optional<RouteFile>> changes) {
        Map<String, Optional<RouteFile>> before = new LinkedHashMap<>();
        Map<String, String> old = new LinkedHashMap<>();
        Map<String, String> fresh = new LinkedHashMap<>();
        changes.forEach((name, file) -> {
            before.put(name, Optional.ofNullable(accepted.get(name)));
            before.get(name).ifPresent(was -> old.put(name, was.hash()));
            file.ifPresent(is -> fresh.put(name, is.hash()));
        });
        swap(
                changes,
                () -> versions.take(backToBuiltIn(changes), old, product),
                () -> versions.failed(backToBuiltIn(before), fresh, product));
        changes.forEach((name, file) -> {
            refused.remove(name);
            LOG.info(
                    "Route file {} is {}",
                    name,
                    file.isPresent() ? "used, version " + file.get().hash().substring(0, 12) : "used no more");
        });
        version = versions.last();
    }

    /** A built-in file needs no copy in the database. */
    private static Map<String, Optional<RouteFile>> backToBuiltIn(Map<String, Optional<RouteFile>> changes) {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        Map<String, Optional<RouteFile>> noted = new LinkedHashMap<>();
        changes.forEach((name, file) -> noted.put(
                name,
                file.filter(f ->
                        !builtIn.containsKey(name) || !builtIn.get(name).hash().equals(f.hash()))));
        return noted;
    }

    /**
     * @param note writes down what is about to run; when it cannot be written, nothing changes
     * @param undo writes down that it does not run after all
     */
    private void swap(Map<String, Optional<RouteFile>> changes, Runnable note, Runnable undo) {
        Map<String, RouteFile> next = changed(changes);
        if (live == null) {
            note.run();
            accepted = next;
            return;
        }
        Set<String> names = changes.keySet();
        Collection<RouteFile> come = next.values().stream()
                .filter(file -> names.contains(file.name()))
                .toList();
        boolean[] noted = new boolean[1];
        try {
            live.swap(names, come, () -> {
                note.run();
                noted[0] = true;
            });
        } catch (Exception e) {
            // A later look tries again.
            settled = Map.of();
            notBefore = System.nanoTime() + LEFT_ALONE.toNanos();
            if (noted[0]) {
                undo.run();
            }
            throw e instanceof RuntimeException runtime
                    ? runtime
                    : new IllegalStateException("The routes of " + names + " cannot be swapped: " + e.getMessage(), e);
        }
        accepted = next;
    }

    private void refuse(String name, String hash, List<RouteFault> faults) {
        Refusal refusal = new Refusal(hash, faults);
        if (refusal.equals(refused.put(name, refusal))) {
            return;
        }
        faults.forEach(fault -> LOG.error(
                "Route file {} is not used, what ran before runs on. {}",
                files.folder().resolve(name),
                fault));
        versions.refuse(name, accepted.containsKey(name) ? accepted.get(name).hash() : null, hash, faults.get(0));
    }

    private void tell() {
        List<String> words = new ArrayList<>();
        refused.values().forEach(refusal -> words.add(refusal.faults().get(0).toString()));
        versions.latest().forEach((name, last) -> {
            if (last.instead() != null && accepted.containsKey(name)) {
                words.add(name + " was rolled back to the version of " + last.at());
            }
        });
        trouble = words.isEmpty() ? null : String.join("; ", words);
        Map<String, RouteFile> running = new LinkedHashMap<>(accepted);
        Map<String, Refusal> unused = new TreeMap<>(refused);
        standings = () -> standing(running, unused);
    }

    private static List<Standing> standing(Map<String, RouteFile> running, Map<String, Refusal> unused) {
        Map<String, RouteFile> builtIn = RouteFiles.builtIn();
        List<Standing> all = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(running.keySet());
        names.addAll(unused.keySet());
        for (String name : names) {
            RouteFile file = running.get(name);
            RouteFile shipped = builtIn.get(name);
            all.add(new Standing(
                    name,
                    RouteFiles.CORE.contains(name) ? "core" : shipped == null ? "own" : "shipped",
                    file == null ? null : file.hash().substring(0, 12),
                    file != null && shipped != null && !shipped.hash().equals(file.hash()),
                    unused.containsKey(name)
                            ? unused.get(name).faults().stream()
                                    .map(RouteFault::toString)
                                    .toList()
                            : List.of(),
                    file == null
                            ? List.of()
                            : RouteTree.of(file).entries("route").stream()
                                    .flatMap(route -> RouteTree.text(route, "id").stream())
                                    .toList()));
        }
        return all;
    }

    /** Gives every file as it stood at the last look. Safe for many threads; waits for nobody. */
    public List<Standing> standings() {
        return standings.get();
    }

    /** Says which files of the folder are not used, and why; empty when all is well. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Rolls back the files that somebody named in the folder's file {@value #ROLLBACK}, and answers beside it. */
    private void rollBackAsAsked() {
        Path request = files.folder().resolve(ROLLBACK);
        if (!Files.isRegularFile(request)) {
            return;
        }
        try {
            List<String> names = Files.readAllLines(request);
            Files.delete(request);
            List<String> answers = new ArrayList<>();
            for (String name : new LinkedHashSet<>(names)) {
                if (!name.isBlank()) {
                    answers.add(rollBack(name.strip()));
                }
            }
            Path aside = files.folder().resolve("." + ROLLED_BACK);
            Files.write(aside, answers);
            Files.move(aside, files.folder().resolve(ROLLED_BACK), StandardCopyOption.REPLACE_EXISTING);
            answers.forEach(LOG::info);
        } catch (IOException e) {
            LOG.warn("The rollback asked for in {} cannot be done: {}", request, e.getMessage());
        }
    }

    /** Puts the version before the running one in its place, and says in a sentence what became of it. */
    synchronized String rollBack(String name) {
        RouteFile running = accepted.get(name);
        if (running == null || running.core()) {
            return "There is no route file " + name + " that can be rolled back.";
        }
        RouteFile shipped = RouteFiles.builtIn().get(name);
        RouteFile before = versions.of(name).stream()
                .map(RouteVersions.Version::file)
                .filter(file -> !file.hash().equals(running.hash()))
                .findFirst()
                .filter(file -> !file.text().isEmpty())
                .orElse(shipped);
        if (before == null || before.hash().equals(running.hash())) {
            return "There is no version of " + name + " before the one that runs.";
        }
        List<RouteFault> faults = faults(changed(Map.of(name, Optional.of(before))), accepted, Set.of(name));
        if (!faults.isEmpty()) {
            return "The version of " + name + " before cannot be used any more: " + faults.get(0);
        }
        swap(
                Map.of(name, Optional.of(before)),
                () -> versions.rollBack(before, running.hash(), product),
                () -> versions.failed(Map.of(name, Optional.of(running)), Map.of(name, before.hash()), product));
        version = versions.last();
        tell();
        return name + " is rolled back to version " + before.hash().substring(0, 12)
                + "; the file in the folder is not used until it changes.";
    }

    /** Another node that shares the database rolled a file back: this one does the same. */
    private void followOtherNodes() {
        if (versions.last() == version) {
            return;
        }
        version = versions.last();
        versions.latest().forEach((name, last) -> {
            RouteFile running = accepted.get(name);
            if (last.instead() != null && running != null && last.instead().equals(running.hash())) {
                if (faults(changed(Map.of(name, Optional.of(last.file()))), accepted, Set.of(name))
                        .isEmpty()) {
                    swap(Map.of(name, Optional.of(last.file())), () -> {}, () -> {});
                    LOG.info("Route file {} is rolled back as on another node", name);
                }
            }
        });
        tell();
    }

    @Override
    public void close() {
        looks.shutdown();
        try {
            // A swap under way is not cut in half.
            if (!looks.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("A change of routes did not end in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        trial.close();
    }
}
