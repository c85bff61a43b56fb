package io.tsunagi.sandbox.salesforce;

import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The package that administrators install ({@code src/main/salesforce}), as metadata files of the Metadata API, and what
 * it makes of an organisation: the simulator has the objects and fields that stand there and no others of their kind.
 */
final class InstalledPackage {
    private static final String FOLDER = "/sandbox/salesforce/package/";
    private static final List<String> PARTS = List.of("core", "knowledge", "person-accounts");

    private record Member(String part, String name) {}

    private final List<Member> objects = new ArrayList<>();
    private final List<Member> fields = new ArrayList<>();

    private InstalledPackage() {}

    /** Reads what the manifests name. */
    static InstalledPackage standard() {
        InstalledPackage installed = new InstalledPackage();
        for (String part : PARTS) {
            NodeList types = read("manifest/" + part + ".xml").getElementsByTagName("types");
            for (int i = 0; i < types.getLength(); i++) {
                Element type = (Element) types.item(i);
                List<Member> members =
                        switch (text(type, "name", "")) {
                            case "CustomObject" -> installed.objects;
                            case "CustomField" -> installed.fields;
                            default -> new ArrayList<>();
                        };
                NodeList names = type.getElementsByTagName("members");
                for (int n = 0; n < names.getLength(); n++) {
                    members.add(new Member(part, names.item(n).getTextContent().strip()));
                }
            }
        }
        return installed;
    }

    /** Adds the package's objects and fields. */
    void into(Schema schema) {
        int number = 0;
        for (Member member : objects) {
            String name = member.name();
            Element object = read(folder(member, name) + name + ".object-meta.xml");
            SObject made = new SObject(
                    name, "a%02d".formatted(number++), text(object, "label", name), text(object, "pluralLabel", name));
            schema.add(made);
            Element nameField = child(object, "nameField");
            String format = text(nameField, "displayFormat", "").replaceAll("[{}]", "");
            made.add(Schema.field("Name", "string(80)", "name" + (format.isEmpty() ? "" : " auto=" + format)));
            made.add(Schema.field("OwnerId", "reference(User|Group)", ""));
        }
        for (Member member : fields) {
            String[] name = member.name().split("\\.");
            Element field = read(folder(member, name[0]) + "fields/" + name[1] + ".field-meta.xml");
            schema.object(name[0]).add(Schema.field(name[1], type(field), flags(field)));
        }
    }

    private static String folder(Member member, String object) {
        return member.part() + "/main/default/objects/" + object + "/";
    }

    /** Metadata API Developer Guide, "CustomField": the types that the package uses. */
    private static String type(Element field) {
        String type = text(field, "type", "");
        return switch (type) {
            case "Text" -> "string(" + text(field, "length", "255") + ")";
            case "LongTextArea" -> "textarea(" + text(field, "length", "32768") + ")";
            case "Picklist" -> "picklist(255)";
            case "Number" -> "double";
            case "DateTime" -> "datetime";
            case "Lookup" -> "reference(" + text(field, "referenceTo", "") + ")";
            default ->
                throw new IllegalStateException(
                        "The simulator does not know the type " + type + " of " + text(field, "fullName", ""));
        };
    }

    private static String flags(Element field) {
        List<String> flags = new ArrayList<>();
        if (text(field, "required", "false").equals("true")) {
            flags.add("required");
        }
        if (text(field, "unique", "false").equals("true")) {
            flags.add("unique");
        }
        if (text(field, "externalId", "false").equals("true")) {
            flags.add("external");
        }
        return String.join(" ", flags);
    }

    private static Element read(String file) {
        try (InputStream in = InstalledPackage.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("The sandbox lacks the package's file " + file);
            }
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            return factory.newDocumentBuilder().parse(in).getDocumentElement();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException("The package's file " + file + " is no XML", e);
        }
    }

    private static Element child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                return element;
            }
        }
        return null;
    }

    private static String text(Element parent, String name, String otherwise) {
        Element found = parent == null ? null : child(parent, name);
        return found == null ? otherwise : found.getTextContent().strip();
    }
}
