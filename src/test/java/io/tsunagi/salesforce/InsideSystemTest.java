package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.tsunagi.config.Settings;
import io.tsunagi.web.GuardedHttp;
import io.tsunagi.web.Outside;
import java.net.InetSocketAddress;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Another system in Salesforce's place, in the company's own network: what keeps work from it is said in a sentence. */
@Timeout(60)
class InsideSystemTest {
    private HttpServer system;

    @BeforeEach
    void open() throws Exception {
        system = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        system.createContext("/", call -> {
            call.sendResponseHeaders(200, 2);
            call.getResponseBody().write(new byte[] {'[', ']'});
            call.close();
        });
        system.start();
    }

    @AfterEach
    void close() {
        system.stop(0);
    }

    @Test
    void a_system_that_no_setting_names_is_not_called_and_the_work_says_why() throws Exception {
        Failure failure = new SalesforceErrors().judge(call(Map.of()));

        assertThat(failure.fate()).isEqualTo(Failure.Fate.AWAY);
        assertThat(failure.text())
                .isEqualTo("No answer (127.0.0.1 is at 127.0.0.1, which is no address of the internet. If routes are to"
                        + " call it, name it in hub.outgoing.inside.)");
    }

    @Test
    void one_that_is_named_is_called() throws Exception {
        assertThat(call(Map.of("hub.outgoing.inside", "127.0.0.1"))).isNull();
    }

    /** Calls the system by a route, outside the sandbox; gives what failed, or null. */
    private Exception call(Map<String, String> settings) throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            camel.disableJMX();
            camel.addComponent(
                    "http", new GuardedHttp(new Outside(Settings.of("", settings), SystemDefaultDnsResolver.INSTANCE)));
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:write-work")
                            .to("http://127.0.0.1:" + system.getAddress().getPort() + "/CASE?httpMethod=POST");
                }
            });
            camel.start();
            assertThat(camel.createProducerTemplate().requestBody("direct:write-work", "[]", String.class))
                    .isEqualTo("[]");
            return null;
        } catch (CamelExecutionException e) {
            return e;
        }
    }
}
