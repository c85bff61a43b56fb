package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Keeps the organisation's records and refuses what Salesforce would refuse: unknown and read-only
 * fields, missing required ones, text that is too long, broken references, duplicate unique values.
 *
 * <p>Everything inside {@link #atomically} takes effect as a whole or not at all. Guarded by the
 * simulator's lock.
 */
final class Records {
    private static final Pattern EMAIL = Pattern.compile("[^@\\s]+@[^@\\s]+\\.[^@\\s]+");
    private static final Set<String> UNINDEXED = Set.of("OwnerId", "CreatedById", "LastModifiedById");

    private final Schema schema;
    private final Clock clock;
    private final Consumer<List<Change>> onCommit;
    private final Map<String, Map<String, ObjectNode>> tables = new HashMap<>();
    private final Map<String, Map<String, ObjectNode>> deleted = new HashMap<>();
    private final Map<String, Map<String, Set<String>>> indexes = new HashMap<>();
    private final Map<String, Long> counters = new HashMap<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private final List<Change> pending = new ArrayList<>();
    private int depth;

    Records(Schema schema, Clock clock, Consumer<List<Change>> onCommit) {
        this.schema = schema;
        this.clock = clock;
        this.onCommit = onCommit;
    }

    /** Runs the work; a refusal or any other exception takes back all of it, inner calls included. */
    <T> T atomically(Supplier<T> work) {
        int undoMark = undo.size();
        int changeMark = pending.size();
        depth++;
        try {
            T result = work.get();
            if (depth == 1) {
                undo.clear();
                if (!pending.isEmpty()) {
                    List<Change> committed = List.copyOf(pending);
                    pending.clear();
                    onCommit.accept(committed);
                }
            }
            return result;
        } catch (RuntimeException failure) {
            while (undo.size() > undoMark) {
                undo.pop().run();
            }
            pending.subList(changeMark, pending.size()).clear();
            throw failure;
        } finally {
            depth--;
        }
    }

    Optional<ObjectNode> find(SObject sObject, String id) {
        return Optional.ofNullable(table(sObject).get(Ids.to18(id)));
    }

    boolean isDeleted(SObject sObject, String id) {
        return deleted.getOrDefault(sObject.name(), Map.of()).containsKey(Ids.to18(id));
    }

    /** All records of an object that are not deleted, oldest first. */
    Collection<ObjectNode> all(SObject sObject) {
        return table(sObject).values();
    }

    Collection<ObjectNode> allDeleted(SObject sObject) {
        return deleted.getOrDefault(sObject.name(), Map.of()).values();
    }

    /** Whether {@link #findBy} answers for this field without reading every record. */
    boolean isIndexed(Field field) {
        return field.unique() || field.externalId() || (field.isReference() && !UNINDEXED.contains(field.name()));
    }

    /** The records whose field has this value; text is compared without regard to case. */
    List<ObjectNode> findBy(SObject sObject, Field field, String value) {
        if (isIndexed(field)) {
            String wanted = field.isReference() ? Ids.to18(value) : value;
            Set<String> ids = index(sObject, field).getOrDefault(indexKey(field, wanted), Set.of());
            return ids.stream().map(table(sObject)::get).toList();
        }
        return all(sObject).stream()
                .filter(row ->
                        row.path(field.name()).asText("").equalsIgnoreCase(value) && row.hasNonNull(field.name()))
                .toList();
    }

    /** Creates a record and gives it back as stored. */
    ObjectNode create(SObject sObject, JsonNode body, Origin origin) {
        return atomically(() -> {
            ObjectNode values = accepted(sObject, body, true);
            if (sObject.name().equals("CaseArticle")) {
                Optional<ObjectNode> existing = sameCaseArticle(values);
                if (existing.isPresent()) {
                    return existing.get();
                }
            }
            for (Field field : sObject.fields()) {
                if (!values.has(field.name()) && field.defaultValue() != null) {
                    values.set(field.name(), parsed(field, field.defaultValue()));
                }
            }
            boolean person = sObject.name().equals("Account") && values.hasNonNull("LastName");
            if (person) {
                values.put("IsPersonAccount", true).put("Name", fullName(values));
            }
            requireAll(sObject, values);
            Instant now = clock.instant();
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            row.put("Id", nextId(sObject));
            row.setAll(values);
            row.put("IsDeleted", false);
            row.put("CreatedDate", Times.write(now)).put("CreatedById", origin.userId());
            touch(row, origin, now);
            if (sObject.find("OwnerId").isPresent() && !row.hasNonNull("OwnerId")) {
                row.put("OwnerId", origin.userId());
            }
            for (Field field : sObject.fields()) {
                if (field.autoNumber() != null && !row.hasNonNull(field.name())) {
                    row.put(field.name(), nextNumber(sObject, field));
                }
            }
            refuseDuplicates(sObject, row);
            derive(sObject, row, null, origin, now);
            put(sObject, row);
            pending.add(
                    new Change(Change.Kind.CREATE, sObject, row.get("Id").asText(), row.deepCopy(), List.of(), origin));
            return person ? withContact(sObject, row, origin) : row;
        });
    }

    /** A person account is an account and a contact in one (Salesforce Help, "Person Accounts"). */
    private ObjectNode withContact(SObject accounts, ObjectNode account, Origin origin) {
        ObjectNode contact = JsonNodeFactory.instance.objectNode();
        contact.set("LastName", account.get("LastName"));
        contact.set("FirstName", account.path("FirstName").isMissingNode() ? null : account.get("FirstName"));
        contact.set("AccountId", account.get("Id"));
        contact.put("IsPersonAccount", true);
        ObjectNode joined = account.deepCopy();
        joined.set(
                "PersonContactId",
                writeAsAdministrator(schema.object("Contact"), null, contact, origin)
                        .get("Id"));
        put(accounts, joined);
        return joined;
    }

    /** Changes the named fields of a record. */
    ObjectNode update(SObject sObject, String id, JsonNode body, Origin origin) {
        return atomically(() -> {
            ObjectNode before = existing(sObject, id);
            ObjectNode values = accepted(sObject, body, false);
            return change(sObject, before, values, origin);
        });
    }

    /**
     * Writes a record as a person with every right would, read-only fields such as {@code
     * PublishStatus} or {@code CreatedDate} included; creates it when {@code id} is null.
     */
    ObjectNode writeAsAdministrator(SObject sObject, String id, ObjectNode body, Origin origin) {
        return atomically(() -> {
            ObjectNode free = JsonNodeFactory.instance.objectNode();
            ObjectNode restricted = JsonNodeFactory.instance.objectNode();
            body.properties().forEach(entry -> {
                Field field = sObject.field(entry.getKey());
                boolean closed = field.readOnly() || (field.createOnly() && id != null);
                (closed ? restricted : free).set(field.name(), entry.getValue());
            });
            ObjectNode row = id == null ? create(sObject, free, origin) : update(sObject, id, free, origin);
            if (restricted.isEmpty()) {
                return row;
            }
            ObjectNode changed = row.deepCopy();
            List<String> names = new ArrayList<>();
            restricted.properties().forEach(entry -> {
                Field field = sObject.field(entry.getKey());
                changed.set(field.name(), checked(sObject, field, entry.getValue()));
                names.add(field.name());
            });
            put(sObject, changed);
            if (id != null) {
                pending.add(new Change(
                        Change.Kind.UPDATE, sObject, changed.get("Id").asText(), changed.deepCopy(), names, origin));
            }
            return changed;
        });
    }

    void delete(SObject sObject, String id, Origin origin) {
        atomically(() -> {
            ObjectNode row = existing(sObject, id);
            String fullId = row.get("Id").asText();
            remove(sObject, row);
            if (row.hasNonNull("PersonContactId")) {
                delete(schema.object("Contact"), row.get("PersonContactId").asText(), origin);
            }
            ObjectNode gone = row.deepCopy().put("IsDeleted", true);
            touch(gone, origin, clock.instant());
            Map<String, ObjectNode> bin = deleted.computeIfAbsent(sObject.name(), name -> new LinkedHashMap<>());
            bin.put(fullId, gone);
            undo.push(() -> bin.remove(fullId));
            pending.add(new Change(Change.Kind.DELETE, sObject, fullId, gone, List.of(), origin));
            return null;
        });
    }

    /** The record with that id, or Salesforce's refusal: unknown, deleted, or an id of another object. */
    ObjectNode existing(SObject sObject, String id) {
        if (!Ids.wellFormed(id)) {
            throw new Refusal(
                    404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + id);
        }
        if (!id.startsWith(sObject.prefix())) {
            throw new Refusal(400, "MALFORMED_ID", sObject.label() + " ID: id value of incorrect type: " + id, "Id");
        }
        if (isDeleted(sObject, id)) {
            throw new Refusal(404, "ENTITY_IS_DELETED", "entity is deleted");
        }
        return find(sObject, id).orElseThrow(Refusal::notFound);
    }

    private ObjectNode change(SObject sObject, ObjectNode before, ObjectNode values, Origin origin) {
        ObjectNode after = before.deepCopy();
        List<String> changed = new ArrayList<>();
        values.properties().forEach(entry -> {
            JsonNode old = before.path(entry.getKey());
            JsonNode fresh = entry.getValue();
            boolean same = old.equals(fresh) || (fresh.isNull() && (old.isMissingNode() || old.isNull()));
            if (!same) {
                changed.add(entry.getKey());
            }
            after.set(entry.getKey(), fresh);
        });
        for (Field field : sObject.fields()) {
            if (field.required() && !after.hasNonNull(field.name())) {
                throw missing(List.of(field.name()));
            }
        }
        Instant now = clock.instant();
        touch(after, origin, now);
        refuseDuplicates(sObject, after);
        List<String> derived = derive(sObject, after, before, origin, now);
        derived.stream().filter(name -> !changed.contains(name)).forEach(changed::add);
        put(sObject, after);
        if (!changed.isEmpty()) {
            changed.add("LastModifiedDate");
            pending.add(new Change(
                    Change.Kind.UPDATE, sObject, after.get("Id").asText(), after.deepCopy(), changed, origin));
        }
        return after;
    }

    private ObjectNode accepted(SObject sObject, JsonNode body, boolean creating) {
        if (!body.isObject()) {
            throw Refusal.unreadable("The HTTP entity body is required, but this request has no entity body.");
        }
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : body.properties()) {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (name.equals("attributes")) {
                refuseOtherType(sObject, value);
                continue;
            }
            Optional<Field> relationship = sObject.relationship(name);
            if (relationship.isPresent() && sObject.find(name).isEmpty()) {
                Field reference = relationship.get();
                values.set(reference.name(), resolved(reference, name, value));
                continue;
            }
            Field field = sObject.field(name);
            if (field.readOnly() || (field.createOnly() && !creating)) {
                throw new Refusal(
                        400,
                        "INVALID_FIELD_FOR_INSERT_UPDATE",
                        "Unable to create/update fields: " + field.name()
                                + ". Please check the security settings of this field and verify that it is"
                                + " read/write for your profile or permission set.",
                        field.name());
            }
            values.set(field.name(), checked(sObject, field, value));
        }
        return values;
    }

    private static void refuseOtherType(SObject sObject, JsonNode attributes) {
        String type = attributes.path("type").asText(sObject.name());
        if (!type.equalsIgnoreCase(sObject.name())) {
            throw new Refusal(
                    400, "INVALID_TYPE", "SObject type " + type + " does not match the expected " + sObject.name());
        }
    }

    /** Follows {@code "Case__r": {"LineInquiryKey__c": "…"}} to the id of the parent. */
    private JsonNode resolved(Field reference, String relationship, JsonNode value) {
        if (value.isNull()) {
            return NullNode.instance;
        }
        Iterator<Map.Entry<String, JsonNode>> keys = value.properties().stream()
                .filter(entry -> !entry.getKey().equals("attributes"))
                .iterator();
        if (!value.isObject() || !keys.hasNext()) {
            throw Refusal.unreadable("Cannot deserialize instance of reference from " + relationship);
        }
        Map.Entry<String, JsonNode> key = keys.next();
        for (String target : reference.referenceTo()) {
            SObject parent = schema.object(target);
            Optional<Field> external = parent.find(key.getKey());
            if (external.isEmpty()) {
                continue;
            }
            if (!external.get().externalId()) {
                break;
            }
            List<ObjectNode> found =
                    findBy(parent, external.get(), key.getValue().asText());
            if (found.size() == 1) {
                return found.get(0).get("Id");
            }
            throw new Refusal(
                    400,
                    "INVALID_FIELD",
                    "Foreign key external ID: " + key.getValue().asText().toLowerCase(Locale.ROOT)
                            + (found.isEmpty() ? " not found" : " matches more than one record")
                            + " for field " + external.get().name() + " in entity " + parent.name());
        }
        throw new Refusal(
                400,
                "INVALID_FIELD",
                key.getKey() + " is not an External ID or indexed field for " + reference.relationshipName());
    }

    private JsonNode checked(SObject sObject, Field field, JsonNode value) {
        if (value.isNull() || (value.isTextual() && value.asText().isEmpty())) {
            return NullNode.instance;
        }
        if (value.isContainerNode()) {
            throw wrongKind(field, value);
        }
        JsonNodeFactory json = JsonNodeFactory.instance;
        switch (field.type()) {
            case "boolean" -> {
                if (value.isBoolean()) {
                    return value;
                }
                if (value.isTextual() && value.asText().matches("true|false")) {
                    return json.booleanNode(Boolean.parseBoolean(value.asText()));
                }
                throw wrongKind(field, value);
            }
            case "int" -> {
                if (value.isIntegralNumber()) {
                    return value;
                }
                throw wrongKind(field, value);
            }
            case "double" -> {
                if (value.isNumber()) {
                    return json.numberNode(value.asDouble());
                }
                throw wrongKind(field, value);
            }
            case "date" -> {
                return Times.readDay(value.asText())
                        .<JsonNode>map(day -> json.textNode(day.toString()))
                        .orElseThrow(() -> wrongKind(field, value));
            }
            case "datetime" -> {
                return Times.readInstant(value.asText())
                        .<JsonNode>map(instant -> json.textNode(Times.write(instant)))
                        .orElseThrow(() -> wrongKind(field, value));
            }
            case "base64" -> {
                try {
                    return json.binaryNode(Base64.getMimeDecoder().decode(value.asText()));
                } catch (IllegalArgumentException noBase64) {
                    throw wrongKind(field, value);
                }
            }
            case "reference" -> {
                return referenced(field, value);
            }
            default -> {
                return text(field, value);
            }
        }
    }

    private static JsonNode text(Field field, JsonNode value) {
        if (!value.isTextual()) {
            throw wrongKind(field, value);
        }
        // Salesforce keeps no white space at the ends of text, and no empty text
        String text = value.asText().strip();
        if (text.isEmpty()) {
            return NullNode.instance;
        }
        int length = field.inBytes() ? text.getBytes(StandardCharsets.UTF_8).length : text.length();
        if (field.length() > 0 && length > field.length()) {
            String shown = text.length() > 255 ? text.substring(0, 255) + "..." : text;
            throw new Refusal(
                    400,
                    "STRING_TOO_LONG",
                    field.name() + ": data value too large: " + shown + " (max length=" + field.length() + ")",
                    field.name());
        }
        if (field.type().equals("email") && !EMAIL.matcher(text).matches()) {
            throw new Refusal(
                    400, "INVALID_EMAIL_ADDRESS", field.name() + ": invalid email address: " + text, field.name());
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    private JsonNode referenced(Field field, JsonNode value) {
        String id = value.asText();
        List<SObject> targets = field.referenceTo().stream()
                .map(schema::object)
                .filter(target -> id.startsWith(target.prefix()))
                .toList();
        if (!value.isTextual() || !Ids.wellFormed(id) || targets.isEmpty()) {
            throw new Refusal(400, "MALFORMED_ID", field.name() + ": id value of incorrect type: " + id, field.name());
        }
        if (find(targets.get(0), id).isEmpty()) {
            throw new Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.name());
        }
        return JsonNodeFactory.instance.textNode(Ids.to18(id));
    }

    private static Refusal wrongKind(Field field, JsonNode value) {
        return Refusal.unreadable("Cannot deserialize instance of " + field.type() + " from "
                + (value.isContainerNode() ? value.getNodeType() : "value " + value) + " for field "
                + field.name());
    }

    private static JsonNode parsed(Field field, String value) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (field.type()) {
            case "boolean" -> json.booleanNode(Boolean.parseBoolean(value));
            case "int" -> json.numberNode(Integer.parseInt(value));
            case "double" -> json.numberNode(Double.parseDouble(value));
            default -> json.textNode(value);
        };
    }

    private static void requireAll(SObject sObject, ObjectNode values) {
        List<String> absent = sObject.fields().stream()
                .filter(field -> field.required() && !values.hasNonNull(field.name()))
                .map(Field::name)
                .toList();
        if (!absent.isEmpty()) {
            throw missing(absent);
        }
    }

    private static Refusal missing(List<String> fields) {
        return new Refusal(
                400, "REQUIRED_FIELD_MISSING", "Required fields are missing: " + fields, fields.toArray(String[]::new));
    }

    private void refuseDuplicates(SObject sObject, ObjectNode row) {
        for (Field field : sObject.fields()) {
            if (!field.unique() || !row.hasNonNull(field.name())) {
                continue;
            }
            findBy(sObject, field, row.get(field.name()).asText()).stream()
                    .map(other -> other.get("Id").asText())
                    .filter(other -> !other.equals(row.get("Id").asText()))
                    .findFirst()
                    .ifPresent(other -> {
                        throw new Refusal(
                                400,
                                "DUPLICATE_VALUE",
                                "duplicate value found: " + field.name() + " duplicates value on record with id: "
                                        + other);
                    });
        }
    }

    private Optional<ObjectNode> sameCaseArticle(ObjectNode values) {
        SObject sObject = schema.object("CaseArticle");
        return findBy(sObject, sObject.field("CaseId"), values.path("CaseId").asText()).stream()
                .filter(row -> row.path("KnowledgeArticleId").equals(values.path("KnowledgeArticleId")))
                .findFirst();
    }

    /** Sets what Salesforce computes itself; returns the names of derived fields that changed. */
    private List<String> derive(SObject sObject, ObjectNode row, ObjectNode before, Origin origin, Instant now) {
        switch (sObject.name()) {
            case "Contact", "User" -> {
                row.put("Name", fullName(row));
                return List.of();
            }
            case "Account" -> {
                if (row.path("IsPersonAccount").asBoolean()) {
                    row.put("Name", fullName(row));
                }
                return List.of();
            }
            case "Case" -> {
                boolean closed = row.path("Status").asText("").equals("Closed");
                boolean wasClosed = before != null && before.path("IsClosed").asBoolean();
                row.put("IsClosed", closed);
                if (closed && !wasClosed) {
                    row.put("ClosedDate", Times.write(now));
                } else if (!closed) {
                    row.putNull("ClosedDate");
                }
                if (row.hasNonNull("ContactId") && !row.hasNonNull("AccountId")) {
                    find(schema.object("Contact"), row.get("ContactId").asText())
                            .map(contact -> contact.get("AccountId"))
                            .ifPresent(account -> row.set("AccountId", account));
                }
                return closed == wasClosed ? List.of() : List.of("IsClosed", "ClosedDate");
            }
            case "ContentVersion" -> {
                deriveFile(row, before, origin);
                return List.of();
            }
            case "Knowledge__kav" -> {
                deriveArticle(row, before, origin);
                return List.of();
            }
            default -> {
                return List.of();
            }
        }
    }

    private static String fullName(ObjectNode row) {
        return fullName(row.path("LastName").asText(""), row.path("FirstName").asText(""));
    }

    private static String fullName(String last, String first) {
        if (first.isEmpty()) {
            return last;
        }
        boolean latin = (last + first).chars().allMatch(c -> c < 0x250);
        return latin ? first + " " + last : last + " " + first;
    }

    private void deriveFile(ObjectNode row, ObjectNode before, Origin origin) {
        if (before != null) {
            return;
        }
        String path = row.get("PathOnClient").asText();
        int dot = path.lastIndexOf('.');
        if (dot >= 0) {
            row.put("FileExtension", path.substring(dot + 1));
        }
        if (!row.hasNonNull("Title")) {
            row.put("Title", dot >= 0 ? path.substring(0, dot) : path);
        }
        row.put("ContentSize", binary(row.path("VersionData")).length);
        row.put("VersionNumber", "1").put("IsLatest", true);
        if (!row.hasNonNull("ContentDocumentId")) {
            ObjectNode file = JsonNodeFactory.instance
                    .objectNode()
                    .put("Title", row.get("Title").asText());
            row.set(
                    "ContentDocumentId",
                    writeAsAdministrator(schema.object("ContentDocument"), null, file, origin)
                            .get("Id"));
        }
    }

    /** The bytes of a base64 field. */
    static byte[] binary(JsonNode value) {
        try {
            return value.isBinary() ? value.binaryValue() : new byte[0];
        } catch (java.io.IOException impossible) {
            throw new IllegalStateException("A binary value in memory gave no bytes", impossible);
        }
    }

    private void deriveArticle(ObjectNode row, ObjectNode before, Origin origin) {
        if (before == null && !row.hasNonNull("KnowledgeArticleId")) {
            ObjectNode article = JsonNodeFactory.instance.objectNode().set("MasterLanguage", row.get("Language"));
            row.set(
                    "KnowledgeArticleId",
                    create(schema.object("KnowledgeArticle"), article, origin).get("Id"));
            row.put("IsMasterLanguage", true);
        }
        find(schema.object("KnowledgeArticle"), row.get("KnowledgeArticleId").asText())
                .ifPresent(article -> {
                    row.set("ArticleNumber", article.get("ArticleNumber"));
                    row.put("IsMasterLanguage", article.path("MasterLanguage").equals(row.path("Language")));
                });
    }

    private void touch(ObjectNode row, Origin origin, Instant now) {
        String written = Times.write(now);
        row.put("LastModifiedDate", written)
                .put("LastModifiedById", origin.userId())
                .put("SystemModstamp", written);
    }

    private String nextId(SObject sObject) {
        // never taken back: Salesforce does not use an id twice either
        return Ids.of(sObject.prefix(), counters.merge("id " + sObject.name(), 1L, Long::sum));
    }

    private String nextNumber(SObject sObject, Field field) {
        String pattern = field.autoNumber();
        String digits = pattern.substring(pattern.indexOf('0'));
        String head = pattern.substring(0, pattern.indexOf('0'));
        long number = counters.merge("number " + sObject.name() + "." + field.name(), 1L, Long::sum);
        return head + String.format(Locale.ROOT, "%0" + digits.length() + "d", number);
    }

    /** Makes the next automatic number of a field at least {@code next}. */
    void continueNumbersAt(SObject sObject, String field, long next) {
        counters.merge("number " + sObject.name() + "." + field, next - 1, Math::max);
    }

    private Map<String, ObjectNode> table(SObject sObject) {
        return tables.computeIfAbsent(sObject.name(), name -> new LinkedHashMap<>());
    }

    private Map<String, Set<String>> index(SObject sObject, Field field) {
        return indexes.computeIfAbsent(sObject.name() + "." + field.name(), name -> {
            Map<String, Set<String>> index = new HashMap<>();
            for (ObjectNode row : all(sObject)) {
                addTo(index, field, row);
            }
            return index;
        });
    }

    private static void addTo(Map<String, Set<String>> index, Field field, ObjectNode row) {
        if (row.hasNonNull(field.name())) {
            index.computeIfAbsent(indexKey(field, row.get(field.name()).asText()), key -> new LinkedHashSet<>())
                    .add(row.get("Id").asText());
        }
    }

    private static String indexKey(Field field, String value) {
        return field.isReference() ? value : value.toLowerCase(Locale.ROOT);
    }

    private void put(SObject sObject, ObjectNode row) {
        String id = row.get("Id").asText();
        ObjectNode before = table(sObject).get(id);
        replace(sObject, id, before, row);
        undo.push(() -> replace(sObject, id, row, before));
    }

    private void remove(SObject sObject, ObjectNode row) {
        String id = row.get("Id").asText();
        replace(sObject, id, row, null);
        undo.push(() -> replace(sObject, id, null, row));
    }

    private void replace(SObject sObject, String id, ObjectNode before, ObjectNode after) {
        for (Field field : sObject.fields()) {
            if (!isIndexed(field)) {
                continue;
            }
            Map<String, Set<String>> index = index(sObject, field);
            if (before != null && before.hasNonNull(field.name())) {
                index.computeIfPresent(indexKey(field, before.get(field.name()).asText()), (key, ids) -> {
                    ids.remove(id);
                    return ids.isEmpty() ? null : ids;
                });
            }
            if (after != null) {
                addTo(index, field, after);
            }
        }
        if (after == null) {
            table(sObject).remove(id);
        } else {
            table(sObject).put(id, after);
        }
    }

    /** How many records each object holds, by name. */
    Map<String, Integer> sizes() {
        Map<String, Integer> sizes = new TreeMap<>();
        tables.forEach((name, rows) -> sizes.put(name, rows.size()));
        return sizes;
    }
}
