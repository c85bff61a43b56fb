package io.tsunagi.audit;

import io.tsunagi.web.SelfSigned;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;

/** Takes messages with their length before them (RFC 5425, 4.3), as syslog servers do, and breaks on demand. */
final class TestSyslog implements Closeable {
    private final ServerSocket server;
    private final List<String> taken = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile int breakAfter = Integer.MAX_VALUE;
    private volatile boolean silent;
    private volatile boolean endsFirst;

    private TestSyslog(ServerSocket server) {
        this.server = server;
        Thread thread = new Thread(this::serve, "syslog");
        thread.setDaemon(true);
        thread.start();
    }

    static TestSyslog tcp(int port) throws IOException {
        return new TestSyslog(new ServerSocket(port, 0, InetAddress.getLoopbackAddress()));
    }

    /**
     * Speaks TLS as localhost.
     *
     * @param certificate file that its certificate is written to
     */
    static TestSyslog tls(Path folder, Path certificate) throws Exception {
        KeyStore keys = SelfSigned.keys(folder);
        Files.writeString(
                certificate,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("server").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        return new TestSyslog(SelfSigned.speaking(keys)
                .getServerSocketFactory()
                .createServerSocket(0, 0, InetAddress.getLoopbackAddress()));
    }

    int port() {
        return server.getLocalPort();
    }

    List<String> taken() {
        return List.copyOf(taken);
    }

    /** Resets the connection once so many messages were taken in all. */
    void breakAfter(int messages) {
        breakAfter = messages;
    }

    void mend() {
        breakAfter = Integer.MAX_VALUE;
    }

    /** Takes connections from now on and reads nothing. */
    void fallSilent() {
        silent = true;
    }

    /** Ends each connection from now on before it is read, as a balancer does that has no server. */
    void endFirst() {
        endsFirst = true;
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                if (silent) {
                    closed.await();
                    return;
                }
                take(client);
            } catch (SocketException | SSLException e) {
                // Closed by the test, or a client that does not trust it.
                continue;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void take(Socket client) throws IOException {
        if (endsFirst) {
            client.shutdownOutput();
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
            return;
        }
        InputStream in = new BufferedInputStream(client.getInputStream());
        for (int length = length(in); length >= 0; length = length(in)) {
            if (taken.size() >= breakAfter) {
                client.setSoLinger(true, 0);
                return;
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException();
            }
            taken.add(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    /** Gives the length before a message, -1 at the end. */
    private static int length(InputStream in) throws IOException {
        int length = -1;
        for (int next = in.read(); next >= '0' && next <= '9'; next = in.read()) {
            length = Math.max(length, 0) * 10 + next - '0';
        }
        return length;
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
    }
}
