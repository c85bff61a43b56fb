package io.tsunagi.media;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Speaks as clamd(8) does: commands with a zero byte at their end, {@code PING}, {@code INSTREAM} with its limit. It knows one
 * virus, the EICAR test file.
 */
final class TestClamd implements Closeable {
    /** The industry's harmless test file, in two parts so that no scanner takes this class for it. */
    static final byte[] EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*")
            .getBytes(StandardCharsets.US_ASCII);

    /** How many bytes each look that came to its end was at. */
    final List<Integer> sizes = new CopyOnWriteArrayList<>();

    private final AtomicInteger hungUp = new AtomicInteger();
    private final ServerSocketChannel server;
    private final Path socket;
    private final int limit;
    private final Thread thread;
    private final List<SocketChannel> clients = new CopyOnWriteArrayList<>();
    private final Semaphore looks = new Semaphore(0);
    private volatile boolean silent;
    private volatile boolean busy;

    private TestClamd(ServerSocketChannel server, SocketAddress at, Path socket, int limit) throws IOException {
        this.server = server.bind(at);
        this.socket = socket;
        this.limit = limit;
        thread = new Thread(this::serve, "clamd");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Listens on a port of this machine.
     *
     * @param port 0 for any
     * @param limit its StreamMaxLength, in bytes
     */
    static TestClamd onPort(int port, int limit) throws IOException {
        InetSocketAddress at = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return new TestClamd(ServerSocketChannel.open(), at, null, limit);
    }

    static TestClamd onSocket(Path socket) throws IOException {
        return new TestClamd(
                ServerSocketChannel.open(StandardProtocolFamily.UNIX),
                UnixDomainSocketAddress.of(socket),
                socket,
                Integer.MAX_VALUE);
    }

    /** Takes everything from now on and says nothing. */
    void fallSilent() {
        silent = true;
    }

    /** Answers a {@code PING} from now on, and no look. */
    void getBusy() {
        busy = true;
    }

    /** Waits until it has got so many looks that it does not answer. */
    void awaitLooks(int count) throws InterruptedException {
        looks.acquire(count);
    }

    String address() throws IOException {
        return socket == null ? "127.0.0.1:" + port() : "unix:" + socket;
    }

    int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private void serve() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                clients.add(client);
                Thread thread = new Thread(() -> talk(client), "clamd-talk");
                thread.setDaemon(true);
                thread.start();
            } catch (java.nio.channels.ClosedChannelException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void talk(SocketChannel client) {
        try (client) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(client)));
            byte[] answer = answer(in);
            boolean look = !Arrays.equals(answer, line("PONG"));
            if (silent || busy && look) {
                looks.release();
                in.read();
                return;
            }
            ByteBuffer bytes = ByteBuffer.wrap(answer);
            while (bytes.hasRemaining()) {
                client.write(bytes);
            }
        } catch (IOException e) {
            hungUp.incrementAndGet();
        }
    }

    private byte[] answer(DataInputStream in) throws IOException {
        String command = command(in);
        if (command.equals("zPING")) {
            return line("PONG");
        }
        if (!command.equals("zINSTREAM")) {
            return line("UNKNOWN COMMAND");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int length = in.readInt(); length != 0; length = in.readInt()) {
            if (length < 0 || bytes.size() + length > limit) {
                return line("INSTREAM size limit exceeded. ERROR");
            }
            bytes.write(in.readNBytes(length));
        }
        sizes.add(bytes.size());
        boolean infected =
                bytes.toString(StandardCharsets.ISO_8859_1).contains(new String(EICAR, StandardCharsets.ISO_8859_1));
        return line(infected ? "stream: Eicar-Test-Signature FOUND" : "stream: OK");
    }

    private static String command(DataInputStream in) throws IOException {
        StringBuilder command = new StringBuilder();
        for (int next = in.readUnsignedByte(); next != 0; next = in.readUnsignedByte()) {
            command.append((char) next);
        }
        return command.toString();
    }

    private static byte[] line(String text) {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        server.close();
        try {
            // Until it has woken up, the port takes connections.
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SocketChannel client : clients) {
            client.close();
        }
        if (socket != null) {
            Files.deleteIfExists(socket);
        }
    }
}
