package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The REST API under {@code /services/data} and {@code /services/apexrest}, without sign-in, limits
 * and faults, which stand before it. Guarded by the simulator's lock.
 */
final class RestApi {
    private static final Pattern VERSION = Pattern.compile("v(\\d\\d)\\.0");
    private static final Pattern REFERENCE = Pattern.compile("@\\{([^}]+)}");
    private static final Pattern BATCH_SIZE = Pattern.compile("batchSize\\s*=\\s*(\\d+)");
    private static final int MAX_COLLECTION = 200;
    private static final int MAX_COMPOSITE = 25;
    private static final int MAX_COMPOSITE_QUERIES = 5;

    private final ObjectMapper json = new ObjectMapper();
    private final Schema schema;
    private final Records records;
    private final Clock clock;
    private final Faults faults;
    private final ApiUsage usage;
    private final Map<String, Cursor> cursors = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Cursor> eldest) {
            return size() > 50;
        }
    };
    private long cursorCount;

    RestApi(Schema schema, Records records, Clock clock, Faults faults, ApiUsage usage) {
        this.schema = schema;
        this.records = records;
        this.clock = clock;
        this.faults = faults;
        this.usage = usage;
    }

    /** The rest of an answer that was too long for one batch. */
    private record Cursor(List<ObjectNode> rows, int batchSize) {}

    /** Answers a call of the user; refusals become error bodies. */
    Answer answer(Request request, String userId) {
        try {
            return request.segment(1).equals("apexrest") ? apex(request) : data(request, userId);
        } catch (Refusal refusal) {
            return Answer.refused(refusal);
        }
    }

    /** {@code /services/data}: the versions, told to anyone. */
    Answer versions() {
        ArrayNode versions = JsonNodeFactory.instance.arrayNode();
        for (int version = 50; version <= 62; version++) {
            versions.addObject()
                    .put("label", "API " + version)
                    .put("url", "/services/data/v" + version + ".0")
                    .put("version", version + ".0");
        }
        return Answer.json(200, versions);
    }

    private Answer data(Request request, String userId) {
        Matcher version = VERSION.matcher(request.segment(2));
        if (!version.matches() || Integer.parseInt(version.group(1)) > 66) {
            throw Refusal.notFound();
        }
        Context context = new Context(request, userId, version.group(1) + ".0");
        return switch (request.segment(3)) {
            case "" -> resources(context);
            case "sobjects" -> sobjects(context);
            case "query" -> query(context, false);
            case "queryAll" -> query(context, true);
            case "search" -> search(context);
            case "composite" -> composite(context);
            case "limits" -> Answer.json(200, usage.limits());
            case "recent" -> Answer.json(200, JsonNodeFactory.instance.arrayNode());
            default -> throw Refusal.notFound();
        };
    }

    /** A call with what its answer needs. */
    private final class Context {
        private final Request request;
        private final String version;
        private final Origin origin;
        private final Rows rows;

        Context(Request request, String userId, String version) {
            this.request = request;
            this.version = version;
            this.origin = Origin.rest(userId, version, ApiUsage.client(request));
            this.rows = new Rows(schema, records, version);
        }

        Context inner(Request inner) {
            return new Context(inner, origin.userId(), version);
        }

        /** Path segment number {@code index} after the version. */
        String segment(int index) {
            return request.segment(3 + index);
        }

        String base() {
            return "/services/data/v" + version;
        }

        Refusal wrongMethod() {
            return new Refusal(
                    405,
                    "METHOD_NOT_ALLOWED",
                    "HTTP Method '" + request.method() + "' not allowed. Allowed are those of this resource");
        }
    }

    private static Answer resources(Context context) {
        ObjectNode resources = JsonNodeFactory.instance.objectNode();
        for (String name : List.of("sobjects", "query", "queryAll", "search", "composite", "limits", "recent")) {
            resources.put(name, context.base() + "/" + name);
        }
        resources.put("identity", "/id");
        return Answer.json(200, resources);
    }

    // ---- sobjects -------------------------------------------------------------------------------

    private Answer sobjects(Context context) {
        if (context.segment(1).isEmpty()) {
            return globalDescribe(context);
        }
        SObject sObject = schema.object(context.segment(1));
        String second = context.segment(2);
        String third = context.segment(3);
        if (second.isEmpty()) {
            return switch (context.request.method()) {
                case "GET" -> basicInfo(context, sObject);
                case "POST" -> create(context, sObject);
                default -> throw context.wrongMethod();
            };
        }
        if (second.equals("describe")) {
            return Answer.json(200, describe(sObject));
        }
        if (third.isEmpty()) {
            return byId(context, sObject, second);
        }
        Optional<Field> field = sObject.find(second);
        if (field.isPresent() && (field.get().externalId() || field.get().name().equals("Id"))) {
            return byExternalId(context, sObject, field.get(), third);
        }
        Field blob = sObject.find(third)
                .filter(found -> found.type().equals("base64"))
                .orElseThrow(() -> new Refusal(
                        404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + second));
        return Answer.bytes(Records.binary(records.existing(sObject, second).path(blob.name())));
    }

    private Answer create(Context context, SObject sObject) {
        JsonNode body = context.request.body();
        faults.refuseRow(sObject.name());
        ObjectNode row = records.create(sObject, body, context.origin);
        String id = row.get("Id").asText();
        return Answer.json(201, saved(id)).with("Location", context.base() + "/sobjects/" + sObject.name() + "/" + id);
    }

    private static ObjectNode saved(String id) {
        ObjectNode saved = JsonNodeFactory.instance.objectNode().put("id", id).put("success", true);
        saved.putArray("errors");
        return saved;
    }

    private Answer byId(Context context, SObject sObject, String id) {
        switch (context.request.method()) {
            case "GET", "HEAD" -> {
                if (Ids.wellFormed(id) && !id.startsWith(sObject.prefix())) {
                    throw Refusal.notFound();
                }
                return shown(context, sObject, records.existing(sObject, id));
            }
            case "PATCH" -> {
                JsonNode body = context.request.body();
                faults.refuseRow(sObject.name());
                records.update(sObject, id, body, context.origin);
                return Answer.nothing();
            }
            case "DELETE" -> {
                records.delete(sObject, id, context.origin);
                return Answer.nothing();
            }
            default -> throw context.wrongMethod();
        }
    }

    private Answer shown(Context context, SObject sObject, ObjectNode row) {
        Optional<String> fields = context.request.parameter("fields");
        if (fields.isEmpty()) {
            return Answer.json(200, context.rows.show(sObject, row));
        }
        List<Rows.Path> paths = new ArrayList<>();
        for (String name : fields.get().split(",")) {
            paths.add(context.rows.path(sObject, "", name.strip()));
        }
        if (paths.stream().noneMatch(path -> path.written().equalsIgnoreCase("Id"))) {
            paths.add(context.rows.path(sObject, "", "Id"));
        }
        return Answer.json(200, context.rows.show(sObject, row, paths));
    }

    private Answer byExternalId(Context context, SObject sObject, Field key, String value) {
        List<ObjectNode> found = key.name().equals("Id")
                ? List.of(records.existing(sObject, value))
                : records.findBy(sObject, key, value);
        if (found.size() > 1) {
            ArrayNode urls = JsonNodeFactory.instance.arrayNode();
            found.forEach(row -> urls.add(context.rows.url(sObject, row)));
            return Answer.json(300, urls);
        }
        switch (context.request.method()) {
            case "GET", "HEAD" -> {
                return shown(context, sObject, only(found));
            }
            case "PATCH", "POST" -> {
                return upsert(context, sObject, key, value, found);
            }
            case "DELETE" -> {
                records.delete(sObject, only(found).get("Id").asText(), context.origin);
                return Answer.nothing();
            }
            default -> throw context.wrongMethod();
        }
    }

    private static ObjectNode only(List<ObjectNode> found) {
        if (found.isEmpty()) {
            throw Refusal.notFound();
        }
        return found.get(0);
    }

    private Answer upsert(Context context, SObject sObject, Field key, String value, List<ObjectNode> found) {
        JsonNode body = context.request.body();
        for (Map.Entry<String, JsonNode> entry : body.properties()) {
            if (entry.getKey().equalsIgnoreCase(key.name()) || entry.getKey().equalsIgnoreCase("Id")) {
                throw new Refusal(
                        400,
                        "INVALID_FIELD",
                        "The " + entry.getKey() + " field should not be specified in the sobject data.");
            }
        }
        faults.refuseRow(sObject.name());
        boolean creating = found.isEmpty();
        if (creating && context.request.flag("updateOnly")) {
            throw Refusal.notFound();
        }
        ObjectNode row;
        if (creating) {
            ObjectNode withKey = ((ObjectNode) body.deepCopy()).put(key.name(), value);
            row = records.create(sObject, withKey, context.origin);
        } else {
            row = records.update(sObject, found.get(0).get("Id").asText(), body, context.origin);
        }
        String id = row.get("Id").asText();
        Answer answer = Answer.json(creating ? 201 : 200, saved(id).put("created", creating));
        return creating ? answer.with("Location", context.base() + "/sobjects/" + sObject.name() + "/" + id) : answer;
    }

    private Answer globalDescribe(Context context) {
        ObjectNode answer =
                JsonNodeFactory.instance.objectNode().put("encoding", "UTF-8").put("maxBatchSize", 200);
        ArrayNode list = answer.putArray("sobjects");
        schema.objects().forEach(sObject -> list.add(summary(context, sObject)));
        return Answer.json(200, answer);
    }

    private Answer basicInfo(Context context, SObject sObject) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.set("objectDescribe", summary(context, sObject));
        answer.putArray("recentItems");
        return Answer.json(200, answer);
    }

    private static ObjectNode summary(Context context, SObject sObject) {
        ObjectNode summary = flags(sObject);
        String url = context.base() + "/sobjects/" + sObject.name();
        summary.putObject("urls")
                .put("sobject", url)
                .put("describe", url + "/describe")
                .put("rowTemplate", url + "/{ID}");
        return summary;
    }

    private static ObjectNode flags(SObject sObject) {
        boolean custom = sObject.name().endsWith("__c") || sObject.isEvent();
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", sObject.name())
                .put("label", sObject.label())
                .put("labelPlural", sObject.plural())
                .put("keyPrefix", sObject.prefix())
                .put("custom", custom)
                .put("createable", true)
                .put("updateable", !sObject.isEvent())
                .put("deletable", !sObject.isEvent())
                .put("queryable", !sObject.isEvent())
                .put("retrieveable", !sObject.isEvent())
                .put("searchable", !sObject.isEvent())
                .put("undeletable", true)
                .put("mergeable", false)
                .put("replicateable", true)
                .put("triggerable", true)
                .put("layoutable", true)
                .put("activateable", false)
                .put("customSetting", false)
                .put("deprecatedAndHidden", false)
                .put("feedEnabled", false);
    }

    private static ObjectNode describe(SObject sObject) {
        ObjectNode description = flags(sObject);
        ArrayNode fields = description.putArray("fields");
        for (Field field : sObject.fields()) {
            ObjectNode described = fields.addObject()
                    .put("name", field.name())
                    .put("label", field.name().replace("__c", ""))
                    .put("type", field.type())
                    .put("length", field.length())
                    .put("byteLength", field.inBytes() ? field.length() : field.length() * 3)
                    .put("nillable", !field.required())
                    .put("createable", !field.readOnly())
                    .put("updateable", !field.readOnly() && !field.createOnly())
                    .put("unique", field.unique())
                    .put("externalId", field.externalId())
                    .put("idLookup", field.externalId() || field.name().equals("Id"))
                    .put("filterable", field.filterable())
                    .put("sortable", field.filterable())
                    .put("groupable", field.filterable())
                    .put("custom", field.isCustom())
                    .put("nameField", field.nameField())
                    .put("autoNumber", field.autoNumber() != null)
                    .put("caseSensitive", false)
                    .put("calculated", false)
                    .put("defaultedOnCreate", field.defaultValue() != null)
                    .put("restrictedPicklist", false)
                    .put("deprecatedAndHidden", false)
                    .put("precision", field.type().equals("double") ? 18 : 0)
                    .put("scale", 0)
                    .put("digits", 0)
                    .put("soapType", soapType(field))
                    .put("relationshipName", field.relationshipName());
            field.referenceTo().forEach(described.putArray("referenceTo")::add);
            described.putArray("picklistValues");
        }
        description.putArray("childRelationships");
        description.putArray("recordTypeInfos");
        return description;
    }

    private static String soapType(Field field) {
        return switch (field.type()) {
            case "id", "reference" -> "tns:ID";
            case "boolean" -> "xsd:boolean";
            case "int" -> "xsd:int";
            case "double" -> "xsd:double";
            case "date" -> "xsd:date";
            case "datetime" -> "xsd:dateTime";
            case "base64" -> "xsd:base64Binary";
            default -> "xsd:string";
        };
    }

    // ---- query and search -----------------------------------------------------------------------

    private Answer query(Context context, boolean withDeleted) {
        if (!context.request.is("GET")) {
            throw context.wrongMethod();
        }
        String locator = context.segment(1);
        if (!locator.isEmpty()) {
            return more(context, locator);
        }
        String source = context.request
                .parameter("q")
                .orElseThrow(() -> Refusal.malformedQuery("A query string has to be specified"));
        Soql.Answer found = new Soql(schema, records, context.rows, clock).run(source, withDeleted);
        if (context.request.flag("columns")) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.set("columnMetadata", found.columns());
            return Answer.json(
                    200, answer.put("groupBy", false).put("keyPrefix", "").put("idSelected", false));
        }
        int batchSize = batchSize(context.request);
        if (found.rows().size() <= batchSize) {
            return page(found.totalSize(), found.rows(), null);
        }
        String id = Ids.of("01g", ++cursorCount);
        cursors.put(id, new Cursor(found.rows(), batchSize));
        return page(
                found.totalSize(),
                found.rows().subList(0, batchSize),
                context.base() + "/query/" + id + "-" + batchSize);
    }

    private static int batchSize(Request request) {
        String options = request.header().apply("Sforce-Query-Options");
        Matcher matcher = BATCH_SIZE.matcher(options == null ? "" : options);
        return matcher.find() ? Math.max(200, Math.min(2000, Integer.parseInt(matcher.group(1)))) : 2000;
    }

    private Answer more(Context context, String locator) {
        int dash = locator.lastIndexOf('-');
        Cursor cursor = dash < 0 ? null : cursors.get(locator.substring(0, dash));
        String from = locator.substring(dash + 1);
        if (cursor == null
                || !from.matches("\\d{1,9}")
                || Integer.parseInt(from) >= cursor.rows().size()) {
            throw new Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        }
        int start = Integer.parseInt(from);
        int end = Math.min(cursor.rows().size(), start + cursor.batchSize());
        String next = end == cursor.rows().size()
                ? null
                : context.base() + "/query/" + locator.substring(0, dash) + "-" + end;
        return page(cursor.rows().size(), cursor.rows().subList(start, end), next);
    }

    private static Answer page(int totalSize, List<ObjectNode> rows, String next) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("totalSize", totalSize)
                .put("done", next == null);
        if (next != null) {
            answer.put("nextRecordsUrl", next);
        }
        answer.putArray("records").addAll(rows);
        return Answer.json(200, answer);
    }

    private Answer search(Context context) {
        String source = context.request
                .parameter("q")
                .orElseThrow(() -> new Refusal(400, "MALFORMED_SEARCH", "A search string has to be specified"));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("searchRecords").addAll(new Sosl(schema, records, context.rows, clock).run(source));
        return Answer.json(200, answer);
    }

    // ---- composite ------------------------------------------------------------------------------

    private Answer composite(Context context) {
        return switch (context.segment(1)) {
            case "" -> graph(context);
            case "batch" -> batch(context);
            case "sobjects" -> collection(context);
            default -> throw Refusal.notFound();
        };
    }

    /** A failing subrequest of an all-or-none composite: takes everything back and carries the answers so far. */
    private static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1;

        RolledBack() {
            super(null, null, false, false);
        }
    }

    private Answer graph(Context context) {
        JsonNode body = context.request.body();
        JsonNode requests = body.path("compositeRequest");
        if (!requests.isArray() || requests.isEmpty()) {
            throw new Refusal(400, "MISSING_ARGUMENT", "compositeRequest must hold at least one subrequest");
        }
        if (requests.size() > MAX_COMPOSITE) {
            throw new Refusal(400, "LIMIT_EXCEEDED", "Composite API request must not contain more than 25 subrequests");
        }
        refuseReferences(requests);
        boolean allOrNone = body.path("allOrNone").asBoolean();
        List<Answer> answers = new ArrayList<>();
        Map<String, JsonNode> results = new LinkedHashMap<>();
        try {
            records.atomically(() -> {
                for (JsonNode subrequest : requests) {
                    Answer answer = subanswer(context, subrequest, results);
                    answers.add(answer);
                    if (answer.status() < 300) {
                        results.put(
                                subrequest.path("referenceId").asText(),
                                answer.body() == null ? NullNode.instance : answer.body());
                    } else if (allOrNone) {
                        throw new RolledBack();
                    }
                }
                return null;
            });
        } catch (RolledBack failed) {
            halt(answers, requests.size());
        }
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ArrayNode list = all.putArray("compositeResponse");
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            ObjectNode shown = list.addObject();
            shown.set("body", answer.body() == null ? NullNode.instance : answer.body());
            ObjectNode headers = shown.putObject("httpHeaders");
            answer.headers().forEach(headers::put);
            shown.put("httpStatusCode", answer.status());
            shown.set("referenceId", requests.get(i).path("referenceId"));
        }
        return Answer.json(200, all);
    }

    private static void halt(List<Answer> answers, int wanted) {
        Answer halted = Answer.refused(new Refusal(
                400,
                "PROCESSING_HALTED",
                "The transaction was rolled back since another operation in the same transaction failed."));
        for (int i = 0; i < answers.size() - 1; i++) {
            answers.set(i, halted);
        }
        while (answers.size() < wanted) {
            answers.add(halted);
        }
    }

    private static void refuseReferences(JsonNode requests) {
        Set<String> seen = new HashSet<>();
        int queries = 0;
        for (JsonNode subrequest : requests) {
            String reference = subrequest.path("referenceId").asText("");
            if (reference.isEmpty() || !reference.matches("[A-Za-z0-9_]+")) {
                throw new Refusal(
                        400,
                        "INVALID_INPUT",
                        "Provided referenceId ('" + reference + "') must start with a letter or a number, and it can"
                                + " contain only letters, numbers and underscores ('_').");
            }
            if (!seen.add(reference)) {
                throw new Refusal(
                        400,
                        "INVALID_INPUT",
                        "Provided referenceId ('" + reference + "') must be unique in a request.");
            }
            if (subrequest.path("url").asText().matches(".*/(query|queryAll|composite/sobjects)(/.*|\\?.*)?")) {
                queries++;
            }
        }
        if (queries > MAX_COMPOSITE_QUERIES) {
            throw new Refusal(
                    400,
                    "LIMIT_EXCEEDED",
                    "Composite API request must not contain more than 5 query or collections subrequests");
        }
    }

    private Answer subanswer(Context context, JsonNode subrequest, Map<String, JsonNode> results) {
        try {
            String method = subrequest.path("method").asText("").toUpperCase(Locale.ROOT);
            String url = resolved(subrequest.path("url").asText(""), results);
            JsonNode body = resolved(subrequest.path("body"), results);
            byte[] bytes = body.isMissingNode() || body.isNull()
                    ? new byte[0]
                    : body.toString().getBytes(StandardCharsets.UTF_8);
            Request inner = Request.of(method, url, bytes, context.request.header());
            if (!inner.segment(0).equals("services")
                    || !inner.segment(1).equals("data")
                    || !inner.segment(2).equals("v" + context.version)) {
                throw new Refusal(
                        400, "INVALID_INPUT", "The URL of a subrequest must begin with " + context.base() + "/");
            }
            Context subcontext = context.inner(inner);
            return switch (inner.segment(3)) {
                case "sobjects" -> sobjects(subcontext);
                case "query" -> query(subcontext, false);
                case "queryAll" -> query(subcontext, true);
                case "composite" -> {
                    if (!inner.segment(4).equals("sobjects")) {
                        throw Refusal.notFound();
                    }
                    yield collection(subcontext);
                }
                default -> throw Refusal.notFound();
            };
        } catch (Refusal refusal) {
            return Answer.refused(refusal);
        }
    }

    private static String resolved(String text, Map<String, JsonNode> results) {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder whole = new StringBuilder();
        while (matcher.find()) {
            String path = matcher.group(1);
            String reference = path.split("[.\\[]", 2)[0];
            JsonNode value = results.getOrDefault(reference, NullNode.instance)
                    .at("/"
                            + path.substring(reference.length())
                                    .replaceFirst("^\\.", "")
                                    .replace("[", "/")
                                    .replace("].", "/")
                                    .replace("]", "")
                                    .replace(".", "/")
                                    .replaceFirst("^/", ""));
            if (!value.isValueNode() || value.isNull()) {
                throw new Refusal(
                        400,
                        "PROCESSING_HALTED",
                        "Invalid reference specified. No value for " + path + " found in " + reference);
            }
            matcher.appendReplacement(whole, Matcher.quoteReplacement(value.asText()));
        }
        return matcher.appendTail(whole).toString();
    }

    private JsonNode resolved(JsonNode body, Map<String, JsonNode> results) {
        if (body.isTextual()) {
            return JsonNodeFactory.instance.textNode(resolved(body.asText(), results));
        }
        if (body.isObject()) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            body.properties().forEach(entry -> copy.set(entry.getKey(), resolved(entry.getValue(), results)));
            return copy;
        }
        if (body.isArray()) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            body.forEach(element -> copy.add(resolved(element, results)));
            return copy;
        }
        return body;
    }

    private Answer batch(Context context) {
        JsonNode requests = context.request.body().path("batchRequests");
        if (!requests.isArray() || requests.size() > MAX_COMPOSITE) {
            throw new Refusal(400, "LIMIT_EXCEEDED", "A batch holds at most 25 subrequests");
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode results = JsonNodeFactory.instance.arrayNode();
        boolean failed = false;
        for (JsonNode subrequest : requests) {
            String url = subrequest.path("url").asText();
            JsonNode body = subrequest.path("richInput");
            Request inner = Request.of(
                    subrequest.path("method").asText().toUpperCase(Locale.ROOT),
                    "/services/data/" + url,
                    body.isMissingNode() ? new byte[0] : body.toString().getBytes(StandardCharsets.UTF_8),
                    context.request.header());
            usage.count();
            Answer one = answer(inner, context.origin.userId());
            failed |= one.status() >= 400;
            ObjectNode shown = results.addObject().put("statusCode", one.status());
            shown.set("result", one.body() == null ? NullNode.instance : one.body());
        }
        answer.put("hasErrors", failed);
        answer.set("results", results);
        return Answer.json(200, answer);
    }

    // ---- collections ----------------------------------------------------------------------------

    /** Writes one row of a collection and gives its answer. */
    private interface RowWork {
        ObjectNode write(JsonNode row);
    }

    private Answer collection(Context context) {
        if (context.request.is("DELETE")) {
            List<JsonNode> ids = Arrays.stream(
                            context.request.parameter("ids").orElse("").split(","))
                    .<JsonNode>map(JsonNodeFactory.instance::textNode)
                    .toList();
            boolean allOrNone = context.request.flag("allOrNone");
            return each(ids, allOrNone, id -> {
                SObject sObject = schema.byPrefix(id.asText())
                        .orElseThrow(() -> new Refusal(400, "MALFORMED_ID", "malformed id " + id.asText()));
                faults.refuseRow(sObject.name());
                records.delete(sObject, id.asText(), context.origin);
                return saved(id.asText());
            });
        }
        JsonNode body = context.request.body();
        String type = context.segment(2);
        String key = context.segment(3);
        boolean allOrNone = body.path("allOrNone").asBoolean();
        List<JsonNode> rows = new ArrayList<>();
        body.path("records").forEach(rows::add);
        if (!type.isEmpty() && key.isEmpty()) {
            return retrieve(context, schema.object(type), body);
        }
        if (!body.path("records").isArray()) {
            throw Refusal.unreadable("records is expected");
        }
        return switch (context.request.method()) {
            case "POST" ->
                each(rows, allOrNone, row -> {
                    SObject sObject = typeOf(row);
                    faults.refuseRow(sObject.name());
                    return saved(records.create(sObject, row, context.origin)
                            .get("Id")
                            .asText());
                });
            case "PATCH" ->
                key.isEmpty()
                        ? each(rows, allOrNone, row -> {
                            SObject sObject = typeOf(row);
                            faults.refuseRow(sObject.name());
                            ObjectNode values = row.deepCopy();
                            String id = idOf(values);
                            records.update(sObject, id, values, context.origin);
                            return saved(Ids.to18(id));
                        })
                        : upsertAll(context, schema.object(type), key, rows, allOrNone);
            default -> throw context.wrongMethod();
        };
    }

    private SObject typeOf(JsonNode row) {
        String type = row.path("attributes").path("type").asText("");
        return schema.find(type)
                .orElseThrow(() -> new Refusal(
                        400, "INVALID_TYPE", "Must send a valid attributes.type with each record, not '" + type + "'"));
    }

    private static String idOf(ObjectNode values) {
        for (String name : List.of("Id", "id")) {
            if (values.hasNonNull(name)) {
                return values.remove(name).asText();
            }
        }
        throw new Refusal(400, "MISSING_ARGUMENT", "Id not specified in an update call");
    }

    private Answer upsertAll(Context context, SObject sObject, String keyName, List<JsonNode> rows, boolean allOrNone) {
        Field key = sObject.find(keyName)
                .filter(field -> field.externalId() || field.name().equals("Id"))
                .orElseThrow(() -> new Refusal(
                        404,
                        "NOT_FOUND",
                        "Provided external ID field does not exist or is not accessible: " + keyName));
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (JsonNode row : rows) {
            String value = row.path(key.name()).asText("").toLowerCase(Locale.ROOT);
            if (!value.isEmpty() && !seen.add(value)) {
                twice.add(value);
            }
        }
        return each(rows, allOrNone, row -> {
            SObject type = typeOf(row);
            if (type != sObject) {
                throw new Refusal(400, "INVALID_TYPE", "All records must be of the type " + sObject.name());
            }
            String value = row.path(key.name()).asText("");
            if (value.isEmpty()) {
                throw new Refusal(400, "MISSING_ARGUMENT", key.name() + " not specified");
            }
            if (twice.contains(value.toLowerCase(Locale.ROOT))) {
                throw new Refusal(400, "DUPLICATE_VALUE", "Duplicate external id specified: " + value, key.name());
            }
            faults.refuseRow(sObject.name());
            List<ObjectNode> found = records.findBy(sObject, key, value);
            if (found.size() > 1) {
                throw new Refusal(
                        400,
                        "DUPLICATE_EXTERNAL_ID",
                        key.name() + ": more than one record found for external id field: " + value);
            }
            ObjectNode stored = found.isEmpty()
                    ? records.create(sObject, row, context.origin)
                    : records.update(sObject, found.get(0).get("Id").asText(), row, context.origin);
            return saved(stored.get("Id").asText()).put("created", found.isEmpty());
        });
    }

    private Answer each(List<JsonNode> rows, boolean allOrNone, RowWork work) {
        if (rows.size() > MAX_COLLECTION) {
            throw new Refusal(400, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records");
        }
        List<ObjectNode> answers = new ArrayList<>();
        try {
            records.atomically(() -> {
                boolean failed = false;
                for (JsonNode row : rows) {
                    try {
                        answers.add(records.atomically(() -> work.write(row)));
                    } catch (Refusal refusal) {
                        failed = true;
                        answers.add(failedRow(refusal));
                    }
                }
                if (failed && allOrNone) {
                    throw new RolledBack();
                }
                return null;
            });
        } catch (RolledBack rolledBack) {
            Refusal taken = new Refusal(
                    400,
                    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                    "Record rolled back because not all records were valid and the request was using AllOrNone header");
            answers.replaceAll(answer -> answer.path("success").asBoolean() ? failedRow(taken) : answer);
        }
        return Answer.json(200, JsonNodeFactory.instance.arrayNode().addAll(answers));
    }

    private static ObjectNode failedRow(Refusal refusal) {
        ObjectNode failed = JsonNodeFactory.instance.objectNode().put("success", false);
        failed.putArray("errors").add(refusal.asRowError());
        return failed;
    }

    private Answer retrieve(Context context, SObject sObject, JsonNode body) {
        List<Rows.Path> paths = new ArrayList<>();
        body.path("fields").forEach(name -> paths.add(context.rows.path(sObject, "", name.asText())));
        ArrayNode found = JsonNodeFactory.instance.arrayNode();
        if (body.path("ids").size() > 2000) {
            throw new Refusal(400, "EXCEEDED_ID_LIMIT", "cannot retrieve more than 2000 records");
        }
        for (JsonNode id : body.path("ids")) {
            found.add(records.find(sObject, id.asText())
                    .<JsonNode>map(row -> context.rows.show(sObject, row, paths))
                    .orElse(NullNode.instance));
        }
        return Answer.json(200, found);
    }

    // ---- apex -----------------------------------------------------------------------------------

    /** There is no Apex here: the answer tells what came in, so that a route can be tried. */
    private Answer apex(Request request) {
        ObjectNode echo = JsonNodeFactory.instance
                .objectNode()
                .put("method", request.method())
                .put(
                        "path",
                        "/"
                                + String.join(
                                        "/",
                                        request.path().subList(2, request.path().size())));
        ObjectNode query = echo.putObject("query");
        request.query().forEach(query::put);
        if (request.rawBody().length > 0) {
            try {
                echo.set("body", json.readTree(request.rawBody()));
            } catch (java.io.IOException noJson) {
                echo.put("body", new String(request.rawBody(), StandardCharsets.UTF_8));
            }
        }
        return Answer.json(200, echo);
    }
}
