package io.tsunagi.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A line between two programs that a test cuts: refused, silent, or with answers that get lost. Loopback only. */
final class TcpProxy implements AutoCloseable {
    /** What becomes of connections, the open ones included. */
    enum Line {
        /** Everything passes. */
        WHOLE,
        /** Connections are reset at once. */
        REFUSED,
        /** Connections are taken, and nothing passes any more. */
        SILENT,
        /** What is asked passes; when the answer comes, the connection is reset instead. */
        ANSWERS_LOST
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;
    private volatile Line line = Line.REFUSED;

    /** Refuses everybody until {@link #lead} says where to. */
    TcpProxy() {
        try {
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.submit(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    String address() {
        return "http://127.0.0.1:" + port();
    }

    void lead(int port) {
        target = port;
        line = Line.WHOLE;
    }

    void is(Line now) {
        line = now;
        if (now == Line.REFUSED) {
            open.forEach(TcpProxy::reset);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (line == Line.REFUSED) {
                    reset(client);
                    continue;
                }
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(far);
                threads.submit(() -> pass(client, far, false));
                threads.submit(() -> pass(far, client, true));
            } catch (IOException e) {
                // The far side is down, or the test is over: the next one decides.
                continue;
            }
        }
    }

    private void pass(Socket from, Socket to, boolean answers) {
        byte[] bytes = new byte[16 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                if (line == Line.SILENT) {
                    continue;
                }
                if (answers && line == Line.ANSWERS_LOST) {
                    break;
                }
                out.write(bytes, 0, read);
                out.flush();
            }
        } catch (IOException e) {
            // One side is gone: so is the other, below.
        }
        reset(from);
        reset(to);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is closed already.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        open.forEach(TcpProxy::reset);
        threads.shutdownNow();
    }
}
