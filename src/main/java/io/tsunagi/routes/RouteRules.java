package io.tsunagi.routes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** All rules that can be held against route files without building them. */
final class RouteRules {
    private RouteRules() {}

    /**
     * Gives what breaks a rule.
     *
     * @param files all that would run, in the order of loading
     * @param changed the names of those that are looked at one by one; the others were before
     */
    static List<RouteFault> faults(Collection<RouteFile> files, Set<String> changed, HubParts hub) {
        List<RouteFault> faults = new ArrayList<>();
        List<RouteTree> trees = new ArrayList<>();
        for (RouteFile file : files) {
            try {
                RouteTree tree = RouteTree.of(file);
                trees.add(tree);
                if (changed.contains(file.name())) {
                    faults.addAll(RouteLint.faults(tree, hub));
                }
            } catch (RefusedRoutesException e) {
                faults.addAll(e.faults());
            }
        }
        if (faults.isEmpty()) {
            faults.addAll(RouteBook.faults(inWhichChangedComeLast(trees, changed)));
        }
        return faults;
    }

    /** Of two that do not fit together, the one that changed is to blame. */
    private static List<RouteTree> inWhichChangedComeLast(List<RouteTree> trees, Set<String> changed) {
        List<RouteTree> sorted = new ArrayList<>(trees);
        sorted.sort(java.util.Comparator.comparing(
                tree -> changed.contains(tree.file().name())));
        return sorted;
    }
}
