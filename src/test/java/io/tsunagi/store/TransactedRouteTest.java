package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.camel.CamelExecutionException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spring.spi.SpringTransactionPolicy;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A jdbc step inside a {@code transacted} route is part of its transaction, and never ends it. */
@ParameterizedClass
@EnumSource(Dialect.class)
class TransactedRouteTest {
    private static final String ROUTE = """
            - route:
                id: insert-then-fail
                from:
                  uri: direct:insert-then-fail
                  steps:
                    - transacted:
                        steps:
                          - setBody:
                              constant: "insert into dispatch_lanes (pool) values ('camel')"
                          - to:
                              uri: jdbc:dataSource
                          - bean:
                              ref: java
                              method: insert
                          - throwException:
                              exceptionType: java.lang.IllegalArgumentException
                              message: "too late"
            - route:
                id: insert-both
                from:
                  uri: direct:insert-both
                  steps:
                    - transacted:
                        steps:
                          - setBody:
                              constant: "insert into dispatch_lanes (pool) values ('camel')"
                          - to:
                              uri: jdbc:dataSource
                          - bean:
                              ref: java
                              method: insert
            """;

    @Parameter
    Dialect dialect;

    private Store store;
    private DefaultCamelContext camel;

    /** What a bean of the hub does in the same transaction. */
    public final class InJava {
        public void insert() {
            store.jdbc()
                    .sql("insert into dispatch_lanes (pool) values ('java')")
                    .update();
        }
    }

    @BeforeEach
    void start() throws Exception {
        store = TestStores.open(dialect);
        camel = new DefaultCamelContext();
        camel.getRegistry().bind("dataSource", store.forRoutes());
        camel.getRegistry().bind("java", new InJava());
        camel.getRegistry().bind("PROPAGATION_REQUIRED", new SpringTransactionPolicy(store.transactions()));
        camel.addComponent("jdbc", new JoiningJdbcComponent());
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("test.camel.yaml", ROUTE));
        camel.start();
    }

    @AfterEach
    void stop() {
        camel.stop();
        store.close();
    }

    @Test
    void a_failing_route_leaves_neither_row() {
        assertThatThrownBy(() -> camel.createProducerTemplate().sendBody("direct:insert-then-fail", ""))
                .isInstanceOf(CamelExecutionException.class);

        assertThat(pools()).isZero();
    }

    @Test
    void a_route_that_ends_well_leaves_both_rows() {
        camel.createProducerTemplate().sendBody("direct:insert-both", "");

        assertThat(pools()).isEqualTo(2);
    }

    @Test
    void a_step_that_asks_for_camels_default_is_refused() {
        assertThatThrownBy(() -> camel.getEndpoint("jdbc:dataSource?resetAutoCommit=true"))
                .hasStackTraceContaining("it would commit the transaction");
    }

    private long pools() {
        return store.jdbc()
                .sql("select count(*) from dispatch_lanes")
                .query(Long.class)
                .single();
    }
}
