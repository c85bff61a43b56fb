package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The control API under {@code /sandbox}: looks into the organisation and lets things happen in it. */
final class Control {
    private static final long FEED_MILLIS = 300;

    private final ObjectMapper json = new ObjectMapper();
    private final SalesforceSimulator simulator;

    Control(SalesforceSimulator simulator) {
        this.simulator = simulator;
    }

    /** One call of the control API; runs under the simulator's lock. */
    private interface Work {
        JsonNode answer(RoutingContext context) throws IOException;
    }

    void addTo(Router router) {
        router.get("/sandbox/records")
                .handler(locked(context -> json.valueToTree(simulator.store().sizes())));
        router.get("/sandbox/records/:sObject").handler(locked(this::records));
        router.post("/sandbox/records/:sObject").handler(locked(this::create));
        router.patch("/sandbox/records/:sObject/:id").handler(locked(this::change));
        router.delete("/sandbox/records/:sObject/:id").handler(locked(this::delete));
        router.post("/sandbox/events/:event").handler(locked(this::publish));
        router.put("/sandbox/fields/:sObject/:field").handler(locked(this::addField));
        router.get("/sandbox/calls").handler(locked(this::calls));
        router.get("/sandbox/feed").handler(this::feed);
        router.get("/sandbox/faults")
                .handler(locked(context -> simulator.faults().shown()));
        router.put("/sandbox/faults").handler(locked(this::addFaults));
        router.delete("/sandbox/faults").handler(locked(context -> {
            simulator.faults().clear();
            return simulator.faults().shown();
        }));
        router.post("/sandbox/streaming/:what").handler(locked(this::streaming));
        router.get("/sandbox/settings").handler(locked(context -> settings()));
        router.put("/sandbox/settings").handler(locked(this::set));
        router.post("/sandbox/reset").handler(locked(context -> {
            simulator.reset();
            return settings();
        }));
    }

    private io.vertx.core.Handler<RoutingContext> locked(Work work) {
        return context -> {
            Answer answer = simulator.locked(() -> {
                try {
                    return Answer.json(200, work.answer(context));
                } catch (Refusal refusal) {
                    return Answer.refused(refusal);
                } catch (IllegalArgumentException | IOException wrong) {
                    return Answer.json(
                            400, JsonNodeFactory.instance.objectNode().put("message", wrong.getMessage()));
                }
            });
            context.response()
                    .setStatusCode(answer.status())
                    .putHeader("Content-Type", "application/json;charset=UTF-8")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Content-Type-Options", "nosniff")
                    .end(answer.body().toString());
        };
    }

    /** Server-sent events: the version, whenever it has grown. */
    private void feed(RoutingContext context) {
        HttpServerResponse response = context.response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream;charset=UTF-8")
                .putHeader("Cache-Control", "no-store");
        long[] told = {-1};
        Runnable tell = () -> {
            long version = simulator.locked(simulator::version);
            if (version != told[0] && !response.closed()) {
                told[0] = version;
                response.write("data: " + version + "\n\n");
            }
        };
        tell.run();
        long timer = context.vertx().setPeriodic(FEED_MILLIS, now -> tell.run());
        response.closeHandler(gone -> context.vertx().cancelTimer(timer));
    }

    private JsonNode body(RoutingContext context) throws IOException {
        if (context.body().buffer() == null) {
            throw new IllegalArgumentException("A JSON body is expected");
        }
        return json.readTree(context.body().buffer().getBytes());
    }

    private SObject sObject(RoutingContext context) {
        String name = context.pathParam("sObject");
        return simulator
                .schema()
                .find(name)
                .orElseThrow(() -> new IllegalArgumentException("There is no object " + name + ", only "
                        + simulator.schema().names()));
    }

    /** {@code ?Status=New&limit=50&newest=true}: filters by equal fields; parents' names come along. */
    private JsonNode records(RoutingContext context) {
        SObject sObject = sObject(context);
        Rows rows = new Rows(simulator.schema(), simulator.store(), "62.0");
        List<ObjectNode> found = new ArrayList<>(simulator.store().all(sObject));
        boolean newest = false;
        int limit = Integer.MAX_VALUE;
        for (Map.Entry<String, String> parameter : context.queryParams()) {
            switch (parameter.getKey()) {
                case "newest" -> newest = Boolean.parseBoolean(parameter.getValue());
                case "limit" -> limit = Integer.parseInt(parameter.getValue());
                default -> {
                    Field field = sObject.field(parameter.getKey());
                    Set<ObjectNode> equal = Collections.newSetFromMap(new java.util.IdentityHashMap<>());
                    if (field.name().equals("Id")) {
                        simulator.store().find(sObject, parameter.getValue()).ifPresent(equal::add);
                    } else {
                        equal.addAll(simulator.store().findBy(sObject, field, parameter.getValue()));
                    }
                    found.removeIf(row -> !equal.contains(row));
                }
            }
        }
        if (newest) {
            Collections.reverse(found);
        }
        ArrayNode shown = JsonNodeFactory.instance.arrayNode();
        for (ObjectNode row : found.subList(0, Math.min(limit, found.size()))) {
            ObjectNode record = rows.show(sObject, row);
            for (Field field : sObject.fields()) {
                String parent = row.path(field.name()).asText("");
                if (field.isReference() && !parent.isEmpty()) {
                    name(parent).ifPresent(name -> record.put(field.relationshipName() + ".Name", name));
                }
            }
            shown.add(record);
        }
        return shown;
    }

    private java.util.Optional<String> name(String id) {
        return simulator.schema().byPrefix(id).flatMap(type -> type.fields().stream()
                .filter(Field::nameField)
                .findFirst()
                .flatMap(field -> simulator.store().find(type, id).map(row -> row.path(field.name())
                        .asText())));
    }

    private JsonNode create(RoutingContext context) throws IOException {
        return simulator
                .store()
                .writeAsAdministrator(sObject(context), null, (ObjectNode) body(context), simulator.person());
    }

    private JsonNode change(RoutingContext context) throws IOException {
        return simulator
                .store()
                .writeAsAdministrator(
                        sObject(context), context.pathParam("id"), (ObjectNode) body(context), simulator.person());
    }

    private JsonNode delete(RoutingContext context) {
        simulator.store().delete(sObject(context), context.pathParam("id"), simulator.person());
        return JsonNodeFactory.instance.objectNode().put("deleted", context.pathParam("id"));
    }

    private JsonNode publish(RoutingContext context) throws IOException {
        String event = context.pathParam("event");
        if (!event.matches("\\w+__e")) {
            throw new IllegalArgumentException("The name of a platform event ends with __e");
        }
        long replayId = simulator.streaming().publish(event, (ObjectNode) body(context), simulator.person());
        return JsonNodeFactory.instance.objectNode().put("replayId", replayId);
    }

    /** {@code {"type":"string(80)","flags":"unique external"}}, as in schema.tsv. */
    private JsonNode addField(RoutingContext context) throws IOException {
        String name = context.pathParam("field");
        if (!name.matches("[A-Za-z]\\w*__c")) {
            throw new IllegalArgumentException("The name of a custom field ends with __c");
        }
        JsonNode body = body(context);
        Field field = Schema.field(
                name,
                body.path("type").asText("string(255)"),
                body.path("flags").asText(""));
        for (String target : field.referenceTo()) {
            if (simulator.schema().find(target).isEmpty()) {
                throw new IllegalArgumentException("There is no object " + target);
            }
        }
        sObject(context).add(field);
        return json.valueToTree(field);
    }

    /** {@code forget}: clients and kept events are gone, as after three days; {@code repeat}: every kept event comes again. */
    private JsonNode streaming(RoutingContext context) {
        switch (context.pathParam("what")) {
            case "forget" -> simulator.streaming().reset();
            case "repeat" -> simulator.streaming().repeat();
            default -> throw new IllegalArgumentException("Streaming can forget or repeat");
        }
        return settings();
    }

    private JsonNode calls(RoutingContext context) {
        String limit = context.request().getParam("limit");
        return simulator.shownCalls(limit == null ? Integer.MAX_VALUE : Integer.parseInt(limit));
    }

    /** One fault, or an array of them; they add to those there are. */
    private JsonNode addFaults(RoutingContext context) throws IOException {
        JsonNode body = body(context);
        List<Faults.Fault> added = new ArrayList<>();
        if (body.isArray()) {
            body.forEach(one -> added.add(Faults.Fault.from(one)));
        } else {
            added.add(Faults.Fault.from(body));
        }
        added.forEach(simulator.faults()::add);
        return simulator.faults().shown();
    }

    private ObjectNode settings() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("apiLimit", simulator.usage().limit())
                .put("apiUsed", simulator.usage().used())
                .put("streamingClients", simulator.streaming().clients())
                .put("version", simulator.version());
    }

    /** {@code {"apiLimit":100,"apiUsed":99,"expireSessions":true}}, each of them optional. */
    private JsonNode set(RoutingContext context) throws IOException {
        JsonNode body = body(context);
        ApiUsage usage = simulator.usage();
        usage.set(
                body.path("apiUsed").asInt(usage.used()), body.path("apiLimit").asInt(usage.limit()));
        if (body.path("expireSessions").asBoolean()) {
            simulator.expireSessions();
        }
        return settings();
    }
}
