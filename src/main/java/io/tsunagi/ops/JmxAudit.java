package io.tsunagi.ops;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Store;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import javax.management.ObjectName;

/**
 * Keeps in the audit who changed what over JMX, as the act {@code use-jmx}: a route is named {@code route/<id>}, all else
 * {@code jmx/<name>}. Commits before the act. Safe for many threads.
 */
public final class JmxAudit implements JmxActs.Book {
    private static final int LONGEST_OBJECT = 120;
    private static final int LONGEST_WHAT = 200;

    private final Store store;
    private final Audit audit;

    public JmxAudit(Store store, Audit audit) {
        this.store = store;
        this.audit = audit;
    }

    @Override
    public void note(RoutingContext context, ObjectName object, String what, boolean allowed) {
        String caller = Optional.ofNullable(context.request().getHeader("tsunagi-operator"))
                .orElseThrow(() -> new IllegalStateException("Nobody is signed in"));
        store.inTransaction(() -> audit.write(
                caller,
                "use-jmx",
                shortened(named(object), LONGEST_OBJECT),
                allowed ? Audit.OK : Audit.REFUSED,
                context.request().getHeader("tsunagi-origin"),
                Map.of("operation", shortened(what, LONGEST_WHAT))));
    }

    private static String named(ObjectName object) {
        String name = Optional.ofNullable(object.getKeyProperty("name"))
                .map(key -> key.startsWith("\"") ? ObjectName.unquote(key) : key)
                .orElseGet(object::getCanonicalName);
        boolean route = object.getDomain().equals("org.apache.camel") && "routes".equals(object.getKeyProperty("type"));
        return (route ? "route/" : "jmx/") + name;
    }

    private static String shortened(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }
}
