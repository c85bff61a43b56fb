package io.tsunagi.sandbox.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.npm.NodeClient;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** LINE's own client for Node, unchanged, finds in the simulator what it expects of the platform; signatures included. */
class NodeClientTest {
    private final LineSimulator line = LineSimulator.builder().build();

    @AfterEach
    void stop() {
        line.close();
    }

    @Test
    void the_client_of_another_language_gets_on_with_the_simulator() throws IOException, InterruptedException {
        line.start();

        String said = new NodeClient("line-client").run(line.baseUri().toString());

        assertThat(said).contains("ok: the webhook is set, told and tested").doesNotContain("not ok");
    }
}
