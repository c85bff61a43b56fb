package io.tsunagi.routes;

import java.util.List;
import org.apache.camel.CamelContext;

/**
 * A hub that nobody reaches and that reaches nobody, on an empty database in memory: routes are built and tried here
 * before they run. Its beans and components are the hub's own; what a route would call outside is not called.
 */
public interface Stage extends AutoCloseable {
    /** Gives what of it routes may name. */
    HubParts parts();

    /** Gives a context with the hub's components, settings and beans, without routes and not started. */
    CamelContext context();

    /**
     * Lets a sample's events take effect, one after the other, as customers nobody else has.
     *
     * @param context one of this stage, started
     * @param body a webhook's body
     * @return what became of it, in a word that is the same for the same effect
     * @throws Exception as the route that failed
     */
    String play(CamelContext context, byte[] body) throws Exception;

    /** Gives what production saw last, customers' words replaced by filler; as bodies of webhooks. */
    List<byte[]> recorded();

    @Override
    void close();

    /** Makes a stage. */
    @FunctionalInterface
    interface Maker {
        Stage open();
    }
}
