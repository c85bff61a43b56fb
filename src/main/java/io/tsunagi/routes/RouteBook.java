package io.tsunagi.routes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * All route files as they would run together: an id and a beginning stand once, what is called is served, a way to fail
 * exists, and no transaction reaches a foreign call.
 */
final class RouteBook {
    private static final String FOREIGN = "(https?|smtps?|salesforce)(:.*)?|\\{\\{(hub\\.(line|salesforce)|env:).*";

    private record Place(RouteTree tree, Node node) {
        private RouteFault fault(String rule, String text) {
            return new RouteFault(tree.file().name(), RouteTree.line(node), rule, text);
        }
    }

    private record Route(RouteTree tree, Node node) {}

    private final List<RouteFault> faults = new ArrayList<>();
    private final Map<String, Place> ids = new HashMap<>();
    private final Map<String, Place> beginnings = new HashMap<>();
    private final Map<String, Route> served = new HashMap<>();
    private final Set<String> ways = new HashSet<>();
    private final List<Route> routes = new ArrayList<>();

    private RouteBook() {}

    /**
     * Gives what does not fit together, each said of the file that comes last.
     *
     * @param trees in the order of loading
     */
    static List<RouteFault> faults(Collection<RouteTree> trees) {
        RouteBook book = new RouteBook();
        trees.forEach(book::read);
        trees.forEach(book::waysToFail);
        book.calls(trees);
        book.transactions();
        return book.faults;
    }

    private void read(RouteTree tree) {
        for (Node node : tree.entries()) {
            RouteTree.walk(node, "", (under, key, keyNode, value) -> {
                if (key.equals("id") && !under.equals("parameters") && value instanceof ScalarNode id) {
                    Place place = new Place(tree, value);
                    Place other = ids.putIfAbsent(id.getValue(), place);
                    if (other != null) {
                        faults.add(place.fault(
                                "twice",
                                "the id '" + id.getValue() + "' stands in "
                                        + other.tree().file().name() + ":" + RouteTree.line(other.node())
                                        + " already; ids are there once"));
                    }
                }
            });
        }
        tree.entries("routeConfiguration")
                .forEach(way -> RouteTree.text(way, "id").ifPresent(ways::add));
        for (Node node : tree.entries("route")) {
            String from = RouteTree.text(node, "from", "uri").orElse("");
            Route route = new Route(tree, node);
            routes.add(route);
            if (from.startsWith("direct:")) {
                served.putIfAbsent(plain(from), route);
            }
            String beginning = beginning(node, from);
            if (beginning != null) {
                Place place =
                        new Place(tree, RouteTree.child(node, "from", "uri").orElse(node));
                Place other = beginnings.putIfAbsent(beginning, place);
                if (other != null) {
                    faults.add(place.fault(
                            "twice",
                            "a route of " + other.tree().file().name() + ":" + RouteTree.line(other.node())
                                    + " begins at " + beginning + " already"));
                }
            }
        }
    }

    private static String plain(String uri) {
        return uri.replaceFirst("\\?.*", "").replaceFirst("^([a-z-]+):/+", "$1:");
    }

    /** What two routes cannot both begin at; of a timer the name, of a schedule group and name. */
    private static String beginning(Node route, String from) {
        if (from.matches("(direct|seda|timer):.*")) {
            return plain(from);
        }
        if (from.startsWith("platform-http:")) {
            return plain(from) + " "
                    + RouteTree.text(route, "from", "parameters", "httpMethodRestrict")
                            .orElse("");
        }
        if (from.equals("quartz")) {
            return "quartz:"
                    + RouteTree.text(route, "from", "parameters", "groupName").orElse("Camel") + "/"
                    + RouteTree.text(route, "from", "parameters", "triggerName").orElse("");
        }
        return from.startsWith("quartz:") ? plain(from) : null;
    }

    private void waysToFail(RouteTree tree) {
        for (Node route : tree.entries("route")) {
            RouteTree.child(route, "routeConfigurationId")
                    .filter(ScalarNode.class::isInstance)
                    .filter(name -> !ways.contains(((ScalarNode) name).getValue()))
                    .ifPresent(
                            name -> faults.add(
                                    new Place(tree, name)
                                            .fault(
                                                    "way-to-fail",
                                                    "there is no routeConfiguration '" + ((ScalarNode) name).getValue()
                                                            + "'; there are retry-then-park, alert-and-stop, answer-with-status, leave-to-caller")));
        }
    }

    private void calls(Collection<RouteTree> trees) {
        for (RouteTree tree : trees) {
            for (Node entry : tree.entries()) {
                for (String key : List.of("uri", "to", "toD", "wireTap")) {
                    for (ScalarNode called : RouteTree.values(entry, key)) {
                        String uri = plain(called.getValue());
                        if (uri.startsWith("direct:")
                                && !uri.contains("$")
                                && !uri.contains("{")
                                && !served.containsKey(uri)) {
                            faults.add(new Place(tree, called).fault("direct", "no route serves " + uri));
                        }
                    }
                }
            }
        }
    }

    private void transactions() {
        for (Route route : routes) {
            RouteTree.walk(route.node(), "", (under, key, keyNode, value) -> {
                if (key.equals("transacted")) {
                    Set<String> reached = new HashSet<>();
                    for (ScalarNode uri : RouteTree.values(value, "uri")) {
                        reach(new Place(route.tree(), uri), plain(uri.getValue()), reached);
                    }
                }
            });
        }
    }

    private void reach(Place at, String uri, Set<String> reached) {
        if (uri.matches(FOREIGN)) {
            faults.add(
                    at.fault(
                            "transaction",
                            "a transaction reaches " + uri.replaceFirst(":.*", "")
                                    + ": it would wait for a foreign answer and ask again with each try; do it outside, such as after the commit"));
            return;
        }
        Route next = served.get(uri);
        if (next == null || !reached.add(uri)) {
            return;
        }
        RouteTree.child(next.node(), "from", "steps").ifPresent(steps -> {
            for (String key : List.of("uri", "to", "toD", "wireTap")) {
                RouteTree.values(steps, key)
                        .forEach(value -> reach(new Place(next.tree(), value), plain(value.getValue()), reached));
            }
        });
    }
}
