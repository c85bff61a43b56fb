package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.npm.NodeClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Lightning Web Component of the package, tried as Salesforce's own tool for such components tries it. */
class LineChatTest {
    @Test
    void the_component_passes_its_own_tests() throws IOException, InterruptedException {
        String said = new NodeClient("line-chat").test(Path.of("src/main/salesforce"));

        var passed = Pattern.compile("Tests: +(\\d+) passed, (\\d+) total").matcher(said);
        assertThat(passed.find()).as(said).isTrue();
        assertThat(passed.group(1)).isEqualTo(passed.group(2));
        assertThat(said).contains("stands in a frame that has a name");
    }
}
