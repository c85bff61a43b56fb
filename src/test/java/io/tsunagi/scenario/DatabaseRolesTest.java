package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.audit.AuditCheck;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S20: a hub works with a role of the database that can write rows and change nothing else. */
class DatabaseRolesTest {
    private static Settings withRoles() throws IOException {
        Settings owners = TestStores.settings(Dialect.POSTGRESQL, Map.of());
        try (Store store = Store.open(owners)) {
            store.jdbc().sql(Files.readString(Path.of("docker/roles.sql"))).update();
        }
        return owners;
    }

    /** The address names the owner as its user, which would win. */
    private static Map<String, String> asHub(Settings owners) {
        return Map.of(
                "hub.store.url",
                owners.needed("hub.store.url").replaceFirst("\\?.*", ""),
                "hub.store.key-dir",
                owners.needed("hub.store.key-dir"),
                "hub.store.user",
                "tsunagi_hub",
                "hub.store.migrate",
                "check");
    }

    @Test
    void a_hub_serves_a_customer_and_keeps_its_audit_with_it() throws IOException {
        try (TestHub hub = TestHub.start(Dialect.POSTGRESQL, asHub(withRoles()))) {
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            hub.customer(user, "Nana");
            hub.line.write(user, "main", "オペレーターと話したい");
            Operator aoi = hub.operator("aoi");
            String inquiry = aoi.awaitInquiry("Nana");
            assertThat(aoi.say(inquiry, "お待たせしました。").status()).isEqualTo(202);
            hub.awaitBubble(user, "お待たせしました。"::equals);
            try (Rows rows = new Rows(hub.settings())) {
                assertThat(rows.store()
                                .jdbc()
                                .sql("select current_user")
                                .query(String.class)
                                .single())
                        .isEqualTo("tsunagi_hub");
                await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(
                                rows.count("select count(*) from audit_seals where position > 0"))
                        .isPositive());
                assertThat(new AuditCheck(rows.store(), rows.store().clock(), hub.settings())
                                .verify()
                                .ok())
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create table mine (id integer)",
                "create index mine on events (id)",
                "alter table audit add column mine integer",
                "drop table audit",
                "truncate audit",
                "update audit set actor = 'somebody'",
                "update audit_seals set position = 1",
                "update purge_runs set certificate = ''",
                "delete from purge_runs",
                "delete from flyway_schema_history",
                "set role postgres",
                "create role mine"
            })
    void what_the_role_must_not_is_refused_by_the_database(String sql) throws IOException {
        Settings owners = withRoles();
        try (Store store = Store.open(TestStores.settings(Dialect.POSTGRESQL, asHub(owners)))) {
            assertThat(store.jdbc()
                            .sql("select current_user")
                            .query(String.class)
                            .single())
                    .isEqualTo("tsunagi_hub");

            assertThatThrownBy(() -> store.jdbc().sql(sql).update())
                    .rootCause()
                    // insufficient_privilege
                    .isInstanceOfSatisfying(SQLException.class, refused -> assertThat(refused.getSQLState())
                            .isEqualTo("42501"));
        }
    }
}
