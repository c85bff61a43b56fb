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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    @ValueSource(strings = {"core", "knowledge", "person-accounts"})
    void a_manifest_names_every_file_and_no_other(String part) throws IOException {
        Set<String> named =
                found("<members>([^<]+)</members>", Files.readString(PACKAGE.resolve("manifest/" + part + ".xml")));
        Set<String> there = new TreeSet<>();
        for (Path file : files(PACKAGE.resolve(part), "-meta.xml")) {
            String name = file.getFileName().toString().replaceFirst("\\.[a-zA-Z]+-meta\\.xml$", "");
            boolean inObject = file.toString().matches(".*/(fields|listViews)/[^/]+");
            there.add(inObject ? file.getParent().getParent().getFileName() + "." + name : name);
            assertThat(Files.readString(file)).contains("http://soap.sforce.com/2006/04/metadata");
            if (inObject) {
                assertThat(Files.readString(file)).contains("<fullName>" + name + "</fullName>");
            }
        }
        assertThat(named).isEqualTo(there);
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
                    .map(file -> file.getParent().getParent().getFileName() + "."
                            + file.getFileName().toString().replace(".field-meta.xml", ""))
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
