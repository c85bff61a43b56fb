package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import io.tsunagi.web.Impostor;
import io.tsunagi.web.Impostor.Shows;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S07: who stands in for the org is given neither the hub's credentials nor, once it has signed in, its session. */
@Timeout(120)
class SalesforceTlsTest {
    @TempDir
    static Path folder;

    private static Impostor impostor;

    @BeforeAll
    static void open() throws Exception {
        impostor = new Impostor(folder, SalesforceTlsTest::answer);
    }

    @AfterAll
    static void close() {
        impostor.close();
    }

    private static String answer(String path) {
        return path.startsWith("/services/oauth2/token")
                ? "{\"access_token\":\"t\",\"instance_url\":\"" + impostor.address() + "\",\"id\":\""
                        + impostor.address()
                        + "/id/00D000000000001AAA/005000000000001AAA\",\"issued_at\":\"1\",\"signature\":\"s\"}"
                : "{\"searchRecords\":[]}";
    }

    private static SalesforceBench bench() {
        return new SalesforceBench(Dialect.H2, null, Map.of("hub.salesforce.login-url", impostor.address()))
                .start(Path.of("routes"), false);
    }

    @ParameterizedTest
    @EnumSource(Shows.class)
    void nobody_else_is_signed_in_to(Shows shows) throws Exception {
        try (SalesforceBench bench = bench()) {
            impostor.show(shows);

            assertThat(bench.setup.health().ready()).isEqualTo(shows == Shows.RIGHT);

            assertThat(impostor.tries()).isPositive();
            assertThat(impostor.asked().isEmpty()).as("%s", impostor.asked()).isEqualTo(shows != Shows.RIGHT);
        }
    }

    @ParameterizedTest
    @EnumSource(Shows.class)
    void a_session_is_shown_to_nobody_else(Shows shows) throws Exception {
        try (SalesforceBench bench = bench()) {
            impostor.show(Shows.RIGHT);
            assertThat(bench.setup.health().ready()).isTrue();
            impostor.show(shows);

            bench.call("search-knowledge", null, Map.of("q", "balance", "language", "en", "limit", 5));

            assertThat(impostor.tries()).isPositive();
            assertThat(impostor.asked().isEmpty()).as("%s", impostor.asked()).isEqualTo(shows != Shows.RIGHT);
        }
    }
}
