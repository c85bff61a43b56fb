package io.tsunagi.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.npm.NodeClient;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.dsl.yaml.YamlRoutesBuilderLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Route files stay what they are when Kaoto's own code opens and saves them, and keep to the schema of Camel's YAML. Needs
 * Node with npm; Kaoto's packages take 800 MB under {@code target}.
 */
class KaotoIT {
    private static final NodeClient KAOTO = new NodeClient("kaoto");

    @TempDir
    Path temp;

    private String schema;

    @BeforeEach
    void unpackSchema() throws Exception {
        Path file = temp.resolve("camelYamlDsl.json");
        try (InputStream in = YamlRoutesBuilderLoader.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            Files.copy(in, file);
        }
        schema = file.toString();
    }

    @Test
    void every_route_file_comes_out_as_it_went_in() throws Exception {
        assertThat(KAOTO.run(Path.of("routes").toAbsolutePath().toString(), schema))
                .containsPattern("[6-9]\\d files, \\d{3} routes");
    }

    @Test
    void what_kaoto_would_lose_or_camel_does_not_know_is_named() throws Exception {
        Path routes = Files.createDirectory(temp.resolve("routes"));
        Files.writeString(routes.resolve("acme.camel.yaml"), """
                # Told at the top.
                - route:
                    id: acme-first
                    from:
                      uri: direct:acme-first
                      steps:
                        # Told inside.
                        - setVariable: { id: acme-number, name: number, constant: 3 }
                        - setBodi: { id: acme-slip, constant: "x" }
                """);

        assertThatThrownBy(() -> KAOTO.run(routes.toString(), schema))
                .hasMessageContaining("acme.camel.yaml: loses '# Told inside.'")
                .hasMessageContaining("setVariable/constant: must be string")
                .hasMessageContaining("setBodi");
    }
}
