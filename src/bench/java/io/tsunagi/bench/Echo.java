package io.tsunagi.bench;

import com.zaxxer.hikari.HikariDataSource;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * The least that answers a customer with what they wrote and survives a crash anywhere, in the five durable steps the hub
 * also makes: the event before its 200; the attempt; the turn (both messages and the delivery written, the event done);
 * the claim of the delivery before LINE is called; what LINE said. Each step is a {@link Stage}, so that under load its
 * commit is shared.
 */
final class Echo {
    static final List<String> TABLES = List.of("""
            create table if not exists echo_events (id uuid not null primary key, source varchar(128) not null,
                state varchar(8) not null, attempts integer not null, body bytea)
            """, """
            create table if not exists echo_messages (id uuid not null primary key, event uuid not null,
                sender varchar(8) not null, content varchar(5000) not null)
            """, """
            create table if not exists echo_deliveries (id uuid not null primary key, recipient varchar(128) not null,
                state varchar(8) not null, payload varchar(8000) not null)
            """);

    private static final int CALLS = 64;

    private final HttpClient http;
    private final RequestOptions reply;
    private final Stage<Reference.Waiting> append;
    private final Stage<Reference.Waiting> attempt;
    private final Stage<Reference.Waiting> turn;
    private final Stage<Reference.Waiting> claim;
    private final Stage<Reference.Waiting> sent;

    Echo(
            HikariDataSource pool,
            Vertx vertx,
            URI line,
            String token,
            BiConsumer<List<Reference.Waiting>, Boolean> answer) {
        http = vertx.createHttpClient(
                new HttpClientOptions().setMaxPoolSize(CALLS).setKeepAlive(true));
        reply = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(line.getHost())
                .setPort(line.getPort())
                .setURI("/v2/bot/message/reply")
                .putHeader("authorization", "Bearer " + token)
                .putHeader("content-type", "application/json");
        sent = new Stage<Reference.Waiting>("note as sent", pool, Echo::markSent, (batch, durable) -> {}).start();
        claim = new Stage<Reference.Waiting>("claim", pool, Echo::markClaimed, this::call).start();
        turn = new Stage<Reference.Waiting>("take effect of", pool, Echo::takeEffect, pass(claim)).start();
        attempt = new Stage<Reference.Waiting>("count", pool, Echo::count, pass(turn)).start();
        append = new Stage<Reference.Waiting>("append", pool, Echo::insert, (batch, durable) -> {
                    answer.accept(batch, durable);
                    pass(attempt).accept(batch, durable);
                })
                .start();
    }

    boolean offer(Reference.Waiting event) {
        return append.offer(event);
    }

    private static BiConsumer<List<Reference.Waiting>, Boolean> pass(Stage<Reference.Waiting> next) {
        return (batch, durable) -> {
            if (durable && !batch.stream().allMatch(next::offer)) {
                System.err.println("The reference has no room for what it acknowledged");
            }
        };
    }

    private void call(List<Reference.Waiting> batch, boolean durable) {
        if (durable) {
            batch.forEach(one -> http.request(reply)
                    .compose(request -> request.send(Buffer.buffer(payload(one))))
                    .onComplete(answer -> {
                        if (answer.succeeded() && answer.result().statusCode() == 200) {
                            sent.offer(one);
                        } else {
                            System.err.println("LINE does not take an answer of the reference: " + answer);
                        }
                    }));
        }
    }

    private static String payload(Reference.Waiting one) {
        return new JsonObject()
                .put("replyToken", one.replyToken())
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("type", "text").put("text", one.text())))
                .encode();
    }

    private static void insert(Connection connection, List<Reference.Waiting> batch) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into echo_events (id, source, state, attempts, body) values (?, ?, 'WAITING', 0, ?)
                on conflict do nothing
                """)) {
            for (Reference.Waiting one : batch) {
                insert.setObject(1, one.id());
                insert.setString(2, one.source());
                insert.setBytes(3, one.body());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void count(Connection connection, List<Reference.Waiting> batch) throws SQLException {
        update(connection, batch, "update echo_events set attempts = attempts + 1 where id = any(?)");
    }

    private static void takeEffect(Connection connection, List<Reference.Waiting> batch) throws SQLException {
        try (PreparedStatement message = connection.prepareStatement(
                        "insert into echo_messages (id, event, sender, content) values (?, ?, ?, ?)");
                PreparedStatement delivery = connection.prepareStatement(
                        "insert into echo_deliveries (id, recipient, state, payload) values (?, ?, 'QUEUED', ?)")) {
            for (Reference.Waiting one : batch) {
                for (String sender : new String[] {"CUSTOMER", "BOT"}) {
                    message.setObject(1, UUID.nameUUIDFromBytes((sender + one.id()).getBytes()));
                    message.setObject(2, one.id());
                    message.setString(3, sender);
                    message.setString(4, one.text());
                    message.addBatch();
                }
                delivery.setObject(1, one.id());
                delivery.setString(2, one.source());
                delivery.setString(3, payload(one));
                delivery.addBatch();
            }
            message.executeBatch();
            delivery.executeBatch();
        }
        update(connection, batch, "update echo_events set state = 'DONE' where id = any(?)");
    }

    private static void markClaimed(Connection connection, List<Reference.Waiting> batch) throws SQLException {
        update(connection, batch, "update echo_deliveries set state = 'SENDING' where id = any(?)");
    }

    private static void markSent(Connection connection, List<Reference.Waiting> batch) throws SQLException {
        update(connection, batch, "update echo_deliveries set state = 'SENT' where id = any(?)");
    }

    private static void update(Connection connection, List<Reference.Waiting> batch, String sql) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setArray(
                    1,
                    connection.createArrayOf(
                            "uuid", batch.stream().map(Reference.Waiting::id).toArray()));
            update.executeUpdate();
        }
    }
}
