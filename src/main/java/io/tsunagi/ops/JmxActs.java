package io.tsunagi.ops;

import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;

/**
 * Tells who wants to change what over JMX, allowed or not, before it is done: what cannot be told is not done. Stands where
 * Jolokia itself asks for leave, so that no way to write a request goes around it.
 *
 * <p>A request is served on one thread from its beginning to its end; safe for many of them.
 */
public final class JmxActs implements Restrictor {
    /** What only looks; Hawtio asks for it every few seconds. */
    private static final Pattern LOOKS =
            Pattern.compile("(?:dump|details|list|endpointStatistics|browse|get|is|has).*");

    /** Keeps who did what. */
    public interface Book {
        /**
         * @param context the request, behind the gate
         * @param object an MBean
         * @param what an operation, or {@code set} and an attribute
         * @param allowed whether it will be done now
         * @throws RuntimeException when it cannot be kept; the act must not go on
         */
        void note(RoutingContext context, ObjectName object, String what, boolean allowed);
    }

    private final Restrictor rules;
    private final Book book;
    private final ThreadLocal<RoutingContext> asked = new ThreadLocal<>();

    JmxActs(Restrictor rules, Book book) {
        this.rules = rules;
        this.book = book;
    }

    /** Says for whom this thread works until {@link #end}. */
    void begin(RoutingContext context) {
        asked.set(context);
    }

    void end() {
        asked.remove();
    }

    @Override
    public boolean isOperationAllowed(ObjectName object, String operation) {
        boolean allowed = rules.isOperationAllowed(object, operation);
        if (!LOOKS.matcher(operation).matches()) {
            note(object, operation, allowed);
        }
        return allowed;
    }

    @Override
    public boolean isAttributeWriteAllowed(ObjectName object, String attribute) {
        boolean allowed = rules.isAttributeWriteAllowed(object, attribute);
        note(object, "set " + attribute, allowed);
        return allowed;
    }

    private void note(ObjectName object, String what, boolean allowed) {
        RoutingContext context = asked.get();
        if (context != null) {
            book.note(context, object, what, allowed);
        }
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName object, String attribute) {
        return rules.isAttributeReadAllowed(object, attribute);
    }

    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return rules.isHttpMethodAllowed(method);
    }

    @Override
    public boolean isTypeAllowed(RequestType type) {
        return rules.isTypeAllowed(type);
    }

    @Override
    public boolean isRemoteAccessAllowed(String... hosts) {
        return rules.isRemoteAccessAllowed(hosts);
    }

    @Override
    public boolean isOriginAllowed(String origin, boolean strictly) {
        return rules.isOriginAllowed(origin, strictly);
    }

    @Override
    public boolean isObjectNameHidden(ObjectName object) {
        return rules.isObjectNameHidden(object);
    }

    @Override
    public boolean ignoreScheme() {
        return rules.ignoreScheme();
    }
}
