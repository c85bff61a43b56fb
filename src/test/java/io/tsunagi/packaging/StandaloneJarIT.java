package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Test;

/** What the build put into the jar that is both program and bundle. */
class StandaloneJarIT {
    /** Those that go with Apache-2.0 in one jar; EPL and MPL because no part of theirs is changed. */
    private static final List<String> LICENCES = List.of(
            "Apache-2.0",
            "MIT",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "CC0-1.0",
            "EPL-2.0",
            "MPL-2.0",
            "Bouncy Castle Licence");

    private final Path standalone = Program.built("-standalone.jar");

    @Test
    void it_is_a_program_and_a_bundle() throws Exception {
        try (var jar = new JarFile(standalone.toFile())) {
            var manifest = jar.getManifest().getMainAttributes();

            assertThat(manifest.getValue("Main-Class")).isEqualTo("io.tsunagi.HubMain");
            assertThat(manifest.getValue("Multi-Release")).isEqualTo("true");
            assertThat(manifest.getValue("Bundle-Activator")).isEqualTo("io.tsunagi.karaf.Activator");
            assertThat(manifest.getValue("Bundle-Version")).matches("\\d+\\.\\d+\\.\\d+(\\.[A-Za-z0-9_-]+)?");
            assertThat(manifest.getValue("Import-Package"))
                    .startsWith("org.osgi.framework,org.slf4j;")
                    .doesNotContain("camel");
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .contains("META-INF/THIRD-PARTY.txt", "META-INF/LICENSE", "META-INF/NOTICE", "hawtio/index.html")
                    .noneMatch(name -> name.matches("META-INF/versions/.*/OSGI-INF/.*"))
                    .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"));
        }
    }

    @Test
    void it_holds_no_simulator_and_no_test_person() throws Exception {
        try (var jar = new ZipFile(standalone.toFile())) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .noneMatch(name -> name.startsWith("io/tsunagi/sandbox/"))
                    .noneMatch(name -> name.equals("config/sandbox.properties"));
        }
        try (var jar = new ZipFile(Program.built("-sandbox.jar").toFile())) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .contains("io/tsunagi/sandbox/Sandbox.class", "config/sandbox.properties")
                    .filteredOn(name -> name.endsWith(".class"))
                    .allMatch(StandaloneJarIT::isOfTheSandbox);
        }
    }

    /** S18 */
    @Test
    void its_list_of_delivered_files_names_all_that_is_served_and_run() throws Exception {
        try (var jar = new ZipFile(standalone.toFile())) {
            var listed = new TreeMap<String, String>();
            new String(
                            jar.getInputStream(jar.getEntry("META-INF/tsunagi/delivered-files"))
                                    .readAllBytes(),
                            StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> listed.put(line.substring(66), line.substring(0, 64)));

            assertThat(jar.stream().map(ZipEntry::getName))
                    .filteredOn(name -> name.matches("(console|routes|config|bot|db)/.*[^/]"))
                    .hasSizeGreaterThan(200)
                    .allSatisfy(name -> assertThat(listed).containsKey(name));
            assertThat(listed).containsKey("META-INF/resources/webjars/lit-html/3.3.2/lit-html.js");
            for (var file : listed.entrySet()) {
                assertThat(DigestUtils.sha256Hex(jar.getInputStream(jar.getEntry(file.getKey()))))
                        .as(file.getKey())
                        .isEqualTo(file.getValue());
            }
        }
    }

    /** S17 */
    @Test
    void its_bill_of_materials_lists_every_part() throws Exception {
        try (var jar = new ZipFile(standalone.toFile())) {
            var bill =
                    new ObjectMapper().readTree(jar.getInputStream(jar.getEntry("META-INF/sbom/application.cdx.json")));
            var listed = bill.path("components").findValuesAsText("purl").stream()
                    .map(purl -> purl.replaceFirst("^pkg:maven/[^/]+/([^@]+)@([^?]+).*$", "$1-$2"))
                    .collect(Collectors.toSet());

            assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
            assertThat(parts())
                    .extracting(part -> part.getFileName().toString())
                    .filteredOn(name -> name.endsWith(".jar"))
                    .hasSizeGreaterThan(100)
                    .allSatisfy(name -> assertThat(listed).anyMatch(name::startsWith));
        }
    }

    /** Where a part names several licences, whoever takes it chooses. */
    @Test
    void every_part_is_under_a_licence_that_goes_with_this_one() throws Exception {
        try (var jar = new ZipFile(standalone.toFile())) {
            var bill =
                    new ObjectMapper().readTree(jar.getInputStream(jar.getEntry("META-INF/sbom/application.cdx.json")));
            int parts = 0;
            for (var part : bill.path("components")) {
                List<String> licences = new ArrayList<>(part.path("licenses").findValuesAsText("id"));
                licences.addAll(part.path("licenses").findValuesAsText("name"));

                assertThat(licences).as(part.path("purl").asText()).containsAnyElementsOf(LICENCES);
                parts++;
            }
            assertThat(parts).isGreaterThan(100);
        }
    }

    @Test
    void every_service_of_every_part_is_still_named() throws Exception {
        List<String> missing = new ArrayList<>();
        try (var jar = new ZipFile(standalone.toFile())) {
            for (var part : parts()) {
                try (var zip = new ZipFile(part.toFile())) {
                    var services = zip.stream()
                            .filter(entry -> !entry.isDirectory()
                                    && entry.getName().startsWith("META-INF/services/")
                                    && !entry.getName().endsWith(".properties"))
                            .toList();
                    for (var service : services) {
                        var merged = jar.getEntry(service.getName());
                        var lines = merged == null ? List.<String>of() : lines(jar, service.getName());
                        lines(zip, service.getName()).stream()
                                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                                .filter(line -> !lines.contains(line))
                                .forEach(
                                        line -> missing.add(part.getFileName() + " " + service.getName() + " " + line));
                    }
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void no_class_comes_from_two_parts() throws Exception {
        Map<String, Path> owners = new HashMap<>();
        List<String> twice = new ArrayList<>();
        for (var part : parts()) {
            try (var zip = new ZipFile(part.toFile())) {
                zip.stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
                        .forEach(name -> {
                            var other = owners.putIfAbsent(name, part);
                            if (other != null) {
                                twice.add(name + " in " + other.getFileName() + " and " + part.getFileName());
                            }
                        });
            }
        }

        assertThat(owners).hasSizeGreaterThan(10_000);
        assertThat(twice).isEmpty();
    }

    @Test
    void the_kar_holds_what_its_feature_names() throws Exception {
        try (var kar = new ZipFile(Program.built(".kar").toFile())) {
            var files = kar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(entry ->
                            entry.getName().replaceFirst(".*/tsunagi-[^/]*?(?=-(?:standalone|features|hub)\\.)", ""))
                    .toList();

            assertThat(files).containsExactlyInAnyOrder("-standalone.jar", "-features.xml", "-hub.properties");
        }
    }

    private static boolean isOfTheSandbox(String name) {
        return Files.exists(Path.of("src/sandbox/java", name.replaceFirst("(\\$.*)?\\.class$", ".java")));
    }

    private static List<Path> parts() throws IOException {
        var classpath = Files.readString(Program.buildFolder().resolve("runtime.classpath"))
                .strip();
        return Arrays.stream(classpath.split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::isRegularFile)
                .toList();
    }

    private static List<String> lines(ZipFile zip, String name) throws IOException {
        try (var in = zip.getInputStream(zip.getEntry(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .toList();
        }
    }
}
