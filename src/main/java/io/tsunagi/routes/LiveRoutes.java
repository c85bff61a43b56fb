package io.tsunagi.routes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.component.seda.SedaEndpoint;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of one Camel context by file, and the exchange of a file's routes for others while the context runs.
 *
 * <p>A swap lets no new exchange in at the routes that go, beginning with those that call others of them; each waits
 * where it came from (a {@code direct:} call, a queue) until the new routes are there. What is under way
 * ends on the old ones. Only then these are stopped and removed. When they do not come to an end in time, nothing has
 * changed. One swap at a time; not for many threads.
 */
final class LiveRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRoutes.class);
    private static final int STOP_TRIES = 5;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** How long nothing may have been under way: a queue's thread may just take its next exchange. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** Routes that were still busy; nothing has changed. */
    static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private BusyException(String message) {
            super(message);
        }
    }

    private record Loaded(RouteFile file, List<RouteDefinition> routes, List<RestDefinition> rests) {
        private List<String> ids() {
            return routes.stream().map(RouteDefinition::getId).toList();
        }
    }

    private final CamelContext camel;
    private final Duration patience;
    private final Map<String, Loaded> loaded = new LinkedHashMap<>();

    LiveRoutes(CamelContext camel, Duration patience) {
        this.camel = camel;
        this.patience = patience;
    }

    private Model model() {
        return camel.getCamelContextExtension().getContextPlugin(Model.class);
    }

    /**
     * Adds a file's routes.
     *
     * @throws Exception as Camel's loader; routes that were added before it stay
     */
    void load(RouteFile file) throws Exception {
        Set<RouteDefinition> before = new HashSet<>(model().getRouteDefinitions());
        Set<RestDefinition> rests = new HashSet<>(model().getRestDefinitions());
        try {
            PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString(file.name(), file.text()));
        } finally {
            loaded.put(
                    file.name(),
                    new Loaded(
                            file,
                            model().getRouteDefinitions().stream()
                                    .filter(route -> !before.contains(route))
                                    .toList(),
                            model().getRestDefinitions().stream()
                                    .filter(rest -> !rests.contains(rest))
                                    .toList()));
        }
    }

    /**
     * Exchanges files, all of them or none.
     *
     * @param gone names of files whose routes go
     * @param come files whose routes come, in the order of loading
     * @param quiet what is done when nothing is under way in the old routes any more; if it fails they run on
     * @throws BusyException when exchanges did not end; nothing has changed
     * @throws Exception when the new routes do not start; the old ones run again
     */
    void swap(Collection<String> gone, Collection<RouteFile> come, Runnable quiet) throws Exception {
        List<Loaded> old = gone.stream()
                .map(loaded::get)
                .filter(java.util.Objects::nonNull)
                .toList();
        quiesce(old.stream().flatMap(file -> file.ids().stream()).toList(), quiet);
        Map<String, List<Exchange>> waiting = new HashMap<>();
        old.forEach(file -> remove(file, waiting));
        try {
            for (RouteFile file : come) {
                load(file);
            }
        } catch (Exception e) {
            come.stream()
                    .map(file -> loaded.get(file.name()))
                    .filter(java.util.Objects::nonNull)
                    .forEach(file -> remove(file, waiting));
            for (Loaded file : old) {
                load(file.file());
            }
            throw e;
        } finally {
            putBack(waiting);
        }
    }

    /** What waited in the queues of routes that went waits for the new ones. */
    private void putBack(Map<String, List<Exchange>> waiting) {
        for (Route route : camel.getRoutes()) {
            List<Exchange> kept = waiting.get(route.getEndpoint().getEndpointKey());
            if (kept != null && route.getEndpoint() instanceof SedaEndpoint queue) {
                kept.forEach(queue.getQueue()::offer);
            }
        }
    }

    /** Lets nothing more into these routes and waits until what is under way in them has ended. */
    private void quiesce(List<String> ids, Runnable quiet) {
        List<Route> shut = new ArrayList<>();
        Set<String> left = new HashSet<>(ids);
        long until = System.nanoTime() + patience.toNanos();
        try {
            while (!left.isEmpty()) {
                List<String> next =
                        left.stream().filter(id -> noneCalls(left, id)).toList();
                if (next.isEmpty()) {
                    // They call each other in a circle.
                    next = List.copyOf(left);
                }
                for (String id : next) {
                    Route route = camel.getRoute(id);
                    if (route != null) {
                        ServiceHelper.suspendService(route.getConsumer());
                        shut.add(route);
                    }
                }
                calls().settle();
                List<String> ending = next;
                long atLeast = ending.stream().allMatch(this::isCalled) ? 0 : QUIET_NANOS;
                if (!await(() -> ending.stream().allMatch(this::isQuiet), atLeast, until)) {
                    throw new BusyException("exchanges are still under way in "
                            + ending.stream().filter(id -> !isQuiet(id)).toList());
                }
                left.removeAll(next);
            }
            quiet.run();
        } catch (RuntimeException e) {
            shut.forEach(route -> ServiceHelper.resumeService(route.getConsumer()));
            throw e;
        }
    }

    private boolean isQuiet(String id) {
        Route route = camel.getRoute(id);
        return camel.getInflightRepository().size(id) <= 0
                && (route == null || calls().inside(route.getConsumer()) <= 0);
    }

    /** Whether the route begins at a {@code direct:}, whose calls are counted exactly. */
    private boolean isCalled(String id) {
        Route route = camel.getRoute(id);
        return route == null || route.getConsumer() instanceof DirectConsumer;
    }

    private CountingDirect calls() {
        return camel.getComponent("direct", CountingDirect.class);
    }

    private static boolean await(BooleanSupplier quiet, long atLeast, long until) {
        long quietSince = -1;
        while (true) {
            long now = System.nanoTime();
            if (!quiet.getAsBoolean()) {
                quietSince = -1;
            } else {
                quietSince = quietSince < 0 ? now : quietSince;
                if (now - quietSince >= atLeast) {
                    return true;
                }
            }
            if (now >= until) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Whether no other of these routes calls this one, by however many steps. */
    private boolean noneCalls(Set<String> ids, String called) {
        return ids.stream().filter(id -> !id.equals(called)).noneMatch(id -> reaches(id, called, new HashSet<>()));
    }

    private boolean reaches(String from, String to, Set<String> seen) {
        if (!seen.add(from)) {
            return false;
        }
        RouteDefinition route = model().getRouteDefinition(from);
        if (route == null) {
            return false;
        }
        for (String uri : RouteCalls.of(route)) {
            String next = servedBy(uri);
            if (next != null && (next.equals(to) || reaches(next, to, seen))) {
                return true;
            }
        }
        return false;
    }

    private String servedBy(String uri) {
        return model().getRouteDefinitions().stream()
                .filter(route ->
                        RouteCalls.address(route.getInput().getEndpointUri()).equals(uri))
                .map(RouteDefinition::getId)
                .findFirst()
                .orElse(null);
    }

    /** Nothing is under way. A queue must be empty: Camel would wait for it, and then reject exchanges of all routes. */
    private void stop(String id, Map<String, List<Exchange>> waiting) throws Exception {
        Endpoint from = camel.getRoute(id).getEndpoint();
        boolean stopped = false;
        for (int i = 0; i < STOP_TRIES && !stopped; i++) {
            if (from instanceof SedaEndpoint queue) {
                queue.getQueue().drainTo(waiting.computeIfAbsent(from.getEndpointKey(), key -> new ArrayList<>()));
            }
            stopped = camel.getRouteController().stopRoute(id, 1, TimeUnit.SECONDS, true);
        }
        if (!stopped) {
            camel.getRouteController().stopRoute(id, 1, TimeUnit.SECONDS);
        }
    }

    private void remove(Loaded file, Map<String, List<Exchange>> waiting) {
        for (RouteDefinition route : file.routes()) {
            String id = route.getId();
            try {
                if (camel.getRoute(id) != null) {
                    calls().forget(camel.getRoute(id).getConsumer());
                    stop(id, waiting);
                    camel.removeRoute(id);
                }
                if (model().getRouteDefinition(id) == route) {
                    model().removeRouteDefinition(route);
                }
            } catch (Exception e) {
                LOG.warn("The route {} does not end cleanly: {}", id, e.toString());
            }
        }
        model().getRestDefinitions().removeAll(file.rests());
        loaded.remove(file.file().name());
    }
}
