package io.tsunagi.sandbox.translate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A stand-in for a translation service with LibreTranslate's {@code POST /translate}. It understands no language: its
 * translation is the same words with {@code [ja→en]} before them, so that nobody takes them for a real one and the same
 * words always become the same. Words with kana or kanji count as Japanese, all others as English.
 *
 * <p>A program of its own takes its port as its argument. Safe for many threads.
 */
public final class TranslationSimulator implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile CountDownLatch held = new CountDownLatch(0);

    private TranslationSimulator(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException("Port " + port + " cannot be listened on", e);
        }
        server.setExecutor(threads);
        server.createContext("/translate", this::translate);
        server.start();
    }

    /** Starts one; port 0 is any free one. */
    public static TranslationSimulator start(int port) {
        return new TranslationSimulator(port);
    }

    public static void main(String[] arguments) {
        TranslationSimulator started = start(arguments.length == 0 ? 8092 : Integer.parseInt(arguments[0]));
        System.out.println("Translates at " + started.baseUri() + "/translate");
    }

    public URI baseUri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Gives the bodies of all calls, oldest first. */
    public List<JsonNode> received() {
        return List.copyOf(received);
    }

    /** Answers with this status from now on; 200 translates. */
    public void answer(int with) {
        status = with;
    }

    /** Keeps every call without an answer until {@link #release}. */
    public void hold() {
        held = new CountDownLatch(1);
    }

    public void release() {
        held.countDown();
    }

    private void translate(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = read(exchange);
            int told = status;
            received.add(request);
            held.await();
            ObjectNode answer = JSON.createObjectNode();
            int with = !exchange.getRequestMethod().equals("POST")
                    ? 405
                    : request.path("q").asText("").isEmpty()
                                    || request.path("target").asText("").isEmpty()
                            ? 400
                            : told;
            if (with == 200) {
                String words = request.path("q").asText();
                String source = request.path("source").asText("auto");
                String from = source.equals("auto") ? languageOf(words) : source;
                String to = request.path("target").asText();
                answer.put("translatedText", from.equals(to) ? words : "[" + from + "→" + to + "] " + words);
                if (source.equals("auto")) {
                    answer.putObject("detectedLanguage").put("confidence", 90).put("language", from);
                }
            } else {
                answer.put("error", "The simulator was told to answer " + with);
            }
            byte[] body = JSON.writeValueAsBytes(answer);
            exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
            exchange.sendResponseHeaders(with, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static JsonNode read(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return JSON.readTree(body.isBlank() ? "{}" : body);
        } catch (JsonProcessingException notJson) {
            return JSON.createObjectNode();
        }
    }

    private static String languageOf(String words) {
        boolean japanese = words.codePoints()
                .mapToObj(Character.UnicodeScript::of)
                .anyMatch(script -> script == Character.UnicodeScript.HIRAGANA
                        || script == Character.UnicodeScript.KATAKANA
                        || script == Character.UnicodeScript.HAN);
        return japanese ? "ja" : "en";
    }

    @Override
    public void close() {
        release();
        server.stop(0);
        threads.shutdownNow();
    }
}
