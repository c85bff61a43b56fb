package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The commands of the standalone jar, each a process of its own as its users start it. */
class JarCommandsIT extends RunsTheJar {
    @Test
    void commands_of_the_jar_say_what_they_did_and_end_with_its_status() throws Exception {
        assertEnds(0, "Usage: tsunagi", "--help");
        assertEnds(0, "V001__ledger_and_outbox.sql", "migrate");
        assertEnds(0, "lets the hub in", "check");
        assertEnds(1, "holds no keys", "keys", "rotate");
        try (var hub = jar()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            hub.terminate();
            hub.awaitEnd(PATIENCE);
        }
        assertEnds(0, "values are sealed anew", "keys", "rotate");
        assertEnds(0, "rows of the chain are right", "audit", "verify");
        assertEnds(2, "Unknown option", "--nonsense");
        settings.put("HUB_LINE_ACCOUNT_MAIN_TOKEN", "wrong");
        assertEnds(1, "hub.line.account.main.token", "check");
    }

    private void assertEnds(int status, String says, String... arguments) throws Exception {
        try (var command = jar(arguments)) {
            assertThat(command.awaitEnd(PATIENCE)).as(command.output()).isEqualTo(status);
            assertThat(command.output()).contains(says).doesNotContain("\tat ");
        }
    }
}
