package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.tsunagi.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S14: no words of a message lead a route to this machine, its neighbours or a cloud's own services. */
@Timeout(120)
class OutsideTest {
    private static final String PUBLIC = "93.184.216.34";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> resolved = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private DefaultCamelContext camel;

    @BeforeEach
    void open() throws IOException {
        // Every address of the machine, so that whatever form names it reaches this.
        server = HttpServer.create(new InetSocketAddress(0), 0);
        server.createContext("/", call -> {
            asked.add(call.getRequestURI().getPath());
            if (call.getRequestURI().getPath().equals("/away")) {
                call.getResponseHeaders()
                        .set(
                                "Location",
                                "http://127.0.0.1:" + server.getAddress().getPort() + "/secret");
                call.sendResponseHeaders(302, -1);
            } else {
                call.sendResponseHeaders(200, 2);
                call.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            }
            call.close();
        });
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        if (camel != null) {
            camel.close();
        }
        server.stop(0);
    }

    private static Settings settings(String... words) {
        Map<String, String> more = words.length == 0 ? Map.of() : Map.of(words[0], words[1]);
        return Settings.of("", more);
    }

    private void client(Settings settings, DnsResolver resolver) {
        camel = new DefaultCamelContext();
        camel.disableJMX();
        for (String name : new String[] {"http", "https"}) {
            camel.addComponent(name, new GuardedHttp(new Outside(settings, resolver)));
        }
        camel.start();
    }

    /** Calls as a route does whose address is what a message says. */
    private Object call(String address, String options) {
        return camel.createProducerTemplate()
                .requestBodyAndHeader("http:address?connectTimeout=2000" + options, null, Exchange.HTTP_URI, address);
    }

    private String here(String form) {
        return form.replace("PORT", "" + server.getAddress().getPort());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:PORT/",
                "http://localhost:PORT/",
                "http://LOCALHOST:PORT/",
                "http://localhost.:PORT/",
                "http://127.0.0.1.:PORT/",
                "http://127.8.9.1:PORT/",
                "http://127.1:PORT/",
                "http://127.0.1:PORT/",
                "http://2130706433:PORT/",
                "http://017700000001:PORT/",
                "http://0177.0.0.1:PORT/",
                "http://0x7f000001:PORT/",
                "http://0x7f.0.0.1:PORT/",
                "http://0x7F.1:PORT/",
                "http://0.0.0.0:PORT/",
                "http://0:PORT/",
                "http://[::]:PORT/",
                "http://[::1]:PORT/",
                "http://[0:0:0:0:0:0:0:1]:PORT/",
                "http://[::ffff:127.0.0.1]:PORT/",
                "http://[::ffff:7f00:1]:PORT/",
                "http://[::127.0.0.1]:PORT/",
                "http://[::1%25lo]:PORT/",
                "http://good.example@127.0.0.1:PORT/",
                "http://good.example:80@127.0.0.1:PORT/",
                "http://127.0.0.1:PORT\\@good.example/",
                "http://good.example\\@127.0.0.1:PORT/",
                "http://127.0.0.1:PORT#@good.example/",
                "http://127.0.0.1:PORT?@good.example/",
                "http://\u2460\u2461\u2466.\u2460:PORT/",
                "http://\uff11\uff12\uff17.0.0.1:PORT/",
                "http://127\u30020\u30020\u30021:PORT/",
                "http://%31%32%37.0.0.1:PORT/",
                "http://%6c%6f%63%61%6c%68%6f%73%74:PORT/",
                "http:/127.0.0.1:PORT/",
                "http:///127.0.0.1:PORT/",
                "HTTP://127.0.0.1:PORT/",
                "https://127.0.0.1:PORT/",
                "file:///etc/passwd",
                "gopher://127.0.0.1:PORT/_GET",
                "jar:http://127.0.0.1:PORT/a.jar!/b",
                "ftp://127.0.0.1:PORT/",
                "//127.0.0.1:PORT/",
                "127.0.0.1:PORT"
            })
    void no_form_of_an_address_leads_to_this_machine(String form) {
        client(settings(), SystemDefaultDnsResolver.INSTANCE);

        assertThatThrownBy(() -> call(here(form), "")).isInstanceOf(Exception.class);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.168.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:c0a8:1::1",
                "3fff::1",
                "3fff:fff:ffff::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1"
            })
    void a_name_at_an_inner_address_is_not_called(String address) throws Exception {
        InetAddress inner = InetAddress.getByName(address);

        assertThatThrownBy(() -> outside(inner).resolve("name.example")).hasMessageContaining("hub.outgoing.inside");
        assertThatThrownBy(() -> outside(InetAddress.getByName(PUBLIC), inner).resolve("name.example"))
                .as("beside one of the internet")
                .isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                PUBLIC,
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "192.167.255.255",
                "198.17.0.0",
                "223.255.255.254",
                "2606:4700::1111",
                "2a00:1450::1",
                "3fff:1000::1",
                "64:ff9b::5db8:d822"
            })
    void one_of_the_internet_is(String address) throws Exception {
        InetAddress outer = InetAddress.getByName(address);

        assertThat(outside(outer).resolve("name.example")).containsExactly(outer);
    }

    private Outside outside(InetAddress... found) {
        return new Outside(settings(), answering(List.of(List.of(found))));
    }

    /** Gives these answers one after the other, the last for good. */
    private DnsResolver answering(List<List<InetAddress>> answers) {
        Queue<List<InetAddress>> left = new ArrayDeque<>(answers);
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                resolved.add(host);
                List<InetAddress> answer = left.size() > 1 ? left.remove() : left.element();
                return answer.toArray(InetAddress[]::new);
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
    }

    @Test
    void a_name_at_this_machines_own_address_of_the_internet_is_not_called() throws Exception {
        InetAddress own = InetAddress.getByName(PUBLIC);
        DnsResolver found = answering(List.of(List.of(own)));

        assertThatThrownBy(() -> new Outside(settings(), found, own::equals).resolve("name.example"))
                .isInstanceOf(Outside.InsideException.class)
                .hasMessageContaining("an address of this machine")
                .hasMessageContaining("hub.outgoing.inside");
        assertThat(new Outside(settings("hub.outgoing.inside", "name.example"), found, own::equals)
                        .resolve("name.example"))
                .containsExactly(own);
        assertThat(Outside.ofThisMachine(InetAddress.getLoopbackAddress())).isTrue();
        assertThat(Outside.ofThisMachine(own)).isFalse();
    }

    /** So that a name which moves between look and call leads nowhere else: there is one look, and it is the call's. */
    @Test
    void the_connection_goes_to_the_address_that_was_looked_at() throws Exception {
        InetAddress looked = InetAddress.getByName("127.0.0.1");
        // Nobody is there (RFC 5737).
        InetAddress later = InetAddress.getByName("192.0.2.1");
        client(settings("hub.outgoing.inside", "moving.example"), answering(List.of(List.of(looked), List.of(later))));

        assertThatCode(() -> call(here("http://moving.example:PORT/"), "")).doesNotThrowAnyException();
        assertThat(asked).as("the server at the first address").containsExactly("/");
        assertThat(resolved).as("looks").containsExactly("moving.example");
    }

    @Test
    void a_name_that_moves_in_is_not_called() throws Exception {
        client(settings(), answering(List.of(List.of(InetAddress.getByName("127.0.0.1")))));

        assertThatThrownBy(() -> call(here("http://moving.example:PORT/"), ""))
                .hasRootCauseInstanceOf(Outside.InsideException.class);
        assertThat(resolved).containsExactly("moving.example");
        assertThat(asked).isEmpty();
    }

    @Test
    void a_redirect_is_looked_at_as_any_call() {
        client(settings("hub.outgoing.inside", "localhost"), SystemDefaultDnsResolver.INSTANCE);

        assertThatThrownBy(() -> call(here("http://localhost:PORT/away"), "&followRedirects=true"))
                .hasStackTraceContaining("hub.outgoing.inside");
        assertThat(asked).containsExactly("/away");
    }

    @ParameterizedTest
    @CsvSource({
        "hub.outgoing.inside, 'other, LocalHost', http://localhost:PORT/",
        "hub.outgoing.inside, 127.0.0.1, http://127.0.0.1:PORT/",
        "hub.translate.url, http://localhost:5000, http://localhost:PORT/"
    })
    void what_the_settings_name_is_called(String key, String value, String address) {
        client(settings(key, value), SystemDefaultDnsResolver.INSTANCE);

        assertThatCode(() -> call(here(address), "")).doesNotThrowAnyException();
        assertThat(asked).containsExactly("/");
    }

    @Test
    void a_named_address_of_the_sixth_version_is_given() throws Exception {
        Outside outside = new Outside(settings("hub.outgoing.inside", "::1"), SystemDefaultDnsResolver.INSTANCE);

        assertThat(outside.resolve("::1")).containsExactly(InetAddress.getByName("::1"));
    }

    @Test
    void who_is_named_lets_nobody_in_who_only_looks_like_it() {
        client(settings("hub.outgoing.inside", "localhost"), SystemDefaultDnsResolver.INSTANCE);

        for (String form :
                new String[] {"http://127.0.0.1:PORT/", "http://localhost.:PORT/", "http://localhost@127.0.0.1:PORT/"
                }) {
            assertThatThrownBy(() -> call(here(form), "")).as(form).isInstanceOf(Exception.class);
        }
        assertThat(asked).isEmpty();
    }
}
