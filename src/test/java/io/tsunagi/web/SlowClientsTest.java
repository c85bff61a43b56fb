package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that hold connections: silent ones, dripping ones, too many of one address; F43. */
class SlowClientsTest {
    /** Longer than the longest deadline, and then as long again for a busy machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Web web;

    @BeforeEach
    void open() {
        web = new Web(Settings.of(
                "",
                Map.of(
                        "hub.http.host", "127.0.0.1",
                        "hub.http.port", "0",
                        "hub.management.port", "0")));
        web.main().get("/here").handler(ctx -> ctx.response().end("here"));
        web.main().post("/body").handler(ctx -> ctx.request().body().onSuccess(body -> ctx.response()
                .end(String.valueOf(body.length()))));
        web.listen();
    }

    @AfterEach
    void close() {
        web.stopListening();
        web.close();
    }

    private static Socket connect(String from, int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout(50);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static boolean closed(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {
                // An answer before the end.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private String get() throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + "/here"))
                                .timeout(PATIENCE)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Each drips a byte a second, so that no idle time-out ever ends it. */
    @Test
    void who_drips_a_head_or_a_body_or_says_nothing_is_closed_and_others_are_served_meanwhile() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            slow.add(connect("127.0.0.1", web.port()));
        }
        for (Socket socket : slow.subList(4, 8)) {
            send(socket, "GET /here HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        }
        for (Socket socket : slow.subList(8, 12)) {
            send(socket, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
        }
        AtomicBoolean dripping = new AtomicBoolean(true);
        Thread drip = new Thread(() -> {
            while (dripping.get()) {
                for (Socket socket : slow.subList(4, 12)) {
                    try {
                        send(socket, "x");
                    } catch (IOException e) {
                        // Closed by the server, as it should be.
                        continue;
                    }
                }
                try {
                    Thread.sleep(1000);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
        drip.start();
        try {
            assertThat(get()).isEqualTo("here");
            await("all are closed").atMost(PATIENCE).until(() -> slow.stream().allMatch(SlowClientsTest::closed));
            assertThat(get()).isEqualTo("here");
        } finally {
            dripping.set(false);
            drip.interrupt();
            drip.join();
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void one_address_holds_only_so_many_connections_and_the_proxy_any_number() throws Exception {
        AtomicLong now = new AtomicLong();
        Connections connections =
                new Connections(now::get, 20, "127.0.0.1"::equals, Duration.ofSeconds(10), Duration.ofSeconds(30));
        HttpServer server = serve(connections, true);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                sockets.add(connect("127.0.0.2", server.actualPort()));
            }
            await("the ones too many are closed")
                    .atMost(PATIENCE)
                    .until(() ->
                            sockets.stream().filter(SlowClientsTest::closed).count() == 10);
            for (int i = 0; i < 40; i++) {
                sockets.add(connect("127.0.0.1", server.actualPort()));
            }
            assertThat(answers(sockets.get(sockets.size() - 1))).isTrue();
            assertThat(sockets.stream().filter(SlowClientsTest::closed).count()).isEqualTo(10);

            for (Socket socket : sockets.subList(0, 30)) {
                socket.close();
            }
            await("there is room again").atMost(PATIENCE).until(() -> {
                try (Socket again = connect("127.0.0.2", server.actualPort())) {
                    return answers(again);
                } catch (SocketException e) {
                    return false;
                }
            });
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
            stop(server);
        }
    }

    /** The deadlines are asked of a clock of the test's own: an answer under way outlives them all. */
    @Test
    void an_answer_that_goes_on_is_left_alone() throws Exception {
        AtomicLong now = new AtomicLong();
        Connections connections =
                new Connections(now::get, 100, address -> false, Duration.ofSeconds(10), Duration.ofSeconds(30));
        HttpServer server = serve(connections, false);
        try (Socket stream = connect("127.0.0.1", server.actualPort());
                Socket silent = connect("127.0.0.1", server.actualPort())) {
            assertThat(answers(stream)).isTrue();
            connections.closeQuiet();
            assertThat(closed(silent)).isFalse();

            await().atMost(PATIENCE).until(() -> {
                now.addAndGet(Duration.ofHours(1).toNanos());
                connections.closeQuiet();
                return closed(silent);
            });

            assertThat(closed(stream)).isFalse();
        } finally {
            stop(server);
        }
    }

    /** What it held would live until somebody looks, a second later: too long to be collected at once. */
    @Test
    void a_connection_that_asks_often_holds_its_last_request_only() throws Exception {
        Connections connections =
                new Connections(() -> 0, 100, address -> false, Duration.ofSeconds(10), Duration.ofSeconds(30));
        HttpServer server = serve(connections, true);
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/here"))
                .timeout(PATIENCE)
                .build();
        try {
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo("first");
            }

            assertThat(connections.held()).isEqualTo(1);
        } finally {
            stop(server);
        }
    }

    private HttpServer serve(Connections connections, boolean end) {
        return web.vertx()
                .createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false))
                .connectionHandler(connections::opened)
                .requestHandler(request -> {
                    connections.asked(request);
                    request.response().setChunked(true).write("first");
                    if (end) {
                        request.response().end();
                    }
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private static void stop(HttpServer server) {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    private static boolean answers(Socket socket) throws IOException {
        send(socket, "GET /here HTTP/1.1\r\nHost: a\r\n\r\n");
        socket.setSoTimeout((int) PATIENCE.toMillis());
        boolean answer = socket.getInputStream().read() == 'H';
        socket.setSoTimeout(50);
        return answer;
    }
}
