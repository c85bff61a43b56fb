package io.tsunagi.routes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A route file as a tree whose nodes know their lines.
 *
 * <p>One document, no anchors, aliases or tags, and no key twice: what Camel reads is then what stands there, and a small
 * file cannot become a large tree.
 */
final class RouteTree {
    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setUseMarks(true).setAllowDuplicateKeys(true).build();

    private static final int DEEPEST = 100;

    private static final Set<String> PLAIN = Stream.of("str", "int", "float", "bool", "null", "map", "seq")
            .map(name -> "tag:yaml.org,2002:" + name)
            .collect(Collectors.toUnmodifiableSet());

    private final RouteFile file;
    private final SequenceNode root;

    private RouteTree(RouteFile file, SequenceNode root) {
        this.file = file;
        this.root = root;
    }

    /** @throws RefusedRoutesException when the text is no list of entries in plain YAML */
    static RouteTree of(RouteFile file) {
        try {
            int documents = 0;
            int depth = 0;
            for (Event event : new Parse(SETTINGS).parseString(file.text())) {
                if (event instanceof DocumentStartEvent && ++documents > 1) {
                    throw refused(file, line(event), "syntax", "a route file has one YAML document; remove the ---");
                }
                depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
                if (depth > DEEPEST) {
                    throw refused(
                            file,
                            line(event),
                            "syntax",
                            "this is nested too deep; put steps behind a direct: of their own");
                }
                if (event instanceof AliasEvent
                        || event instanceof NodeEvent node && node.getAnchor().isPresent()) {
                    throw refused(
                            file,
                            line(event),
                            "anchor",
                            "anchors and aliases (& and *) are not used in routes; write the words out");
                }
            }
            Node root = new Compose(SETTINGS).composeString(file.text()).orElse(null);
            if (!(root instanceof SequenceNode entries) || entries.getValue().isEmpty()) {
                throw refused(
                        file,
                        root == null ? 1 : line(root),
                        "empty",
                        "the file holds no list of routes; it may be half written");
            }
            refuseOddKeys(file, root);
            return new RouteTree(file, entries);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark()
                    .or(e::getContextMark)
                    .map(mark -> mark.getLine() + 1)
                    .orElse(1);
            throw refused(file, line, "syntax", "this is no YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw refused(file, 1, "syntax", "this is no YAML: " + oneLine(e.getMessage()));
        }
    }

    private static void refuseOddKeys(RouteFile file, Node node) {
        if (node instanceof MappingNode mapping) {
            Set<String> seen = new HashSet<>();
            for (NodeTuple tuple : mapping.getValue()) {
                if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                    throw refused(file, line(tuple.getKeyNode()), "syntax", "a key is a plain word");
                }
                if (!seen.add(key.getValue())) {
                    throw refused(file, line(key), "syntax", "'" + key.getValue() + "' stands twice in one place");
                }
                refuseOddKeys(file, tuple.getValueNode());
            }
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(item -> refuseOddKeys(file, item));
        }
        if (!PLAIN.contains(node.getTag().getValue())) {
            throw refused(file, line(node), "syntax", "tags (!) are not used in routes");
        }
    }

    private static RefusedRoutesException refused(RouteFile file, int line, String rule, String text) {
        return new RefusedRoutesException(List.of(new RouteFault(file.name(), line, rule, text)));
    }

    static String oneLine(String text) {
        return String.valueOf(text).strip().replaceAll("\\s*\\n\\s*", " ");
    }

    RouteFile file() {
        return file;
    }

    List<Node> entries() {
        return root.getValue();
    }

    /** Gives the entries of one kind, such as {@code route}. */
    List<Node> entries(String kind) {
        List<Node> found = new ArrayList<>();
        entries().forEach(entry -> child(entry, kind).ifPresent(found::add));
        return found;
    }

    static Optional<Node> child(Node node, String... path) {
        Node at = node;
        for (String key : path) {
            if (!(at instanceof MappingNode mapping)) {
                return Optional.empty();
            }
            at = mapping.getValue().stream()
                    .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode name
                            && name.getValue().equals(key))
                    .map(NodeTuple::getValueNode)
                    .findFirst()
                    .orElse(null);
        }
        return Optional.ofNullable(at);
    }

    static Optional<String> text(Node node, String... path) {
        return child(node, path).filter(ScalarNode.class::isInstance).map(found -> ((ScalarNode) found).getValue());
    }

    /** Looks at the keys and plain values of a tree. */
    interface Visitor {
        /**
         * @param under the key that the key stands under
         * @param value what stands under the key; of a list of plain values each
         */
        void visit(String under, String key, Node keyNode, Node value);
    }

    static void walk(Node node, String under, Visitor visitor) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                String key = ((ScalarNode) tuple.getKeyNode()).getValue();
                Node value = tuple.getValueNode();
                visitor.visit(under, key, tuple.getKeyNode(), value);
                if (value instanceof SequenceNode list) {
                    list.getValue().stream()
                            .filter(ScalarNode.class::isInstance)
                            .forEach(item -> visitor.visit(under, key, tuple.getKeyNode(), item));
                }
                walk(value, key, visitor);
            }
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(item -> walk(item, under, visitor));
        }
    }

    /** Gives the plain values that stand under a key anywhere below a node. */
    static List<ScalarNode> values(Node below, String key) {
        List<ScalarNode> found = new ArrayList<>();
        walk(below, "", (under, name, keyNode, value) -> {
            if (name.equals(key) && value instanceof ScalarNode scalar) {
                found.add(scalar);
            }
        });
        return found;
    }

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private static int line(Event event) {
        return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }
}
