package io.tsunagi.routes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which route files were taken, as it is remembered. */
class RouteVersionsTest {
    private static final String NAME = "custom/acme.camel.yaml";
    private static final String OTHER = "dispatch/hand-off.camel.yaml";

    private static RouteFile file(String name, String text) {
        return new RouteFile(name, text);
    }

    private static void take(RouteVersions versions, RouteFile file) {
        versions.take(Map.of(file.name(), Optional.of(file)), Map.of(), "product");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void the_last_of_each_file_counts_until_the_file_goes(Dialect dialect) {
        try (Store store = TestStores.open(dialect)) {
            RouteVersions versions = new RouteVersions(store, new Audit(store, store.clock()), store.clock());
            take(versions, file(NAME, "one"));
            take(versions, file(OTHER, "other"));
            take(versions, file(NAME, "two"));

            assertThat(versions.latest()).hasSize(2);
            assertThat(versions.latest().get(NAME).file()).isEqualTo(file(NAME, "two"));
            assertThat(versions.latest().get(NAME).instead()).isNull();

            versions.rollBack(file(NAME, "one"), file(NAME, "two").hash(), "product");
            assertThat(versions.latest().get(NAME).file()).isEqualTo(file(NAME, "one"));
            assertThat(versions.latest().get(NAME).instead())
                    .isEqualTo(file(NAME, "two").hash());

            long before = versions.last();
            versions.take(
                    Map.of(NAME, Optional.empty()),
                    Map.of(NAME, file(NAME, "one").hash()),
                    "product");
            assertThat(versions.latest()).containsOnlyKeys(OTHER);
            assertThat(versions.last()).isGreaterThan(before);
            assertThat(versions.of(NAME))
                    .extracting(version -> version.file().text())
                    .containsExactly("", "one", "two", "one");
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void each_change_is_in_the_audit_with_its_hashes(Dialect dialect) {
        try (Store store = TestStores.open(dialect)) {
            RouteVersions versions = new RouteVersions(store, new Audit(store, store.clock()), store.clock());
            versions.take(Map.of(NAME, Optional.of(file(NAME, "two"))), Map.of(NAME, "a".repeat(64)), "product");
            versions.refuse(NAME, "b".repeat(64), "c".repeat(64), new RouteFault(NAME, 7, "component", "no"));

            List<String> rows = store.jdbc()
                    .sql(
                            "select object || ' ' || outcome || ' ' || detail from audit where act = 'change-routes' order by seq")
                    .query(String.class)
                    .list();
            assertThat(rows.get(0))
                    .startsWith("route-file/" + NAME + " ok ")
                    .contains("a".repeat(64), file(NAME, "two").hash());
            assertThat(rows.get(1))
                    .startsWith("route-file/" + NAME + " refused ")
                    .contains("component", NAME + ":7", "c".repeat(64));
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void twenty_versions_of_a_file_are_kept(Dialect dialect) {
        try (Store store = TestStores.open(dialect)) {
            RouteVersions versions = new RouteVersions(store, new Audit(store, store.clock()), store.clock());
            for (int i = 1; i <= 25; i++) {
                take(versions, file(NAME, "version " + i));
            }

            assertThat(versions.of(NAME)).hasSize(20);
            assertThat(versions.of(NAME).get(19).file().text()).isEqualTo("version 6");
        }
    }
}
