package io.tsunagi.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The least a webhook server can do and still keep LINE's contract, to measure the hub against: the same HMAC check, then
 * one row an event, committed before 200. Plain Vert.x and JDBC; what arrives while a commit runs shares the next one. It
 * does not mask, seal, signal or decide anything. At {@code /} that is all; at {@code /echo} the {@link Echo} answers the
 * customer.
 *
 * <p>Arguments: JDBC URL, user, LINE's address. The channel secret is in {@code REFERENCE_SECRET}, the token in {@code
 * REFERENCE_TOKEN}. Says {@code port N} when it listens on loopback, and ends when its standard input does, so that it
 * never outlives who started it.
 */
public final class Reference {
    static final String TAKE = "/";
    static final String ECHO = "/echo";
    private static final String TABLE = """
            create table if not exists events (id uuid not null primary key, source varchar(128) not null, body bytea)
            """;
    private static final String INSERT =
            "insert into events (id, source, body) values (?, ?, ?) on conflict do nothing";

    /** An event whose request waits for its commit. */
    record Waiting(UUID id, String source, byte[] body, String text, String replyToken, HttpServerResponse response) {}

    private final JsonFactory json = new JsonFactory();
    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final TextEvents.Signature signature;
    private final Stage<Waiting> append;
    private final Echo echo;

    private Reference(HikariDataSource pool, String secret, URI line, String token) {
        this.signature = new TextEvents.Signature(secret);
        this.append = new Stage<>("append", pool, Reference::insert, this::answer).start();
        this.echo = new Echo(pool, vertx, line, token, this::answer);
    }

    public static void main(String[] arguments) throws Exception {
        var config = new HikariConfig();
        config.setJdbcUrl(arguments[0]);
        config.setUsername(arguments[1]);
        config.setPassword("");
        config.setMaximumPoolSize(8);
        config.setAutoCommit(false);
        try (var pool = new HikariDataSource(config)) {
            try (var connection = pool.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(TABLE);
                for (String table : Echo.TABLES) {
                    statement.execute(table);
                }
                connection.commit();
            }
            var reference = new Reference(
                    pool,
                    System.getenv("REFERENCE_SECRET"),
                    URI.create(arguments[2]),
                    System.getenv("REFERENCE_TOKEN"));
            System.out.println("port " + reference.listen());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
            reference.vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private int listen() throws Exception {
        var listening = new CompletableFuture<Integer>();
        loop.runOnContext(v -> vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::receive)
                .listen()
                .onComplete(server -> {
                    if (server.succeeded()) {
                        listening.complete(server.result().actualPort());
                    } else {
                        listening.completeExceptionally(server.cause());
                    }
                }));
        return listening.get();
    }

    private void receive(HttpServerRequest request) {
        request.body().onSuccess(buffer -> {
            byte[] body = buffer.getBytes();
            String given = request.getHeader("x-line-signature");
            if (given == null
                    || !MessageDigest.isEqual(
                            given.getBytes(StandardCharsets.US_ASCII),
                            signature.of(body).getBytes(StandardCharsets.US_ASCII))) {
                request.response().setStatusCode(401).end();
                return;
            }
            Waiting waiting;
            try {
                waiting = read(body, request.response());
            } catch (IOException e) {
                request.response().setStatusCode(400).end();
                return;
            }
            if (!(request.path().equals(ECHO) ? echo.offer(waiting) : append.offer(waiting))) {
                request.response().setStatusCode(503).end();
            }
        });
    }

    /** Reads what the rows need; the generator's bodies hold one event each. */
    private Waiting read(byte[] body, HttpServerResponse response) throws IOException {
        String id = null;
        String source = null;
        String text = null;
        String replyToken = null;
        try (JsonParser parser = json.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    switch (parser.currentName()) {
                        case "webhookEventId" -> id = parser.nextTextValue();
                        case "userId" -> source = parser.nextTextValue();
                        case "text" -> text = parser.nextTextValue();
                        case "replyToken" -> replyToken = parser.nextTextValue();
                        default -> {}
                    }
                }
            }
        }
        if (id == null || source == null) {
            throw new IOException("No event of a customer");
        }
        return new Waiting(
                UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)), source, body, text, replyToken, response);
    }

    /** All answers of a commit in one task of the event loop. */
    private void answer(List<Waiting> batch, boolean durable) {
        int status = durable ? 200 : 503;
        loop.runOnContext(
                v -> batch.forEach(one -> one.response().setStatusCode(status).end()));
    }

    private static void insert(Connection connection, List<Waiting> batch) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Waiting one : batch) {
                insert.setObject(1, one.id());
                insert.setString(2, one.source());
                insert.setBytes(3, one.body());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
