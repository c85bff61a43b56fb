package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.Field;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads fields of records by path, such as {@code Contact.Name}, and shows records as REST answers do. */
final class Rows {
    private final Schema schema;
    private final Records records;
    private final String version;

    Rows(Schema schema, Records records, String version) {
        this.schema = schema;
        this.records = records;
        this.version = version;
    }

    /** The steps of a path: references first, the field last. {@code owner} is where the field stands. */
    record Path(String written, List<Field> references, Field field) {}

    /** Resolves a path; an alias or the object's own name in front is allowed. */
    Path path(SObject sObject, String alias, String written) {
        List<String> parts = new ArrayList<>(List.of(written.split("\\.")));
        if (parts.size() > 1
                && (parts.get(0).equalsIgnoreCase(alias)
                        || (parts.get(0).equalsIgnoreCase(sObject.name())
                                && sObject.relationship(parts.get(0)).isEmpty()))) {
            parts.remove(0);
        }
        SObject at = sObject;
        List<Field> references = new ArrayList<>();
        for (String relationship : parts.subList(0, parts.size() - 1)) {
            SObject from = at;
            Field reference = at.relationship(relationship)
                    .orElseThrow(() -> new Refusal(
                            400,
                            "INVALID_FIELD",
                            "Didn't understand relationship '" + relationship + "' in field path on " + from.name()));
            references.add(reference);
            at = schema.object(reference.referenceTo().get(0));
        }
        String last = parts.get(parts.size() - 1);
        SObject owner = at;
        Optional<Field> field = owner.find(last);
        if (field.isEmpty() && !references.isEmpty()) {
            // Owner may be a User or a Group: the field may stand on any of them
            Field reference = references.get(references.size() - 1);
            field = reference.referenceTo().stream()
                    .map(schema::object)
                    .flatMap(target -> target.find(last).stream())
                    .findFirst();
        }
        return new Path(
                String.join(".", parts), references, field.orElseThrow(() -> Refusal.noColumn(last, owner.name())));
    }

    /** The value a path leads to; missing when there is none. */
    JsonNode value(ObjectNode row, Path path) {
        ObjectNode at = row;
        for (Field reference : path.references()) {
            Optional<ObjectNode> parent = parent(at, reference);
            if (parent.isEmpty()) {
                return MissingNode.getInstance();
            }
            at = parent.get();
        }
        JsonNode value = at.path(path.field().name());
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    private Optional<ObjectNode> parent(ObjectNode row, Field reference) {
        String id = row.path(reference.name()).asText("");
        return schema.byPrefix(id).flatMap(target -> records.find(target, id));
    }

    /** Shows a row with these paths, as a query does: parents nested, each with its attributes. */
    ObjectNode show(SObject sObject, ObjectNode row, List<Path> paths) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        attributes(shown, sObject, row);
        for (Path path : paths) {
            ObjectNode into = shown;
            ObjectNode at = row;
            for (Field reference : path.references()) {
                Optional<ObjectNode> parent = parent(at, reference);
                if (parent.isEmpty()) {
                    into.set(reference.relationshipName(), NullNode.instance);
                    into = null;
                    break;
                }
                at = parent.get();
                if (!into.path(reference.relationshipName()).isObject()) {
                    SObject type = schema.byPrefix(at.get("Id").asText()).orElseThrow();
                    attributes(into.putObject(reference.relationshipName()), type, at);
                }
                into = (ObjectNode) into.get(reference.relationshipName());
            }
            if (into != null) {
                into.set(path.field().name(), presented(at, path.field()));
            }
        }
        return shown;
    }

    /** Shows all fields of a row, or the named ones. */
    ObjectNode show(SObject sObject, ObjectNode row) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        attributes(shown, sObject, row);
        sObject.fields().forEach(field -> shown.set(field.name(), presented(row, field)));
        return shown;
    }

    private JsonNode presented(ObjectNode row, Field field) {
        if (field.type().equals("base64") && row.hasNonNull(field.name())) {
            SObject type = schema.byPrefix(row.get("Id").asText()).orElseThrow();
            return JsonNodeFactory.instance.textNode(url(type, row) + "/" + field.name());
        }
        JsonNode value = row.path(field.name());
        return value.isMissingNode() ? NullNode.instance : value;
    }

    private void attributes(ObjectNode shown, SObject sObject, ObjectNode row) {
        shown.putObject("attributes").put("type", sObject.name()).put("url", url(sObject, row));
    }

    String url(SObject sObject, ObjectNode row) {
        return "/services/data/v" + version + "/sobjects/" + sObject.name() + "/"
                + row.get("Id").asText();
    }
}
