package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A webhook receiver that keeps the raw bytes it was sent and answers what it is told to. */
final class RecordingHub implements AutoCloseable {

    record Received(String path, String signature, byte[] body) {
        JsonNode json() {
            return Json.read(body).orElseThrow();
        }

        JsonNode event() {
            return json().path("events").path(0);
        }
    }

    final List<Received> received = new CopyOnWriteArrayList<>();
    volatile int status = 200;
    /** While not null, every answer waits for it. */
    volatile CountDownLatch answersWaitFor;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    RecordingHub() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::receive);
        server.start();
    }

    private void receive(HttpExchange exchange) throws IOException {
        received.add(new Received(
                exchange.getRequestURI().getPath(),
                exchange.getRequestHeaders().getFirst("x-line-signature"),
                exchange.getRequestBody().readAllBytes()));
        CountDownLatch latch = answersWaitFor;
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    URI uri(String path) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + path);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
