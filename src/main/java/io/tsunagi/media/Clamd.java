package io.tsunagi.media;

import io.tsunagi.config.SettingsException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks ClamAV's daemon whether bytes carry a virus: its commands {@code INSTREAM} and {@code PING} over TCP or a socket of
 * this machine, as clamd(8) says them. Each look has a connection of its own. Safe for many threads.
 */
final class Clamd implements VirusScanner {
    private static final Logger LOG = LoggerFactory.getLogger(Clamd.class);
    private static final Pattern HOST =
            Pattern.compile("(?<host>[A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+]):(?<port>[1-9]\\d{0,4})");
    private static final String UNIX = "unix:";
    private static final Pattern FOUND = Pattern.compile("stream: (.+) FOUND");
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** Health waits for all its checks together, and no longer than a few seconds. */
    private static final Duration PING_PATIENCE = Duration.ofSeconds(1);

    private static final int LONGEST_ANSWER = 4096;
    private static final int WAITED_FOR = 3;
    private static final int LONGEST_NAME = 200;

    private final String address;
    private final Duration patience;
    private final Semaphore waitedFor = new Semaphore(WAITED_FOR);
    private CompletableFuture<Pong> ping;

    private Clamd(String address, Duration patience) {
        this.address = address;
        this.patience = patience;
    }

    /**
     * Gives the daemon at an address.
     *
     * @param address {@code HOST:PORT}, or {@code unix:} and the path of its socket
     * @param patienceMillis how long it may be silent, or take nothing
     * @throws SettingsException when it is no such address
     */
    static Clamd at(String address, int patienceMillis) {
        Matcher host = HOST.matcher(address);
        boolean network = host.matches() && Integer.parseInt(host.group("port")) <= 65535;
        if (!network && !address.matches("unix:/.+")) {
            throw new SettingsException("The setting hub.media.clamd is '" + address
                    + "'; it must be HOST:PORT such as 127.0.0.1:3310, unix:/PATH of a socket, or empty.");
        }
        return new Clamd(address, Duration.ofMillis(patienceMillis));
    }

    @Override
    public Look begin() throws NotScannedException {
        Connection connection = null;
        try {
            connection = new Connection(patience);
            connection.send(command("INSTREAM"));
            return new Stream(connection);
        } catch (IOException e) {
            close(connection);
            throw notScanned(e);
        }
    }

    @Override
    public Look beginAtOnce() throws NotScannedException {
        if (!waitedFor.tryAcquire()) {
            throw new NotScannedException("the virus scanner looks at other uploads");
        }
        try {
            Optional<String> trouble = trouble();
            if (trouble.isPresent()) {
                throw new NotScannedException(trouble.get());
            }
            return new Waited(begin());
        } catch (NotScannedException | RuntimeException e) {
            waitedFor.release();
            throw e;
        }
    }

    /** A look that somebody waits for, counted until it is closed; closed once. */
    private final class Waited implements Look {
        private final Look look;

        private Waited(Look look) {
            this.look = look;
        }

        @Override
        public void see(byte[] bytes, int offset, int length) throws NotScannedException {
            look.see(bytes, offset, length);
        }

        @Override
        public Optional<String> found() throws NotScannedException {
            return look.found();
        }

        @Override
        public void close() {
            look.close();
            waitedFor.release();
        }
    }

    /**
     * Asks the daemon, unless it was asked within ten seconds. Nobody waits longer than a second, whatever takes its time: the
     * name of its host too.
     */
    @Override
    public Optional<String> trouble() {
        return asked().copy()
                .completeOnTimeout(
                        new Pong(silent("nothing within " + PING_PATIENCE), 0),
                        PING_PATIENCE.toMillis(),
                        TimeUnit.MILLISECONDS)
                .join()
                .trouble();
    }

    /** What the daemon answered, and when. */
    private record Pong(Optional<String> trouble, long nanoTime) {}

    private synchronized CompletableFuture<Pong> asked() {
        if (ping == null || ping.isDone() && System.nanoTime() - ping.join().nanoTime() > LOOK_AGAIN.toNanos()) {
            ping = CompletableFuture.supplyAsync(() -> new Pong(ping(), System.nanoTime()), Clamd::alone);
        }
        return ping;
    }

    private static void alone(Runnable task) {
        Thread thread = new Thread(task, "clamd-ping");
        thread.setDaemon(true);
        thread.start();
    }

    private Optional<String> ping() {
        try (Connection connection = new Connection(PING_PATIENCE)) {
            connection.send(command("PING"));
            String answer = connection.answer();
            return answer.equals("PONG")
                    ? Optional.empty()
                    : Optional.of("The virus scanner answers '" + answer + "'; new media wait.");
        } catch (IOException | RuntimeException e) {
            return silent(e.getMessage());
        }
    }

    private static Optional<String> silent(String why) {
        return Optional.of("The virus scanner (hub.media.clamd) does not answer: " + why + "; new media wait.");
    }

    /** The form whose commands and answers end with a zero byte. */
    private static ByteBuffer command(String name) {
        return ByteBuffer.wrap(("z" + name + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    private NotScannedException notScanned(IOException why) {
        LOG.warn("The virus scanner at {} could not say: {}", address, why.getMessage());
        return new NotScannedException(
                "the virus scanner could not say: " + why.getMessage(), why instanceof Refusal, why);
    }

    /** An answer that says neither that there is a virus nor that there is none. */
    private static final class Refusal extends IOException {
        private Refusal(String answer, IOException cause) {
            super(answer, cause);
        }
    }

    private static void close(Closeable connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                LOG.debug("A connection to the virus scanner ended badly", e);
            }
        }
    }

    /** Pieces with their length before them, a length of nought at the end; then the answer. */
    private final class Stream implements Look {
        private final Connection connection;

        private Stream(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void see(byte[] bytes, int offset, int length) throws NotScannedException {
            if (length > 0) {
                send(ByteBuffer.allocate(Integer.BYTES).putInt(0, length), ByteBuffer.wrap(bytes, offset, length));
            }
        }

        private void send(ByteBuffer... pieces) throws NotScannedException {
            try {
                connection.send(pieces);
            } catch (IOException e) {
                throw notScanned(whyItHungUp(e));
            }
        }

        /** Who is sent more than StreamMaxLength says so, and takes no more. */
        private IOException whyItHungUp(IOException e) {
            try {
                return new Refusal(connection.answer(), e);
            } catch (IOException silent) {
                return e;
            }
        }

        @Override
        public Optional<String> found() throws NotScannedException {
            send(ByteBuffer.allocate(Integer.BYTES));
            try {
                String answer = connection.answer();
                Matcher found = FOUND.matcher(answer);
                if (!found.matches() && !answer.equals("stream: OK")) {
                    throw new Refusal(answer, null);
                }
                return found.matches() ? Optional.of(shortened(found.group(1))) : Optional.empty();
            } catch (IOException e) {
                throw notScanned(e);
            }
        }

        private static String shortened(String name) {
            return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
        }

        @Override
        public void close() {
            Clamd.close(connection);
        }
    }

    /** Sockets of this machine know no time-out of their own, so each wait is a selector's. */
    private final class Connection implements Closeable {
        private final SocketChannel channel;
        private final Selector selector;
        private final Duration patience;

        private Connection(Duration patience) throws IOException {
            this.patience = patience;
            SocketAddress place = place();
            selector = Selector.open();
            channel = place instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
            try {
                channel.configureBlocking(false);
                channel.register(selector, 0);
                if (!channel.connect(place)) {
                    do {
                        await(SelectionKey.OP_CONNECT);
                    } while (!channel.finishConnect());
                }
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        /** All at once: a length that goes alone waits for its receipt before the bytes follow. */
        private void send(ByteBuffer... pieces) throws IOException {
            while (pieces[pieces.length - 1].hasRemaining()) {
                if (channel.write(pieces) == 0) {
                    await(SelectionKey.OP_WRITE);
                }
            }
        }

        private String answer() throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(LONGEST_ANSWER);
            while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != 0) {
                if (!bytes.hasRemaining()) {
                    throw new IOException("its answer has no end");
                }
                int count = channel.read(bytes);
                if (count < 0) {
                    throw new EOFException("it hung up without an answer");
                }
                if (count == 0) {
                    await(SelectionKey.OP_READ);
                }
            }
            String text = new String(bytes.array(), 0, bytes.position() - 1, StandardCharsets.UTF_8);
            return text.replaceAll("\\p{Cntrl}", " ").strip();
        }

        private void await(int what) throws IOException {
            channel.keyFor(selector).interestOps(what);
            if (selector.select(patience.toMillis()) == 0) {
                throw new SocketTimeoutException("nothing happened for " + patience);
            }
            selector.selectedKeys().clear();
        }

        @Override
        public void close() throws IOException {
            try (selector) {
                channel.close();
            }
        }
    }

    /** Asks for the host's address anew each time: a container that was replaced has another. */
    private SocketAddress place() throws UnknownHostException {
        if (address.startsWith(UNIX)) {
            return UnixDomainSocketAddress.of(Path.of(address.substring(UNIX.length())));
        }
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
        return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(address.substring(colon + 1)));
    }
}
