package io.tsunagi.sandbox.salesforce;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The objects and fields of the simulated organisation, read from {@code schema.tsv} and from the package that
 * administrators install. Names are found
 * whatever their case, as in Salesforce. Guarded by the simulator's lock.
 */
final class Schema {
    private static final Pattern TYPE = Pattern.compile("([a-z0-9]+)(?:\\((.*)\\))?");

    private final Map<String, SObject> objects = new LinkedHashMap<>();

    /** One field. {@code length} is in characters, in UTF-8 bytes when {@code inBytes}; 0 means no limit. */
    record Field(
            String name,
            String type,
            int length,
            List<String> referenceTo,
            boolean required,
            boolean readOnly,
            boolean createOnly,
            boolean unique,
            boolean externalId,
            boolean inBytes,
            boolean nameField,
            String defaultValue,
            String autoNumber) {

        boolean isReference() {
            return type.equals("reference");
        }

        boolean isText() {
            return switch (type) {
                case "string", "textarea", "picklist", "email", "phone", "url", "id", "reference" -> true;
                default -> false;
            };
        }

        /** Long text cannot stand in WHERE or ORDER BY. */
        boolean filterable() {
            return !(type.equals("textarea") && length > 255) && !type.equals("base64");
        }

        /** {@code ContactId → Contact}, {@code Case__c → Case__r}; null for other fields. */
        String relationshipName() {
            if (!isReference()) {
                return null;
            }
            if (name.endsWith("__c")) {
                return name.substring(0, name.length() - 1) + "r";
            }
            return name.endsWith("Id") ? name.substring(0, name.length() - 2) : name;
        }

        boolean isCustom() {
            return name.endsWith("__c");
        }
    }

    /** One object with its fields in the order they were declared. */
    static final class SObject {
        private final String name;
        private final String prefix;
        private final String label;
        private final String plural;
        private final Map<String, Field> fields = new LinkedHashMap<>();
        private final Map<String, Field> relationships = new LinkedHashMap<>();

        SObject(String name, String prefix, String label, String plural) {
            this.name = name;
            this.prefix = prefix;
            this.label = label;
            this.plural = plural;
        }

        String name() {
            return name;
        }

        String prefix() {
            return prefix;
        }

        String label() {
            return label;
        }

        String plural() {
            return plural;
        }

        Collection<Field> fields() {
            return fields.values();
        }

        Optional<Field> find(String field) {
            return Optional.ofNullable(fields.get(key(field)));
        }

        Field field(String field) {
            return find(field).orElseThrow(() -> Refusal.noColumn(field, name));
        }

        /** The reference field behind {@code Contact} or {@code Case__r}. */
        Optional<Field> relationship(String relationship) {
            return Optional.ofNullable(relationships.get(key(relationship)));
        }

        void add(Field field) {
            fields.put(key(field.name()), field);
            if (field.isReference()) {
                relationships.put(key(field.relationshipName()), field);
            }
        }

        boolean isEvent() {
            return name.endsWith("__e");
        }
    }

    static Schema standard() {
        Schema schema = new Schema();
        SObject current = null;
        for (String line : lines("schema.tsv")) {
            if (!line.startsWith("\t")) {
                String[] columns = line.split("\t");
                current = new SObject(columns[0], columns[1], columns[2], columns[3]);
                schema.add(current);
            } else if (current != null) {
                String[] columns = line.strip().split("\t");
                current.add(field(columns[0], columns[1], columns.length > 2 ? columns[2] : ""));
            }
        }
        InstalledPackage.standard().into(schema);
        return schema;
    }

    /** The lines of a resource of the simulator without comments and empty lines. */
    static List<String> lines(String resource) {
        try (InputStream in = Schema.class.getResourceAsStream("/sandbox/salesforce/" + resource)) {
            if (in == null) {
                throw new IllegalStateException("The sandbox lacks its resource " + resource);
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /**
     * Reads one field declaration, such as {@code ("LineUserId__c", "string(64)", "unique external")}.
     *
     * @throws IllegalArgumentException if the type or a flag is unknown
     */
    static Field field(String name, String type, String flags) {
        Matcher matcher = TYPE.matcher(type);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Not a field type: " + type);
        }
        String kind = matcher.group(1);
        String argument = matcher.group(2) == null ? "" : matcher.group(2);
        int length = 0;
        List<String> referenceTo = List.of();
        switch (kind) {
            case "reference" -> {
                referenceTo = List.of(argument.split("\\|"));
                length = 18;
            }
            case "string", "textarea", "picklist", "email", "phone", "url" ->
                length = argument.isEmpty() ? 255 : Integer.parseInt(argument);
            case "id" -> length = 18;
            case "boolean", "double", "int", "date", "datetime", "base64" -> length = 0;
            default -> throw new IllegalArgumentException("Not a field type: " + type);
        }
        boolean required = false, readOnly = false, createOnly = false, unique = false, external = false;
        boolean inBytes = false, nameField = false;
        String defaultValue = null;
        String autoNumber = null;
        for (String flag : flags.isBlank() ? new String[0] : flags.strip().split(" ")) {
            switch (flag) {
                case "required" -> required = true;
                case "readonly" -> readOnly = true;
                case "createonly" -> createOnly = true;
                case "unique" -> unique = true;
                case "external" -> external = true;
                case "bytes" -> inBytes = true;
                case "name" -> nameField = true;
                default -> {
                    if (flag.startsWith("default=")) {
                        defaultValue = flag.substring("default=".length());
                    } else if (flag.startsWith("auto=")) {
                        autoNumber = flag.substring("auto=".length());
                        readOnly = true;
                    } else {
                        throw new IllegalArgumentException("Not a field flag: " + flag);
                    }
                }
            }
        }
        return new Field(
                name,
                kind,
                length,
                referenceTo,
                required,
                readOnly,
                createOnly,
                unique,
                external,
                inBytes,
                nameField,
                defaultValue,
                autoNumber);
    }

    void add(SObject object) {
        object.add(field("Id", "id", "readonly"));
        objects.put(key(object.name()), object);
        object.add(field("IsDeleted", "boolean", "readonly"));
        object.add(field("CreatedDate", "datetime", "readonly"));
        object.add(field("CreatedById", "reference(User)", "readonly"));
        object.add(field("LastModifiedDate", "datetime", "readonly"));
        object.add(field("LastModifiedById", "reference(User)", "readonly"));
        object.add(field("SystemModstamp", "datetime", "readonly"));
    }

    Collection<SObject> objects() {
        return objects.values();
    }

    Optional<SObject> find(String name) {
        return Optional.ofNullable(objects.get(key(name)));
    }

    /** The object of that name, or the 404 that a REST path with an unknown object gets. */
    SObject object(String name) {
        return find(name).orElseThrow(Refusal::notFound);
    }

    Optional<SObject> byPrefix(String id) {
        return objects.values().stream()
                .filter(object -> id.startsWith(object.prefix()))
                .findFirst();
    }

    static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Names of all objects, for messages. */
    List<String> names() {
        return new ArrayList<>(objects.values().stream().map(SObject::name).toList());
    }
}
