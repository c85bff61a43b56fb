package io.tsunagi.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.SessionGate;
import io.tsunagi.access.Sessions;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The live feed with many open screens, over real sockets. Faults F44, F45, F46. */
class FeedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST = 320;
    private static final Pattern ID = Pattern.compile("(?m)^id: (\\d+)$");

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();
    private final List<Screen> screens = new ArrayList<>();
    private Store store;
    private Sessions sessions;
    private Feed feed;
    private HttpServer server;

    /** An open feed; what the hub wrote is read on demand. */
    private static final class Screen implements AutoCloseable {
        private final Socket socket = new Socket();
        private final StringBuilder heard = new StringBuilder();

        private Screen(int port, String session, String last, int receiveBuffer) throws IOException {
            socket.setReceiveBufferSize(receiveBuffer);
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            socket.getOutputStream()
                    .write(("GET /api/feed HTTP/1.1\r\nHost: hub\r\nSession: " + session + "\r\n"
                                    + (last == null ? "" : "Last-Event-ID: " + last + "\r\n") + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
        }

        /** Reads what is there; says "cut off" when the hub closed the line. */
        private String hear() {
            try {
                InputStream in = socket.getInputStream();
                socket.setSoTimeout(1);
                byte[] part = new byte[8192];
                for (int read; (read = in.read(part)) != 0; ) {
                    if (read < 0) {
                        return heard.append("cut off").toString();
                    }
                    heard.append(new String(part, 0, read, StandardCharsets.UTF_8));
                }
            } catch (java.net.SocketTimeoutException nothingMore) {
                return heard.toString();
            } catch (IOException reset) {
                return heard.append("cut off").toString();
            }
            return heard.toString();
        }

        private String lastId() {
            Matcher ids = ID.matcher(hear());
            String last = null;
            while (ids.find()) {
                last = ids.group(1);
            }
            return last;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        vertx.exceptionHandler(unhandled::add);
        store = TestStores.open(Dialect.H2);
        sessions = new Sessions(store, Clock.systemUTC(), Settings.of("", Map.of()));
        feed = new Feed(vertx, store, sessions, Clock.systemUTC(), MOST);
        Router router = Router.router(vertx);
        router.route("/api/*").handler(ctx -> {
            // As the gate does; the feed asks the database for itself whether the session lives on.
            ctx.put(
                    SessionGate.SESSION,
                    new Sessions.Session(
                            ctx.request().getHeader("Session"),
                            new OperatorId(new UUID(0, 1)),
                            "csrf",
                            Instant.now().plusSeconds(3600)));
            ctx.next();
        });
        feed.mount(router);
        server = vertx.createHttpServer(new HttpServerOptions().setSendBufferSize(16 * 1024))
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        store.jdbc().sql("""
                        insert into operators (id, name, display_name, role, language, zone, password_hash, failures, created_at)
                        values (?, 'aoi', '葵', 'operator', 'ja', 'Asia/Tokyo', '-', 0, ?)
                        """).params(new UUID(0, 1), Store.at(Instant.now())).update();
    }

    @AfterEach
    void close() throws Exception {
        for (Screen screen : screens) {
            screen.close();
        }
        vertx.close().toCompletionStage().toCompletableFuture().get();
        store.close();
    }

    /** Without a pause before the first look: most tests look at hundreds of screens. */
    private static ConditionFactory soon() {
        return await().pollDelay(Duration.ZERO).atMost(PATIENCE);
    }

    private String session() {
        return store.inTransaction(() -> sessions.open(new OperatorId(new UUID(0, 1))))
                .session()
                .hash();
    }

    private Screen screen(String session, String last, int receiveBuffer) throws IOException {
        Screen screen = new Screen(server.actualPort(), session, last, receiveBuffer);
        screens.add(screen);
        return screen;
    }

    private Screen screen(String session) throws IOException {
        Screen screen = screen(session, null, 64 * 1024);
        soon().until(() -> screen.lastId() != null);
        return screen;
    }

    private void openAsManyAsMay(String session) throws IOException {
        for (int i = 0; i < MOST; i++) {
            screen(session, null, 8 * 1024);
        }
        soon().until(() -> feed.size() == MOST);
    }

    private static String version(UUID inquiry, long version) {
        return "{\"id\":\"" + inquiry + "\",\"version\":" + version + "}";
    }

    private void changeInDatabase(UUID inquiry, long version) {
        store.jdbc().sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                            opened_at, changed_at, read_seq, bot_misses, bot_prompts)
                        values (?, ?, 'main', 'BOT', ?, 0, 'ja', 3, 1, current_timestamp, current_timestamp, 0, 0, 0)
                        """).params(inquiry, UUID.randomUUID(), version).update();
    }

    @Test
    void three_hundred_idle_screens_hear_a_change_while_one_that_does_not_read_is_cut_off() throws Exception {
        String session = session();
        List<Screen> idle = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            idle.add(screen(session, null, 64 * 1024));
        }
        Screen slow = screen(session, null, 4 * 1024);
        soon().until(() -> feed.size() == 301);
        UUID inquiry = UUID.randomUUID();
        List<UUID> many = Stream.generate(UUID::randomUUID).limit(400).toList();
        many.forEach(each -> changeInDatabase(each, 1));
        changeInDatabase(inquiry, 17);

        feed.inquiryChanged(inquiry);

        for (Screen screen : idle) {
            soon().until(() -> screen.hear().contains(version(inquiry, 17)));
        }
        soon().alias("the slow one is dropped, the others read on").until(() -> {
            store.jdbc().sql("update inquiries set version = version + 1").update();
            many.forEach(feed::inquiryChanged);
            idle.forEach(Screen::hear);
            return feed.size() == 300;
        });
        assertThat(idle).noneMatch(screen -> screen.hear().contains("cut off"));
        soon().until(() -> slow.hear().contains("cut off"));
    }

    @Test
    void a_screen_that_comes_back_hears_what_it_missed_and_nothing_of_it_twice_on_its_line() throws Exception {
        String session = session();
        Screen before = screen(session);
        String last = before.lastId();
        before.close();
        UUID missed = UUID.randomUUID();
        changeInDatabase(missed, 9);

        Screen after = screen(session, last, 64 * 1024);

        soon().until(() -> after.lastId() != null);
        assertThat(after.hear()).containsOnlyOnce(version(missed, 9)).doesNotContain("event: everything");
    }

    /** A line may break anywhere: who has the mark must have had what it stands for. */
    @Test
    void a_mark_comes_after_what_it_stands_for() throws Exception {
        String session = session();
        String last = screen(session).lastId();
        UUID missed = UUID.randomUUID();
        UUID later = UUID.randomUUID();
        changeInDatabase(missed, 9);

        Screen after = screen(session, last, 64 * 1024);
        soon().until(() -> after.lastId() != null);
        assertThat(ID.split(after.hear())[0]).contains(version(missed, 9), "event: workspace");

        changeInDatabase(later, 2);
        feed.inquiryChanged(later);
        // Of one writing, which is one chunk: a ping's mark is in another.
        Pattern marked = Pattern.compile(Pattern.quote(version(later, 2)) + "[^\r]*id: \\d+");
        soon().until(() -> marked.matcher(after.hear()).find());
    }

    @Test
    void one_who_was_away_too_long_or_missed_too_much_fetches_everything() throws Exception {
        String session = session();
        String longAgo = String.valueOf(Instant.now().minusSeconds(3600).toEpochMilli());
        for (String last : List.of(longAgo, "nonsense")) {
            Screen after = screen(session, last, 64 * 1024);
            soon().until(() -> after.hear().contains("event: everything"));
        }
        Screen open = screen(session);

        store.inTransaction(
                () -> Stream.generate(UUID::randomUUID).limit(600).forEach(each -> changeInDatabase(each, 1)));
        feed.look();

        soon().until(() -> open.hear().contains("event: everything"));
    }

    @Test
    void a_change_told_twice_is_written_once() throws Exception {
        Screen screen = screen(session());
        UUID inquiry = UUID.randomUUID();
        UUID next = UUID.randomUUID();
        changeInDatabase(inquiry, 4);

        feed.inquiryChanged(inquiry);
        soon().until(() -> screen.hear().contains(version(inquiry, 4)));
        feed.inquiryChanged(inquiry);
        feed.look();
        changeInDatabase(next, 1);
        feed.inquiryChanged(next);
        soon().until(() -> screen.hear().contains(version(next, 1)));

        assertThat(screen.hear()).containsOnlyOnce(version(inquiry, 4));
    }

    @Test
    void a_change_of_which_no_hint_came_is_found_by_the_look() throws Exception {
        Screen screen = screen(session());
        UUID inquiry = UUID.randomUUID();

        changeInDatabase(inquiry, 3);

        soon().until(() -> screen.hear().contains(version(inquiry, 3)));
    }

    @Test
    void a_session_that_ended_on_another_node_loses_its_feed_and_no_other_does() throws Exception {
        String ended = session();
        Screen gone = screen(ended);
        Screen stays = screen(session());

        // As another node does it: only the database knows.
        store.jdbc().sql("delete from sessions where id = ?").param(ended).update();

        soon().until(() -> gone.hear().contains("cut off"));
        assertThat(stays.hear()).doesNotContain("cut off");
    }

    @Test
    void one_screen_too_many_is_told_to_come_later_and_a_stopping_node_lets_all_go() throws Exception {
        String session = session();
        openAsManyAsMay(session);

        Screen last = screen(session, null, 8 * 1024);
        soon().until(() -> last.hear().contains("HTTP/1.1 503"));

        feed.close();
        assertThat(feed.size()).isZero();
        for (Screen screen : screens) {
            soon().until(() -> screen == last || screen.hear().contains("\r\n0\r\n"));
        }
        Screen late = screen(session, null, 8 * 1024);
        soon().until(() -> late.hear().contains("HTTP/1.1 503"));
    }

    @Test
    void a_node_that_stops_while_it_tells_lets_the_untold_go_as_well() throws Exception {
        String session = session();
        openAsManyAsMay(session);
        UUID inquiry = UUID.randomUUID();
        changeInDatabase(inquiry, 5);

        feed.inquiryChanged(inquiry);
        await().atMost(PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofNanos(1))
                .until(() -> screens.stream().anyMatch(screen -> screen.hear().contains(version(inquiry, 5))));
        feed.close();

        for (Screen screen : screens) {
            soon().until(() -> screen.hear().contains("\r\n0\r\n"));
        }
        assertThat(unhandled).isEmpty();
    }
}
