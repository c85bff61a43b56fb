package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.routes.RouteFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a team's build calls, without a running hub. */
class RouteCommandsTest {
    private static final String HAND_OFF = "dispatch/hand-off.camel.yaml";

    @TempDir
    Path folder;

    private record Result(int status, String words) {}

    private Result run(String... more) {
        StringWriter words = new StringWriter();
        List<String> args = new ArrayList<>(List.of("routes"));
        args.addAll(List.of(more));
        args.addAll(List.of("--routes", folder.toString(), "--home", folder.toString()));
        PrintWriter out = new PrintWriter(words, true);
        int status = Commands.commandLine(out).setErr(out).execute(args.toArray(String[]::new));
        return new Result(status, words.toString());
    }

    @Test
    void a_copy_is_checked_and_after_an_upgrade_shown_with_the_difference() throws IOException {
        assertThat(run("copy", HAND_OFF).status()).isZero();
        assertThat(run("copy", HAND_OFF).status()).isEqualTo(1);
        Path copy = folder.resolve(HAND_OFF);
        String mine = Files.readString(copy).replace("constant: support", "constant: acme");
        Files.writeString(copy, mine);

        assertThat(run("check")).isEqualTo(new Result(0, "A hub would take these routes.\n"));

        // As if the shipped file had been another one when it was copied.
        Files.writeString(copy, mine.replaceFirst("sha256 [0-9a-f]{64}", "sha256 " + "0".repeat(64)));
        Result upgraded = run("check");
        assertThat(upgraded.status()).isZero();
        assertThat(upgraded.words())
                .contains(HAND_OFF + " was copied from another version")
                .contains("-            constant: support\n+            constant: acme\n");
    }

    /** Whoever copies a shipped file begins with one that keeps the rules. */
    @Test
    void every_shipped_file_can_be_copied() throws IOException {
        for (String name : RouteFiles.BUILT_IN) {
            assertThat(run("copy", name).status()).as(name).isEqualTo(RouteFiles.CORE.contains(name) ? 1 : 0);
        }

        assertThat(run("check")).isEqualTo(new Result(0, "A hub would take these routes.\n"));
    }

    @Test
    void a_fault_is_named_with_its_line_and_ends_with_1() throws IOException {
        Files.createDirectories(folder.resolve("custom"));
        Files.writeString(folder.resolve("custom/acme.camel.yaml"), """
                - route:
                    id: acme-one
                    description: Runs a program
                    from:
                      uri: direct:acme-one
                      steps:
                        - to: exec:ls
                """);

        Result result = run("check");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.words()).contains("custom/acme.camel.yaml:7: the component 'exec' is not allowed");
    }

    @Test
    void what_cannot_be_built_is_found_too() throws IOException {
        Files.createDirectories(folder.resolve("custom"));
        Files.writeString(folder.resolve("custom/acme.camel.yaml"), """
                - route:
                    id: acme-one
                    description: Waits
                    from:
                      uri: timer:acme-one
                      parameters:
                        perriod: 1000
                      steps:
                        - log: tick
                """);

        Result result = run("check");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.words())
                .contains("custom/acme.camel.yaml:")
                .contains("perriod")
                .contains("[build]");
    }

    /** The whole files among the recipes of docs/integrate.md, by the name they have there, held to the rules all together. */
    @Test
    void the_recipes_of_the_documents_would_be_taken() throws IOException {
        Matcher recipes = Pattern.compile(
                        "`routes/([a-z/-]+\\.camel\\.yaml)`, whole.*?```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/integrate.md")));
        int found = 0;
        while (recipes.find()) {
            Path file = folder.resolve(recipes.group(1));
            Files.createDirectories(file.getParent());
            Files.writeString(
                    file,
                    recipes.group(2)
                            .replaceAll("\\{\\{env:(ACME_[A-Z]+_URL)}}", "{{env:$1:http://127.0.0.1:9/}}")
                            .replaceAll("\\{\\{env:(ACME_MAIL_[A-Z]+)}}", "{{env:$1:mail.example.com}}"));
            found++;
        }

        Result result = run("check");
        assertThat(result.words())
                .endsWith("A hub would take these routes.\n")
                .contains("dispatch/on-hand-off.camel.yaml was copied");
        assertThat(result.status()).isZero();
        assertThat(found).isEqualTo(5);
    }

    @Test
    void a_wrong_call_is_told_how() throws IOException {
        assertThat(run("chekc").status()).isEqualTo(2);
        assertThat(run("chekc").words()).contains("'chekc'").contains("routes check");
    }
}
