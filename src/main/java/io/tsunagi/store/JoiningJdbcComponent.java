package io.tsunagi.store;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.jdbc.JdbcComponent;

/**
 * Camel's {@code jdbc:} whose steps join the transaction of the route around them.
 *
 * <p>With Camel's default the step resets auto-commit on its connection and so commits a {@code transacted} route half
 * way. A route that asks for that default is refused.
 */
public final class JoiningJdbcComponent extends JdbcComponent {
    private static final String OPTION = "resetAutoCommit";

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        Object asked = parameters.putIfAbsent(OPTION, "false");
        if (asked != null && !"false".equals(asked.toString())) {
            throw new IllegalArgumentException("A jdbc step must not set " + OPTION
                    + "=true: it would commit the transaction of the route around it");
        }
        return super.createEndpoint(uri, remaining, parameters);
    }
}
