package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sends one inquiry of every kind of work through the field mapping of a folder of routes ({@code -Dtsunagi.routes},
 * otherwise the shipped ones) and says which field is refused. Custom fields that the folder maps and the simulated org
 * lacks are made there first, as texts.
 */
class SalesforceFieldsTest {
    private static final Pattern CUSTOM =
            Pattern.compile("name:\\s*(?:New)?(Contact|Case|LineMessage__c)\\.(\\w+__c)\\s*,");

    @Test
    void every_mapped_field_is_taken() throws IOException {
        Path folder = Path.of(System.getProperty("tsunagi.routes", "routes"));
        try (SalesforceSimulator salesforce = new SalesforceSimulator().start()) {
            // What the shipped routes write, the package brings; fields of an integration team are made for it.
            if (!folder.equals(Path.of("routes"))) {
                makeCustomFields(salesforce, folder);
            }
            try (SalesforceBench bench = new SalesforceBench(Dialect.H2, salesforce, Map.of()).start(folder, false)) {
                UUID inquiry = bench.inquiry();
                bench.add(inquiry, Kind.CASE);
                bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "残高"));
                for (Kind kind : List.of(Kind.CASE_UPDATE, Kind.CLOSE, Kind.SURVEY)) {
                    bench.add(inquiry, kind);
                }

                bench.states(inquiry).forEach(state -> bench.write(inquiry));

                assertThat(bench.setup.queue().failed()).isEmpty();
                assertThat(bench.states(inquiry)).containsOnly("DONE");
            }
        }
    }

    private static void makeCustomFields(SalesforceSimulator salesforce, Path folder) throws IOException {
        String schema;
        try (InputStream in = SalesforceSimulator.class.getResourceAsStream("/sandbox/salesforce/schema.tsv")) {
            schema = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        try (Stream<Path> files = Files.list(folder.resolve("salesforce"))) {
            for (Path file : files.toList()) {
                Matcher field = CUSTOM.matcher(Files.readString(file));
                while (field.find()) {
                    if (!schema.contains("\t" + field.group(2) + "\t") && !packaged(field.group(1), field.group(2))) {
                        SalesforceBench.addField(salesforce, field.group(1), field.group(2));
                    }
                }
            }
        }
    }

    private static boolean packaged(String object, String field) {
        return Files.exists(
                Path.of("src/main/salesforce/core/main/default/objects", object, "fields", field + ".field-meta.xml"));
    }
}
