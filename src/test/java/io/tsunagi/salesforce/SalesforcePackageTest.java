package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** The package for Salesforce is whole, and holds what the routes need. */
class SalesforcePackageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Path PACKAGE = Path.of("src/main/salesforce");

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "knowledge", "person-accounts", "chat"})
    void a_manifest_names_every_file_and_no_other(String part) throws IOException {
        Set<String> named =
                found("<members>([^<]+)</members>", Files.readString(PACKAGE.resolve("manifest/" + part + ".xml")));
        Set<String> there = new TreeSet<>();
        for (Path file : files(PACKAGE.resolve(part), "-meta.xml")) {
            String name = file.getFileName().toString().replaceFirst("\\.[a-zA-Z]+-meta\\.xml$", "");
            boolean inObject = file.toString().matches(".*/(fields|listViews)/[^/]+");
            if (name.equals("CustomLabels")) {
                there.addAll(found("<fullName>(\\w+)</fullName>", Files.readString(file)));
            } else {
                there.add(inObject ? file.getParent().getParent().getFileName() + "." + name : name);
            }
            if (inObject) {
                assertThat(Files.readString(file)).contains("<fullName>" + name + "</fullName>");
            }
        }
        assertThat(named).isEqualTo(there);
    }

    /** Salesforce reads each file as XML of its metadata, all of one version. */
    @Test
    void every_file_is_metadata_of_one_version() throws Exception {
        DocumentBuilderFactory xml = DocumentBuilderFactory.newInstance();
        xml.setNamespaceAware(true);
        String project = Files.readString(PACKAGE.resolve("sfdx-project.json"));
        Set<String> versions = found("\"sourceApiVersion\": \"([0-9.]+)\"", project);
        List<Path> files = files(PACKAGE, ".xml");
        for (Path file : files) {
            Document read = xml.newDocumentBuilder().parse(file.toFile());
            assertThat(read.getDocumentElement().getNamespaceURI())
                    .as(file.toString())
                    .isEqualTo("http://soap.sforce.com/2006/04/metadata");
            versions.addAll(found("<(?:version|apiVersion)>([0-9.]+)<", Files.readString(file)));
        }

        assertThat(files).hasSizeGreaterThan(20);
        assertThat(versions).hasSize(1);
        assertThat(found("\"path\": \"(\\w+)\"", project)).isEqualTo(Set.of("core", "knowledge", "chat"));
    }

    @Test
    void what_permission_sets_and_list_views_name_is_there() throws IOException {
        Set<String> fields = files(PACKAGE, ".field-meta.xml").stream()
                .map(SalesforcePackageTest::field)
                .collect(Collectors.toSet());
        for (Path file : files(PACKAGE, ".permissionset-meta.xml")) {
            assertThat(fields).containsAll(found("<field>([^<]+)</field>", Files.readString(file)));
        }
        for (Path file : files(PACKAGE, ".listView-meta.xml")) {
            String object = file.getParent().getParent().getFileName().toString();
            assertThat(fields)
                    .containsAll(found("<(?:columns|field)>(\\w+__c)<", Files.readString(file)).stream()
                            .map(name -> object + "." + name)
                            .toList());
        }
    }

    private static String field(Path file) {
        return file.getParent().getParent().getFileName() + "."
                + file.getFileName().toString().replace(".field-meta.xml", "");
    }

    @Test
    void the_chat_of_a_case_stands_on_fields_and_words_that_are_there() throws IOException {
        Path chat = PACKAGE.resolve("chat/main/default");
        String script = Files.readString(chat.resolve("lwc/lineChat/lineChat.js"));
        String labels = Files.readString(chat.resolve("labels/CustomLabels.labels-meta.xml"));
        String japanese = Files.readString(chat.resolve("translations/ja.translation-meta.xml"));

        Set<String> words = found("@salesforce/label/c\\.(\\w+)", script);
        assertThat(words).hasSize(5);
        assertThat(found("<fullName>(\\w+)</fullName>", labels)).isEqualTo(words);
        assertThat(found("<name>(\\w+)</name>", japanese)).isEqualTo(words);
        assertThat(found("<label>([^<]*)</label>", japanese)).hasSize(5).allMatch(text -> text.matches(".*[ぁ-んァ-ヶ].*"));
        assertThat(files(PACKAGE, ".field-meta.xml").stream().map(SalesforcePackageTest::field))
                .containsAll(found("@salesforce/schema/([\\w.]+)", script));

        String meta = Files.readString(chat.resolve("lwc/lineChat/lineChat.js-meta.xml"));
        assertThat(found("<target>(\\w+)</target>", meta)).containsExactly("lightning__RecordPage");
        assertThat(found("targets=\"(\\w+)\"", meta)).containsExactly("lightning__RecordPage");
        assertThat(found("<object>(\\w+)</object>", meta)).containsExactly("Case");
        assertThat(found("@api (\\w+)", script)).containsAll(found("<property name=\"(\\w+)\"", meta));
        assertThat(Files.readString(PACKAGE.resolve(".forceignore"))).contains("**/__tests__/**");
    }

    /** The org's pages may show the hub in frames and call it in no other way. */
    @Test
    void the_hub_is_trusted_for_frames_only() throws IOException {
        String trusted = Files.readString(
                PACKAGE.resolve("chat/main/default/cspTrustedSites/Tsunagi_Hub.cspTrustedSite-meta.xml"));

        assertThat(found("<isApplicableTo(\\w+)>true<", trusted)).containsExactly("FrameSrc");
    }

    @Test
    void every_custom_field_of_the_shipped_routes_is_in_the_package() throws IOException {
        Set<String> fields = new TreeSet<>();
        for (Path file : files(PACKAGE, ".field-meta.xml")) {
            fields.addAll(found("<fullName>(\\w+)</fullName>", Files.readString(file)));
        }
        Set<String> named = new TreeSet<>();
        for (Path file : files(Path.of("routes/salesforce"), ".camel.yaml")) {
            String flow = Files.readString(file).replaceAll("(?m)^\\s*#.*", "");
            named.addAll(found("\\b(\\w+__c)\\b", flow));
        }
        named.remove("LineMessage__c");

        assertThat(named).hasSizeGreaterThan(10);
        assertThat(fields).containsAll(named);
    }

    @Test
    void the_users_permission_set_covers_every_field() throws IOException {
        for (String part : List.of("core", "knowledge", "person-accounts")) {
            Set<String> allowed = new TreeSet<>();
            for (Path file : files(PACKAGE.resolve(part), ".permissionset-meta.xml")) {
                if (!file.getFileName().toString().startsWith("Tsunagi_Support")) {
                    allowed.addAll(found("<field>([^<]+)</field>", Files.readString(file)));
                }
            }
            Set<String> fields = files(PACKAGE.resolve(part), ".field-meta.xml").stream()
                    .map(SalesforcePackageTest::field)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(allowed).isEqualTo(fields);
        }
    }

    @Test
    void the_simulated_org_has_the_packages_fields_as_they_stand_there() throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try (SalesforceSimulator salesforce = new SalesforceSimulator().start()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(salesforce.baseUri() + "/services/oauth2/token"))
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .timeout(PATIENCE)
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-client-secret"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            String token = found("\"access_token\":\"([^\"]+)\"", answer.body())
                    .iterator()
                    .next();
            for (Path file : files(PACKAGE, ".field-meta.xml")) {
                String object = file.getParent().getParent().getFileName().toString();
                String name = file.getFileName().toString().replace(".field-meta.xml", "");
                String described = http.send(
                                HttpRequest.newBuilder(URI.create(salesforce.baseUri()
                                                + "/services/data/v62.0/sobjects/" + object + "/describe"))
                                        .header("Authorization", "Bearer " + token)
                                        .timeout(PATIENCE)
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                String field = new com.fasterxml.jackson.databind.ObjectMapper()
                        .readTree(described).path("fields").findParents("name").stream()
                                .filter(each -> each.path("name").asText().equals(name))
                                .findFirst()
                                .orElseThrow()
                                .toString();
                String meta = Files.readString(file);
                assertThat(field).contains("\"unique\":" + meta.contains("<unique>true</unique>"));
                assertThat(field).contains("\"externalId\":" + meta.contains("<externalId>true</externalId>"));
                found("<length>(\\d+)</length>", meta)
                        .forEach(length -> assertThat(field).contains("\"length\":" + length));
            }
        }
    }
}
