package io.tsunagi.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The crash suite's link does what is asked of it, or a run would prove nothing. */
class LinkTest {
    private final ServerSocket echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Link link = new Link("test", List.of(echo::getLocalPort));

    LinkTest() throws IOException {
        Thread server = new Thread(this::serve);
        server.setDaemon(true);
        server.start();
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket client = echo.accept();
                Thread one = new Thread(() -> {
                    try (client) {
                        client.getInputStream().transferTo(client.getOutputStream());
                    } catch (IOException broken) {
                        // As some tests want it.
                    }
                });
                one.setDaemon(true);
                one.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        echo.close();
    }

    private Socket client() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static String say(Socket socket, String words) throws IOException {
        socket.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readNBytes(words.length()), StandardCharsets.US_ASCII);
    }

    @Test
    void it_passes_everything_and_the_end() throws IOException {
        try (Socket socket = client()) {
            assertThat(say(socket, "hello")).isEqualTo("hello");
            socket.shutdownOutput();

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void it_loses_one_answer_and_breaks_the_connection() throws Exception {
        try (Socket socket = client()) {
            assertThat(say(socket, "hello")).isEqualTo("hello");
            CompletableFuture<Void> lost = link.loseNextAnswer();

            assertThatThrownBy(() -> assertThat(say(socket, "hello")).isEqualTo("lost and closed"))
                    .isInstanceOfAny(IOException.class, AssertionError.class);
            lost.get(30, TimeUnit.SECONDS);
        }
        try (Socket next = client()) {
            assertThat(say(next, "again")).isEqualTo("again");
        }
    }

    @Test
    void it_holds_everything_back_until_it_is_whole_again() throws Exception {
        try (Socket socket = client()) {
            assertThat(say(socket, "hello")).isEqualTo("hello");
            link.blackhole();
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return say(socket, "held");
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            assertThat(answer).isNotDone();
            link.pass();

            assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("held");
        }
    }

    @Test
    void it_sees_a_commit_however_it_is_said() {
        CommitWatcher watcher = new CommitWatcher();
        ByteBuffer startup = ByteBuffer.allocate(8).putInt(8).putInt(196_608);

        assertThat(sees(watcher, startup.array())).isFalse();
        assertThat(sees(watcher, frame('P', "S_1\0insert\0\0\0"))).isFalse();
        assertThat(sees(watcher, frame('B', "\0S_1\0"))).isFalse();
        assertThat(sees(watcher, frame('P', "S_2\0COMMIT\0\0\0"))).isFalse();
        byte[] bind = frame('B', "\0S_2\0");
        byte[] start = java.util.Arrays.copyOf(bind, 3);
        byte[] rest = java.util.Arrays.copyOfRange(bind, 3, bind.length);
        assertThat(sees(watcher, start)).isFalse();
        assertThat(sees(watcher, rest)).isTrue();
        assertThat(sees(watcher, frame('Q', "COMMIT\0"))).isTrue();
    }

    private static boolean sees(CommitWatcher watcher, byte[] bytes) {
        return watcher.sees(bytes, bytes.length);
    }

    private static byte[] frame(char type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(5 + bytes.length)
                .put((byte) type)
                .putInt(4 + bytes.length)
                .put(bytes)
                .array();
    }
}
