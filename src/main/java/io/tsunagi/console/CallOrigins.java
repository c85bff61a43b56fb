package io.tsunagi.console;

import io.tsunagi.audit.Origin;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/** Tells the audit, for as long as a bean carries out a call of the API, from which address the gate let it through. */
public final class CallOrigins implements InterceptStrategy {
    @Override
    public Processor wrapProcessorInInterceptors(CamelContext camel, NamedNode step, Processor target, Processor next) {
        return step instanceof BeanDefinition
                ? new DelegateAsyncProcessor(target) {
                    @Override
                    public boolean process(Exchange exchange, AsyncCallback callback) {
                        String origin = exchange.getMessage().getHeader("tsunagi-origin", String.class);
                        if (origin == null) {
                            return super.process(exchange, callback);
                        }
                        AtomicBoolean done = new AtomicBoolean();
                        Origin.during(origin, () -> done.set(super.process(exchange, callback)));
                        return done.get();
                    }
                }
                : target;
    }
}
