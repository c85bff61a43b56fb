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
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The least a webhook server can do and still keep LINE's contract, to measure the hub against: the same HMAC check, then
 * one row an event, committed before 200. Plain Vert.x and JDBC; what arrives while a commit runs shares the next one. It
 * does not mask, seal, signal or handle anything.
 *
 * <p>Arguments: JDBC URL, user. The channel secret is in {@code REFERENCE_SECRET}. Says {@code port N} when it listens on
 * loopback, and ends when its standard input does, so that it never outlives who started it.
 */
public final class Reference {
    private static final int BATCH = 512;
    private static final String TABLE = """
            create table if not exists events (id uuid not null primary key, source varchar(128) not null, body bytea)
            """;
    private static final String INSERT =
            "insert into events (id, source, body) values (?, ?, ?) on conflict do nothing";

    private record Waiting(UUID id, String source, byte[] body, HttpServerResponse response) {}

    private final JsonFactory json = new JsonFactory();
    private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>(20_000);
    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final HikariDataSource pool;
    private final TextEvents.Signature signature;

    private Reference(HikariDataSource pool, String secret) {
        this.pool = pool;
        this.signature = new TextEvents.Signature(secret);
    }

    public static void main(String[] arguments) throws Exception {
        var config = new HikariConfig();
        config.setJdbcUrl(arguments[0]);
        config.setUsername(arguments[1]);
        config.setPassword("");
        config.setMaximumPoolSize(2);
        config.setAutoCommit(false);
        try (var pool = new HikariDataSource(config)) {
            try (var connection = pool.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(TABLE);
                connection.commit();
            }
            var reference = new Reference(pool, System.getenv("REFERENCE_SECRET"));
            var writer = new Thread(reference::write, "writer");
            writer.setDaemon(true);
            writer.start();
            System.out.println("port " + reference.listen());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
            reference.vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private int listen() throws Exception {
        var listening = new java.util.concurrent.CompletableFuture<Integer>();
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
            if (!queue.offer(waiting)) {
                request.response().setStatusCode(503).end();
            }
        });
    }

    /** Reads what the row needs; the generator's bodies hold one event each. */
    private Waiting read(byte[] body, HttpServerResponse response) throws IOException {
        String id = null;
        String source = null;
        try (JsonParser parser = json.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals("webhookEventId")) {
                    id = parser.nextTextValue();
                } else if (token == JsonToken.FIELD_NAME && parser.currentName().equals("userId")) {
                    source = parser.nextTextValue();
                }
            }
        }
        if (id == null || source == null) {
            throw new IOException("No event of a customer");
        }
        return new Waiting(UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)), source, body, response);
    }

    private void write() {
        List<Waiting> batch = new ArrayList<>(BATCH);
        while (true) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException stopped) {
                return;
            }
            queue.drainTo(batch, BATCH - 1);
            int status = insert(batch) ? 200 : 503;
            List<Waiting> answered = List.copyOf(batch);
            loop.runOnContext(v ->
                    answered.forEach(one -> one.response().setStatusCode(status).end()));
            batch.clear();
        }
    }

    private boolean insert(List<Waiting> batch) {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Waiting one : batch) {
                insert.setObject(1, one.id());
                insert.setString(2, one.source());
                insert.setBytes(3, one.body());
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
            return true;
        } catch (SQLException e) {
            System.err.println("The reference cannot keep " + batch.size() + " events: " + e.getMessage());
            return false;
        }
    }
}
