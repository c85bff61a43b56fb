package io.tsunagi.routes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Holds one route file to what routes may do. Everything is allowed by name: words of the YAML DSL, components,
 * languages, functions of {@code simple}, beans and their methods, settings. What nobody thought of is refused.
 *
 * <p>The rules keep a file from running programs, reading files and secrets, loading classes, committing half a
 * transaction and acting in the name of somebody; {@code docs/integrate.md} lists them by name.
 */
final class RouteLint {
    /** Components that routes may use. */
    static final Set<String> COMPONENTS = Set.of(
            "bean",
            "direct",
            "http",
            "https",
            "jdbc",
            "log",
            "platform-http",
            "quartz",
            "rest",
            "salesforce",
            "seda",
            "smtp",
            "smtps",
            "timer");

    static final Set<String> LANGUAGES =
            Set.of("simple", "constant", "header", "exchangeProperty", "variable", "tokenize");

    /** Words that are languages, so that the sentence can say so. */
    private static final Set<String> OTHER_LANGUAGES = Set.of(
            "groovy",
            "js",
            "javascript",
            "python",
            "joor",
            "java",
            "csimple",
            "spel",
            "mvel",
            "ognl",
            "datasonnet",
            "xpath",
            "xquery",
            "jq",
            "jsonpath",
            "hl7terser",
            "wasm",
            "language",
            "xtokenize");

    /** Words of the DSL that routes may use, beside languages. */
    private static final Set<String> WORDS = Set.of(("id description group note uri parameters steps from "
                    + "routeConfigurationId streamCache autoStartup errorHandler noErrorHandler onException exception "
                    + "handled continued redeliveryPolicy maximumRedeliveries redeliveryDelay "
                    + "to toD wireTap bean ref method log message loggingLevel logName "
                    + "setBody setHeader setHeaders headers setProperty setVariable setVariables variables name "
                    + "removeHeader removeHeaders removeProperty removeProperties removeVariable pattern excludePattern "
                    + "variableSend variableReceive expression resultType trim token regex "
                    + "choice when otherwise filter loop doWhile copy split delimiter aggregationStrategy "
                    + "aggregate correlationExpression completionSize completionTimeout completionTimeoutCheckerInterval "
                    + "stopOnException shareUnitOfWork streaming multicast step delay throttle "
                    + "maximumRequestsPerPeriod timePeriodMillis asyncDelayed validate transform "
                    + "marshal unmarshal json library useList prettyPrint convertBodyTo type charset mandatory "
                    + "stop throwException exceptionType doTry doCatch doFinally onWhen transacted "
                    + "path get post put delete patch head consumes produces param dataType required defaultValue "
                    + "allowableValues value responseMessage code component bindingMode apiComponent apiContextPath inlineRoutes "
                    + "apiProperty key")
            .split(" "));

    /** What may stand at the top of a file, and where only some files may have it. */
    private static final Set<String> ENTRIES = Set.of("route", "rest", "routeConfiguration");

    private static final String REST_CONFIGURATION = "common/rest.camel.yaml";

    /** Words that name an address. */
    private static final Set<String> ADDRESSES = Set.of("uri", "to", "toD", "wireTap", "from");

    /** Functions of simple. */
    private static final Set<String> FUNCTIONS =
            Set.of(("body bodyAs bodyAsNoNull mandatoryBodyAs bodyOneLine bodyType header headers "
                            + "headerAs exchangeProperty variable variables variableAs exception exchange exchangeId routeId "
                            + "routeGroup stepId id messageTimestamp bean env date random uuid empty null collate skip join trim "
                            + "hash replace substring size length iif not split upper uppercase lower lowercase contains "
                            + "normalizeWhitespace pad concat capitalize quote unquote isEmpty sum abs floor ceil max min "
                            + "average distinct reverse sort list map foreach threadName convertTo")
                    .split(" "));

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^{}]*)}}");
    private static final Pattern FUNCTION = Pattern.compile("\\$(?:simple)?\\{(?=([^}]*))");
    private static final Pattern REACHING = Pattern.compile(
            "(?i)\\b(get)?(class|classLoader|camelContext|context|registry|runtime|protectionDomain|declaredMethods|declaredFields|module)\\b");
    private static final Pattern SECRET = Pattern.compile(".*(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|_KEY).*");
    private static final Pattern PASSWORD = Pattern.compile("(?i).*password|accessToken|oauth2ClientSecret");
    private static final Pattern FOREIGN_VARIABLE = Pattern.compile("(HUB|AWS|DATABASE|JAVA|JDK|LD)_.*|PG[A-Z]*");
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final Pattern EXCEPTION =
            Pattern.compile("(java|org\\.apache\\.(camel|hc)|io\\.tsunagi)\\.[A-Za-z0-9.]+(Exception|Error|Throwable)");
    private static final Pattern PLAIN_TYPE = Pattern.compile(
            "(java\\.lang\\.)?(String|Integer|Long|Boolean|Double)|byte\\[]|java\\.util\\.(List|Map)|java\\.io\\.InputStream");
    private static final Pattern AGGREGATION =
            Pattern.compile("#class:org\\.apache\\.camel\\.processor\\.aggregate\\.[A-Za-z]+AggregationStrategy");
    /** Steps of core routes that assume what only these routes do. */
    private static final Set<String> CORE_STEPS = Set.of(
            "direct:call-line",
            "direct:reply-to-line",
            "direct:push-to-line",
            "direct:try-turn",
            "direct:run-turn",
            "direct:sign-in",
            "direct:sign-out",
            "direct:show-invitation",
            "direct:accept-invitation",
            "direct:change-password",
            "direct:answer-access");

    private final HubParts hub;
    private final RouteTree tree;
    private final List<RouteFault> faults = new ArrayList<>();

    private RouteLint(HubParts hub, RouteTree tree) {
        this.hub = hub;
        this.tree = tree;
    }

    /** Gives what breaks a rule, in the order of lines; empty when nothing does. */
    static List<RouteFault> faults(RouteTree tree, HubParts hub) {
        RouteLint lint = new RouteLint(hub, tree);
        tree.entries().forEach(lint::entry);
        lint.faults.sort(java.util.Comparator.comparingInt(RouteFault::line));
        return lint.faults;
    }

    private void entry(Node entry) {
        Optional<String> kind = ENTRIES.stream()
                .filter(name -> RouteTree.child(entry, name).isPresent())
                .findFirst();
        if (entry instanceof MappingNode words && words.getValue().size() > 1) {
            fault(
                    entry,
                    "entry",
                    "an entry has one word at its beginning; mind how far the lines after it are indented");
            return;
        }
        if (kind.isEmpty()) {
            boolean configuration = RouteTree.child(entry, "restConfiguration").isPresent();
            if (!configuration || !tree.file().name().equals(REST_CONFIGURATION)) {
                fault(entry, "entry", "an entry is - route:, - rest: or - routeConfiguration:");
                return;
            }
        }
        RouteTree.child(entry, "route").ifPresent(this::route);
        RouteTree.child(entry, "rest").ifPresent(rest -> needId(rest, "rest"));
        RouteTree.child(entry, "routeConfiguration").ifPresent(way -> needId(way, "routeConfiguration"));
        RouteTree.walk(entry, "", this::word);
    }

    private void route(Node route) {
        needId(route, "route");
        if (RouteTree.text(route, "description").orElse("").isBlank()) {
            fault(route, "description", "the route has no description: say in a few words what it does");
        }
        Optional<Node> steps = RouteTree.child(route, "from", "steps");
        if (RouteTree.text(route, "from", "uri").isEmpty()) {
            fault(route, "address", "the route has no from with a uri");
        } else if (!(steps.orElse(null) instanceof SequenceNode list)
                || list.getValue().isEmpty()) {
            fault(route, "empty", "the route has no steps; the file may be half written");
        }
    }

    private void needId(Node node, String what) {
        String id = RouteTree.text(node, "id").orElse("");
        if (!ID.matcher(id).matches()) {
            fault(
                    node,
                    "id",
                    "the " + what + " needs an id in lower-case words with hyphens, such as acme-tell-waiting");
        }
    }

    private void word(String under, String key, Node keyNode, Node value) {
        if (under.equals("parameters")) {
            parameter(key, value);
        } else if (OTHER_LANGUAGES.contains(key)) {
            fault(keyNode, "language", "the language '" + key + "' is not allowed; use " + sorted(LANGUAGES));
        } else if (!WORDS.contains(key)
                && !LANGUAGES.contains(key)
                && !ENTRIES.contains(key)
                && !(key.equals("restConfiguration") && tree.file().name().equals(REST_CONFIGURATION))) {
            fault(keyNode, "word", "'" + key + "' is not among the words that routes may use");
        } else if ((key.equals("ref") && !under.matches("bean|transacted"))
                || (key.equals("method") && !under.equals("bean"))) {
            fault(keyNode, "language", "'" + key + "' stands under bean: only; use " + sorted(LANGUAGES));
        }
        if (!(value instanceof ScalarNode scalar)) {
            return;
        }
        String text = scalar.getValue();
        placeholders(value, text);
        functions(value, text);
        if (under.equals("parameters")) {
            return;
        }
        if (ADDRESSES.contains(key)) {
            address(value, text);
        }
        switch (key) {
            case "ref" -> bean(value, text);
            case "method" -> method(value, text, under);
            case "exception", "exceptionType" -> className(value, text, EXCEPTION);
            case "resultType" -> className(value, text, PLAIN_TYPE);
            case "type" -> {
                if (under.equals("convertBodyTo")) {
                    className(value, text, PLAIN_TYPE);
                }
            }
            case "aggregationStrategy" -> {
                if (!AGGREGATION.matcher(text).matches()) {
                    fault(
                            value,
                            "class",
                            "an aggregationStrategy is one of Camel's, such as"
                                    + " \"#class:org.apache.camel.processor.aggregate.GroupedBodyAggregationStrategy\"");
                }
            }
            case "name" -> {
                if (text.toLowerCase(Locale.ROOT).startsWith("tsunagi-")) {
                    fault(
                            value,
                            "person",
                            "headers tsunagi-… say who signed in; only the gate before the routes sets them");
                }
            }
            case "bean" -> bean(value, text);
            default -> {
                // Nothing more is asked of it.
            }
        }
    }

    private void parameter(String key, Node value) {
        if (!(value instanceof ScalarNode scalar)) {
            fault(value, "word", "the parameter '" + key + "' is one plain value");
            return;
        }
        parameter(value, key, scalar.getValue());
    }

    private void parameter(Node at, String key, String value) {
        if (key.equals("resetAutoCommit") && !value.equals("false")) {
            fault(at, "commit", "resetAutoCommit=true would commit the transaction around the step; leave it out");
        }
        if (value.startsWith("#")) {
            fault(at, "class", "the parameter '" + key + "' names a class or object (#…), which routes may not");
        }
        if (PASSWORD.matcher(key).matches()) {
            fault(
                    at,
                    "secret",
                    "the parameter '" + key
                            + "' would show in Hawtio as part of the address; mail has hub.mail.user and"
                            + " HUB_MAIL_PASSWORD, for http: set a header in the step that needs it");
        }
        if (key.equals("outputClass") || key.equals("beanType") || key.endsWith("Class")) {
            fault(at, "class", "the parameter '" + key + "' names a class, which routes may not");
        }
    }

    private void address(Node at, String written) {
        String address = filledIn(written);
        if (address == null) {
            return;
        }
        int colon = address.indexOf(':');
        String scheme = (colon < 0 ? address : address.substring(0, colon)).replaceFirst("\\?.*", "");
        if (scheme.contains("$")) {
            fault(at, "address", "an address begins with a component's name, not with a value");
            return;
        }
        if (!COMPONENTS.contains(scheme)) {
            fault(at, "component", "the component '" + scheme + "' is not allowed; there are " + sorted(COMPONENTS));
            return;
        }
        String rest = address.substring(Math.min(address.length(), scheme.length() + 1));
        int question = rest.indexOf('?');
        String path = question < 0 ? rest : rest.substring(0, question);
        if (question >= 0) {
            for (String pair : rest.substring(question + 1).split("&")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    parameter(at, pair.substring(0, equals), decoded(pair.substring(equals + 1)));
                    if (scheme.equals("bean") && pair.startsWith("method=")) {
                        hasMethod(at, path.replaceFirst("^/*", ""), decoded(pair.substring("method=".length())));
                    }
                }
            }
        }
        switch (scheme) {
            case "bean" -> bean(at, path.replaceFirst("^/*", ""));
            case "jdbc" -> {
                if (!path.replaceFirst("^/*", "").equals("dataSource")) {
                    fault(at, "component", "SQL goes through jdbc:dataSource");
                }
            }
            case "direct" -> {
                if (!tree.file().shipped() && CORE_STEPS.contains("direct:" + path.replaceFirst("^/*", ""))) {
                    fault(at, "core", "direct:" + path + " is a step of a core route; others may not call it");
                }
            }
            default -> {
                // The component's own business.
            }
        }
    }

    private static String decoded(String value) {
        try {
            return java.net.URLDecoder.decode(value, java.nio.charset.StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }

    private void bean(Node at, String name) {
        if (!hub.beans().containsKey(name)) {
            fault(at, "bean", "there is no bean '" + name + "' for routes; docs/integrate.md lists them");
        }
    }

    /** Finds the bean that stands beside the method. */
    private void method(Node at, String method, String under) {
        if (!under.equals("bean")) {
            return;
        }
        for (Node entry : tree.entries()) {
            RouteTree.walk(entry, "", (above, key, keyNode, value) -> {
                if (key.equals("bean")
                        && RouteTree.child(value, "method")
                                .filter(node -> node == at)
                                .isPresent()) {
                    RouteTree.text(value, "ref").ifPresent(ref -> hasMethod(at, ref, method));
                }
            });
        }
    }

    private void hasMethod(Node at, String bean, String call) {
        String method = call.strip().replaceFirst("(?s)\\(.*", "");
        Class<?> type = hub.beans().get(bean);
        if (type != null
                && Arrays.stream(type.getMethods())
                        .noneMatch(m -> m.getName().equals(method) && m.getDeclaringClass() != Object.class)) {
            fault(at, "bean", "the bean '" + bean + "' has no method '" + method + "'; docs/integrate.md lists them");
        }
    }

    private void className(Node at, String name, Pattern allowed) {
        if (!allowed.matcher(name).matches()) {
            fault(at, "class", "the class '" + name + "' cannot be named here");
        }
    }

    private void placeholders(Node at, String text) {
        Matcher found = PLACEHOLDER.matcher(text);
        while (found.find()) {
            String key = found.group(1).strip().replaceFirst("^[?!]", "");
            if (key.startsWith("env:")) {
                variable(at, key.substring(4));
            } else if (key.matches("hub\\..*")) {
                String name = key.replaceFirst(":.*", "");
                if (hub.settings().apply(name).isEmpty()) {
                    fault(at, "setting", "there is no setting '" + name + "' that routes may read");
                }
            } else {
                fault(at, "setting", "{{" + key + "}} is not for routes; there are {{hub.…}} and {{env:NAME}}");
            }
        }
    }

    private void variable(Node at, String name) {
        String plain = name.replaceFirst(":.*", "");
        if (!plain.matches("[A-Z][A-Z0-9_]*")
                || FOREIGN_VARIABLE.matcher(plain).matches()
                || SECRET.matcher(plain).matches()) {
            fault(
                    at,
                    "secret",
                    "the variable " + plain + " may hold a secret or is not yours; addresses and placeholders"
                            + " show in Hawtio. A secret of yours is read by simple as ${env.ACME_TOKEN}");
        } else if (!name.contains(":") && hub.environment().apply(plain).isEmpty()) {
            fault(
                    at,
                    "setting",
                    "the environment has no " + plain + "; set it, or give a default: {{env:" + plain + ":…}}");
        }
    }

    private void functions(Node at, String text) {
        Matcher found = FUNCTION.matcher(text);
        while (found.find()) {
            function(at, found.group(1).strip());
        }
    }

    private void function(Node at, String function) {
        Matcher head = Pattern.compile("^\\??([A-Za-z]+)").matcher(function);
        if (!head.find()) {
            return;
        }
        String name = head.group(1);
        if (!FUNCTIONS.contains(name)) {
            fault(at, "language", "the function ${" + name + "} of simple is not allowed");
        } else if (REACHING.matcher(function.substring(name.length())).find()
                || name.equals("exchange") && !function.matches("exchange[\\s,)]*")) {
            fault(at, "language", "${" + function + "} reaches into the program, which routes may not");
        } else if (name.equals("bean")) {
            Matcher call = Pattern.compile("^bean:([A-Za-z0-9_.:]+)(?:\\?method=(\\w+))?")
                    .matcher(function);
            if (call.find()) {
                bean(at, call.group(1));
                if (call.group(2) != null) {
                    hasMethod(at, call.group(1), call.group(2));
                }
            } else {
                fault(at, "bean", "${" + function + "} names no bean");
            }
        } else if (name.equals("env")) {
            String variable = function.replaceFirst("^env[.:]", "").replaceFirst("[^A-Za-z0-9_].*", "");
            if (!variable.matches("[A-Z][A-Z0-9_]*")
                    || FOREIGN_VARIABLE.matcher(variable).matches()) {
                fault(
                        at,
                        "secret",
                        "the variable " + variable
                                + " is not yours; begin the names of your own with a word of your own");
            }
        }
    }

    /** Gives an address with settings filled in; null when one is missing, which is said elsewhere. */
    private String filledIn(String text) {
        Matcher found = PLACEHOLDER.matcher(text);
        StringBuilder filled = new StringBuilder();
        while (found.find()) {
            String key = found.group(1).strip().replaceFirst("^[?!]", "");
            Optional<String> value;
            if (key.startsWith("env:")) {
                String name = key.substring(4);
                int colon = name.indexOf(':');
                value = hub.environment().apply(colon < 0 ? name : name.substring(0, colon));
                if (value.isEmpty() && colon >= 0) {
                    value = Optional.of(name.substring(colon + 1));
                }
            } else {
                value = hub.settings().apply(key.replaceFirst(":.*", ""));
            }
            if (value.isEmpty()) {
                return null;
            }
            found.appendReplacement(filled, Matcher.quoteReplacement(value.get()));
        }
        found.appendTail(filled);
        return filled.toString();
    }

    private static String sorted(Set<String> words) {
        return words.stream().sorted().toList().toString().replaceAll("[\\[\\]]", "");
    }

    private void fault(Node at, String rule, String text) {
        RouteFault fault = new RouteFault(tree.file().name(), RouteTree.line(at), rule, text);
        if (!faults.contains(fault)) {
            faults.add(fault);
        }
    }
}
