package io.tsunagi;

import io.tsunagi.salesforce.SalesforceSetup;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.apache.camel.CamelContext;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.ModalCloseable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to others that a hub which stops can wait for no longer: a thread that reads from who does not answer cannot be
 * interrupted, and Camel waits for it. Whoever made such a call learns that it had no answer, and notes it.
 */
final class CallsUnderWay {
    private static final Logger LOG = LoggerFactory.getLogger(CallsUnderWay.class);

    private final CamelContext camel;
    private final Runnable noMore;

    /** @param noMore is told before, so that nobody begins a call that cannot be made */
    CallsUnderWay(CamelContext camel, Runnable noMore) {
        this.camel = camel;
        this.noMore = noMore;
    }

    /**
     * Cuts them off after a time, from another thread.
     *
     * @return what takes that back
     */
    Runnable cutOffAfter(Duration patience, Vertx vertx) {
        long timer = vertx.setTimer(Math.max(1, patience.toMillis()), over -> vertx.executeBlocking(() -> {
                    cutOff();
                    return null;
                })
                .onFailure(e -> LOG.warn("Calls under way could not be cut off", e)));
        return () -> vertx.cancelTimer(timer);
    }

    private void cutOff() throws Exception {
        noMore.run();
        LOG.info("Calls that are not answered are cut off; what they were to do goes on after the next start");
        camel.getEndpoints().forEach(endpoint -> {
            if (endpoint instanceof HttpEndpoint http && http.getHttpClient() instanceof ModalCloseable client) {
                client.close(CloseMode.IMMEDIATE);
            }
        });
        SalesforceSetup.cutOffCalls(camel);
    }
}
