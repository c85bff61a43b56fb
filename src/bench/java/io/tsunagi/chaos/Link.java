package io.tsunagi.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * A TCP link that can be spoiled. Listens on loopback and forwards to the first of its targets that answers, beginning
 * with another one for each connection, as a load balancer does. Safe for many threads.
 */
final class Link implements AutoCloseable {
    /** How the link behaves; open connections feel a change at once. */
    private enum Mode {
        PASS,
        /** Connections are accepted and broken at once. */
        RESET,
        /** Nothing comes through and nobody is told; what was on its way arrives when the link is whole again. */
        BLACKHOLE
    }

    /** Looks at what a client says; says true when the answer to it shall be lost. For one connection's thread. */
    interface Watcher {
        boolean sees(byte[] bytes, int length);
    }

    private static final int CONNECT_MILLIS = 2_000;

    private final List<IntSupplier> targets;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turn = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AtomicReference<CompletableFuture<Void>> loseNext = new AtomicReference<>();
    private final Supplier<Watcher> watcher;
    private volatile Mode mode = Mode.PASS;
    private volatile long delayMillis;
    private volatile long cutAfter = Long.MAX_VALUE;
    private volatile boolean closed;

    /** A link whose whole client side counts as something an answer can be lost for. */
    Link(String name, List<IntSupplier> targets) {
        this(name, targets, () -> (bytes, length) -> true);
    }

    /** @param watcher makes what looks at one connection's client side */
    Link(String name, List<IntSupplier> targets, Supplier<Watcher> watcher) {
        this.targets = List.copyOf(targets);
        this.watcher = watcher;
        try {
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException("No port for the link " + name, e);
        }
        daemon(name, this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Makes the link whole. */
    void pass() {
        delayMillis = 0;
        cutAfter = Long.MAX_VALUE;
        loseNext.set(null);
        become(Mode.PASS);
    }

    /** Breaks what is open and everything that comes. */
    void reset() {
        become(Mode.RESET);
        breakAll();
    }

    void blackhole() {
        become(Mode.BLACKHOLE);
    }

    /** Holds each piece back for so long, in both directions. */
    void delay(Duration each) {
        delayMillis = each.toMillis();
    }

    /** Breaks each connection after so many bytes of the server's. */
    void cutAfter(long bytes) {
        cutAfter = bytes;
    }

    /** Breaks what is open; new connections work. */
    void breakAll() {
        open.forEach(Link::breakNow);
    }

    /**
     * Lets the next thing a client says (that its watcher sees) reach the server and breaks the connection when the
     * answer comes: the server did it, the client does not know.
     *
     * @return done when that has happened
     */
    CompletableFuture<Void> loseNextAnswer() {
        CompletableFuture<Void> lost = new CompletableFuture<>();
        loseNext.set(lost);
        return lost;
    }

    private void become(Mode next) {
        lock.lock();
        try {
            mode = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitWhole() throws InterruptedException {
        if (mode != Mode.BLACKHOLE) {
            return;
        }
        lock.lock();
        try {
            while (mode == Mode.BLACKHOLE && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = server.accept();
                daemon("link-" + port(), () -> connect(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void connect(Socket client) {
        open.add(client);
        try {
            awaitWhole();
            Socket upstream = mode == Mode.RESET ? null : upstream();
            if (upstream == null) {
                breakNow(client);
                open.remove(client);
                return;
            }
            open.add(upstream);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            AtomicReference<CompletableFuture<Void>> losing = new AtomicReference<>();
            AtomicInteger ended = new AtomicInteger();
            Watcher looks = watcher.get();
            daemon(
                    "link-" + port() + "-up",
                    () -> pump(client, upstream, ended, (bytes, length) -> {
                        CompletableFuture<Void> wanted = loseNext.get();
                        if (looks.sees(bytes, length) && wanted != null && loseNext.compareAndSet(wanted, null)) {
                            losing.set(wanted);
                        }
                        return false;
                    }));
            long[] passed = {0};
            pump(upstream, client, ended, (bytes, length) -> {
                CompletableFuture<Void> lost = losing.get();
                passed[0] += length;
                if (lost != null) {
                    lost.complete(null);
                    return true;
                }
                return passed[0] > cutAfter;
            });
        } catch (IOException e) {
            breakNow(client);
            open.remove(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Socket upstream() {
        int first = turn.getAndIncrement();
        for (int i = 0; i < targets.size(); i++) {
            int port = targets.get(Math.floorMod(first + i, targets.size())).getAsInt();
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
                return socket;
            } catch (IOException nobodyThere) {
                breakNow(socket);
            }
        }
        return null;
    }

    /**
     * Passes on what comes. An end is passed on as an end; a break breaks both sides.
     *
     * @param end looks at each piece before it is passed on; true breaks both sides instead
     */
    private void pump(Socket from, Socket to, AtomicInteger ended, Watcher end) {
        byte[] piece = new byte[16 * 1024];
        boolean broken = true;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int n = in.read(piece);
            while (n >= 0) {
                awaitWhole();
                if (delayMillis > 0) {
                    Thread.sleep(delayMillis);
                }
                if (end.sees(piece, n)) {
                    break;
                }
                out.write(piece, 0, n);
                out.flush();
                n = in.read(piece);
            }
            if (n < 0) {
                to.shutdownOutput();
                broken = false;
            }
        } catch (IOException one) {
            // The other side is told by the break below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (broken) {
            breakNow(from);
            breakNow(to);
        }
        if (ended.incrementAndGet() == 2) {
            close(from);
            close(to);
            open.remove(from);
            open.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("A socket does not close", e);
        }
    }

    private static void breakNow(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            // Then it need not be broken.
        }
        close(socket);
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        closed = true;
        become(Mode.RESET);
        try {
            server.close();
        } catch (IOException e) {
            throw new IllegalStateException("A server socket does not close", e);
        }
        breakAll();
    }
}
