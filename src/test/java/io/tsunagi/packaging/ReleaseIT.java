package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code make release} left in {@code target/release}; the second build it made was compared by itself. */
class ReleaseIT {
    private static final Path RELEASE = Path.of("target/release");

    @Test
    void everything_that_is_handed_out_is_there_with_its_checksum() throws Exception {
        String name = Program.built(".jar").getFileName().toString().replaceFirst("\\.jar$", "");
        Map<String, String> sums = new TreeMap<>();
        for (String line : Files.readAllLines(RELEASE.resolve("SHA256SUMS"))) {
            sums.put(line.substring(66), line.substring(0, 64));
        }

        assertThat(sums.keySet())
                .containsExactlyInAnyOrder(
                        name + ".jar",
                        name + "-standalone.jar",
                        name + "-sandbox.jar",
                        name + "-features.xml",
                        name + ".kar",
                        name + ".cdx.json");
        assertThat(files())
                .containsExactlyInAnyOrderElementsOf(Stream.concat(sums.keySet().stream(), Stream.of("SHA256SUMS"))
                        .toList());
        for (Map.Entry<String, String> sum : sums.entrySet()) {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(RELEASE.resolve(sum.getKey())));
            assertThat(HexFormat.of().formatHex(hash)).as(sum.getKey()).isEqualTo(sum.getValue());
        }
        assertThat(Files.readString(RELEASE.resolve(name + ".cdx.json"))).contains("\"bomFormat\" : \"CycloneDX\"");
    }

    private static List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(RELEASE)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
