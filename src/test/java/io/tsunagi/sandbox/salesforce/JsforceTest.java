package io.tsunagi.sandbox.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.npm.NodeClient;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** jsforce, unchanged, finds in the simulator what it expects of Salesforce. */
class JsforceTest {
    private final SalesforceSimulator salesforce = new SalesforceSimulator();

    @AfterEach
    void stop() {
        salesforce.close();
    }

    @Test
    void the_client_of_another_language_gets_on_with_the_simulator() throws IOException, InterruptedException {
        salesforce.start();

        String said = new NodeClient("salesforce-client").run(salesforce.baseUri());

        assertThat(said)
                .contains("ok: a change event is heard, and says which client made the change")
                .doesNotContain("not ok");
    }
}
