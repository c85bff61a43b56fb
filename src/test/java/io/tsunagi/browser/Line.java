package io.tsunagi.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network line to a server on this machine that can be cut and mended: cut, open connections end and new ones end at
 * once. A browser's own offline switch does not end a stream that is open.
 */
public final class Line implements AutoCloseable {
    private final ServerSocket entry;
    private final int to;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    public Line(int to) {
        this.to = to;
        try {
            entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread(this::accept);
    }

    /** Where the server is found through this line. */
    public String base() {
        return "http://127.0.0.1:" + entry.getLocalPort();
    }

    public void cut() throws IOException {
        cut = true;
        for (Socket socket : open) {
            socket.close();
        }
    }

    public void mend() {
        cut = false;
    }

    private void accept() {
        while (!entry.isClosed()) {
            try {
                Socket near = entry.accept();
                open.add(near);
                if (cut) {
                    near.close();
                    continue;
                }
                Socket far = new Socket(InetAddress.getLoopbackAddress(), to);
                open.add(far);
                thread(() -> carry(near, far));
                thread(() -> carry(far, near));
            } catch (IOException e) {
                // The line is closed, or the server is: whoever calls sees the connection end.
            }
        }
    }

    private void carry(Socket from, Socket into) {
        try (from;
                into;
                InputStream in = from.getInputStream();
                OutputStream out = into.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // One side has ended; ending the other is all that is left.
        } finally {
            open.remove(from);
            open.remove(into);
        }
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "line");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        entry.close();
        cut();
    }
}
