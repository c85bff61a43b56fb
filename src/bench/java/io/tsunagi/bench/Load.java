package io.tsunagi.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Posts webhooks over at most {@value #CONNECTIONS} connections, one request a connection at a time.
 *
 * <p>{@link #atRate} is open-loop: each event has a time at which it is due, whatever became of those before it, and its
 * latency counts from that time. A server that stalls is so charged for every event it kept waiting (no coordinated
 * omission). {@link #asFastAsItAnswers} keeps all connections busy and is for throughput only.
 *
 * <p>It shares the machine with what it measures, so it is lean: before the clock starts the connections are open and
 * the requests are written and signed, each with ids of its own; what is left is to put bytes into sockets and to read
 * the status of the answers.
 */
final class Load implements AutoCloseable {
    static final int CONNECTIONS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 2_000;

    /** Most requests made before the clock starts; those beyond are made when they are sent. */
    private static final int MOST_PREPARED = 150_000;

    /**
     * How a load ended.
     *
     * @param micros latencies of the events answered 200; at a rate from the time they were due, else from being sent
     * @param errors what was answered instead of 200, or not at all, and how often
     * @param seconds from the first event to the last answer
     */
    record Result(Histogram micros, long answered, Map<String, Long> errors, double seconds) {
        double perSecond() {
            return answered / seconds;
        }
    }

    private final NioEventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("load", true));

    /** Posts events at this rate for so long; returns when each is answered or {@code PATIENCE} is over. */
    Result atRate(Target target, int perSecond, Duration length) throws InterruptedException {
        long period = TimeUnit.SECONDS.toNanos(1) / perSecond;
        int inAll = Math.toIntExact((length.toNanos() + period - 1) / period);
        return new Run(target, period, length, inAll).run(inAll);
    }

    /**
     * Posts the next event whenever a connection is free, for so long.
     *
     * @param expected about how many that will be
     */
    Result asFastAsItAnswers(Target target, Duration length, int expected) throws InterruptedException {
        return new Run(target, 0, length, expected).run(Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One load; all but the pacing happens on the event loop. */
    private final class Run {
        private final Target target;
        private final long period;
        private final Duration length;
        private final int first;
        private final int prepared;
        private final int size;
        private final ByteBuf requests;
        private final Deque<Connection> free = new ArrayDeque<>(CONNECTIONS);
        private final List<Connection> all = new ArrayList<>(CONNECTIONS);
        private final Histogram micros = new Histogram(3);
        private final Map<String, Long> errors = new TreeMap<>();
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private long start;
        private long last;
        private int due;
        private int next;
        private int flying;
        private boolean allDue;
        private boolean givenUp;

        Run(Target target, long period, Duration length, int expected) {
            this.target = target;
            this.period = period;
            this.length = length;
            this.first = target.sent().length();
            this.prepared = Math.min(expected, MOST_PREPARED);
            this.size = target.request(first).length;
            this.requests = Unpooled.directBuffer(prepared * size);
            for (int i = 0; i < prepared; i++) {
                requests.writeBytes(target.request(first + i));
            }
        }

        Result run(int inAll) throws InterruptedException {
            try {
                connect();
                start = System.nanoTime();
                last = start;
                if (period == 0) {
                    loop.execute(() -> due(inAll));
                    LockSupport.parkNanos(length.toNanos());
                    while (System.nanoTime() - start < length.toNanos()) {
                        LockSupport.parkNanos(start + length.toNanos() - System.nanoTime());
                    }
                } else {
                    pace(inAll);
                }
                loop.execute(this::allAreDue);
                over.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException unanswered) {
                loop.execute(this::giveUp);
                over.join();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            } finally {
                loop.submit(() -> {
                            givenUp = true;
                            all.forEach(connection -> connection.channel.close());
                        })
                        .syncUninterruptibly();
                requests.release();
            }
            return new Result(micros, micros.getTotalCount(), errors, (last - start) / 1e9);
        }

        private void pace(int inAll) {
            for (long now = start; ; now = System.nanoTime()) {
                int dueNow = (int) Math.min(inAll, 1 + (now - start) / period);
                loop.execute(() -> due(dueNow));
                if (dueNow == inAll) {
                    return;
                }
                long pause = start + dueNow * period - System.nanoTime();
                if (pause > 0) {
                    LockSupport.parkNanos(pause);
                }
            }
        }

        private void connect() {
            List<CompletableFuture<Void>> opening = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                opening.add(open());
            }
            try {
                CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
                        .join();
            } catch (java.util.concurrent.CompletionException e) {
                throw new IllegalStateException(target.name() + " at " + target.webhook() + " takes no connection: "
                        + e.getCause().getMessage());
            }
        }

        private CompletableFuture<Void> open() {
            Connection connection = new Connection(this);
            CompletableFuture<Void> opened = new CompletableFuture<>();
            new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new HttpResponseDecoder(), connection);
                        }
                    })
                    .connect(target.webhook().getHost(), target.port())
                    .addListener(done -> {
                        if (done.isSuccess()) {
                            all.add(connection);
                            free.add(connection);
                            opened.complete(null);
                            pump();
                        } else {
                            opened.completeExceptionally(done.cause());
                        }
                    });
            return opened;
        }

        private void due(int count) {
            due = count;
            pump();
        }

        private void allAreDue() {
            if (period == 0) {
                due = next;
            }
            allDue = true;
            endWhenDone();
        }

        private void pump() {
            while (next < due && !givenUp && !free.isEmpty()) {
                send(free.poll(), next++);
            }
        }

        private void send(Connection connection, int number) {
            int event = first + number;
            ByteBuf request = number < prepared
                    ? requests.retainedSlice(number * size, size)
                    : Unpooled.wrappedBuffer(target.request(event));
            target.sent().set(event);
            flying++;
            connection.event = event;
            connection.from = period == 0 ? System.nanoTime() : start + number * period;
            connection.channel.writeAndFlush(request, connection.channel.voidPromise());
        }

        private void ended(Connection connection, String error) {
            int event = connection.event;
            connection.event = Connection.NONE;
            flying--;
            if (givenUp) {
                return;
            }
            last = System.nanoTime();
            if (error == null) {
                micros.recordValue(TimeUnit.NANOSECONDS.toMicros(last - connection.from));
                target.acknowledged().set(event);
            } else {
                errors.merge(error, 1L, Long::sum);
            }
            endWhenDone();
        }

        private void endWhenDone() {
            if (allDue && flying == 0 && next == due) {
                over.complete(null);
            }
        }

        private void giveUp() {
            givenUp = true;
            if (flying > 0) {
                errors.merge("no answer in time", (long) flying, Long::sum);
            }
            if (due > next) {
                errors.merge("never sent, no connection was free", (long) due - next, Long::sum);
            }
            over.complete(null);
        }
    }

    /** A connection with at most one request under way. */
    private static final class Connection extends SimpleChannelInboundHandler<HttpObject> {
        static final int NONE = -1;

        private final Run run;
        private Channel channel;
        private int event = NONE;
        private long from;
        private int status;
        private boolean closing;

        Connection(Run run) {
            this.run = run;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            channel = context.channel();
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse head) {
                status = part.decoderResult().isFailure() ? 0 : head.status().code();
                closing = !HttpUtil.isKeepAlive(head);
            }
            if (part instanceof LastHttpContent && event != NONE) {
                if (!closing) {
                    run.free.add(this);
                }
                run.ended(this, status == 200 ? null : status == 0 ? "no HTTP answer" : "status " + status);
                run.pump();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            run.free.remove(this);
            run.all.remove(this);
            if (event != NONE) {
                run.ended(this, "connection closed");
            }
            if (!run.givenUp && !run.allDue) {
                run.open();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable trouble) {
            context.close();
        }
    }
}
