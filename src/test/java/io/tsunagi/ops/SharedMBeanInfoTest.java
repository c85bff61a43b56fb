package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.modelmbean.ModelMBeanInfoSupport;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedMBeanInfoTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final DefaultCamelContext camel = new DefaultCamelContext();

    @AfterEach
    void stop() {
        camel.stop();
    }

    private void start(String name, boolean shared) throws Exception {
        camel.getCamelContextExtension().setName(name);
        if (shared) {
            camel.getCamelContextExtension().setManagementMBeanAssembler(new SharedMBeanInfo(camel));
        }
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                for (String route : List.of("greet", "leave")) {
                    from("direct:" + route)
                            .routeId(route)
                            .log(route + " a customer")
                            .id("log-" + route);
                }
            }
        });
        camel.start();
    }

    private ObjectName step(String id) throws Exception {
        return new ObjectName("org.apache.camel:context=" + camel.getName() + ",type=processors,name=\"" + id + "\"");
    }

    @Test
    void steps_of_one_kind_share_a_description_and_tell_each_their_own_figures() throws Exception {
        start("shared", true);
        camel.createProducerTemplate().sendBody("direct:leave", "");

        MBeanInfo greet = server.getMBeanInfo(step("log-greet"));
        MBeanInfo leave = server.getMBeanInfo(step("log-leave"));
        assertThat(leave).isSameAs(server.getMBeanInfo(step("log-leave")));
        assertThat(names(greet)).containsExactlyInAnyOrderElementsOf(names(leave));
        assertThat(server.getAttribute(step("log-greet"), "ExchangesTotal")).isEqualTo(0L);
        assertThat(server.getAttribute(step("log-leave"), "ExchangesTotal")).isEqualTo(1L);
        assertThat(server.getAttribute(step("log-leave"), "ProcessorId")).isEqualTo("log-leave");
        server.invoke(step("log-leave"), "reset", null, null);
        assertThat(server.getAttribute(step("log-leave"), "ExchangesTotal")).isEqualTo(0L);
    }

    @Test
    void what_is_seen_is_what_camel_shows_without_it() throws Exception {
        start("plain", false);
        MBeanInfo plain = server.getMBeanInfo(step("log-leave"));
        camel.stop();
        var other = new SharedMBeanInfoTest();
        try {
            other.start("again", true);
            MBeanInfo shared = server.getMBeanInfo(other.step("log-leave"));
            assertThat(names(shared)).isEqualTo(names(plain)).hasSizeGreaterThan(20);
            assertThat(shared.getOperations()).hasSameSizeAs(plain.getOperations());
            assertThat(shared.getDescription()).isEqualTo(plain.getDescription());
        } finally {
            other.stop();
        }
    }

    @Test
    void a_client_elsewhere_gets_a_class_that_it_has() throws Exception {
        start("remote", true);
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(server.getMBeanInfo(step("log-leave")));
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isExactlyInstanceOf(ModelMBeanInfoSupport.class);
        }
    }

    private static List<String> names(MBeanInfo info) {
        return Arrays.stream(info.getAttributes())
                .map(MBeanAttributeInfo::getName)
                .sorted()
                .toList();
    }
}
