package io.tsunagi.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The transit engine of HashiCorp Vault with one key, as its HTTP API describes it: {@code encrypt}, {@code decrypt} and
 * {@code rewrap} by POST, the token in {@code X-Vault-Token}, texts in Base64, ciphertexts as {@code vault:vN:…} (AES-256-GCM
 * with 96 bits of nonce), failures as {@code {"errors": […]}}.
 */
public final class VaultSimulator implements AutoCloseable {
    public static final String TOKEN = "s.sandbox-vault-token";
    private static final String NAME = "tsunagi";
    private static final int NONCE = 12;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final List<byte[]> versions = new ArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private volatile int oldest = 1;
    private volatile boolean sealed;
    private volatile boolean stalling;
    private volatile String rewrapped;
    private volatile String token = TOKEN;

    public VaultSimulator() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        rotate();
        server.start();
    }

    /** Gives {@code hub.keys.master} for its key. */
    public String master() {
        return "vault:http://127.0.0.1:" + server.getAddress().getPort() + "/v1/transit/keys/" + NAME;
    }

    /** Makes a new version of the key, as {@code vault write -f transit/keys/NAME/rotate} does. */
    public void rotate() {
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        synchronized (versions) {
            versions.add(key);
        }
    }

    /** Gives older versions up ({@code min_decryption_version}). */
    public void onlyNewest() {
        oldest = versions.size();
    }

    /** Closes it as a restart of Vault does, or opens it again. */
    public void seal(boolean now) {
        sealed = now;
    }

    /** Begins its answers from now on and never ends them. */
    public void stall() {
        stalling = true;
    }

    /** Gives what it answers to {@code encrypt}. */
    public String sealed(byte[] clear) throws GeneralSecurityException {
        return encrypted(clear).path("ciphertext").asText();
    }

    /** Answers this to {@code rewrap}, whatever it was asked; null for what Vault answers. */
    public void rewrapTo(String text) {
        rewrapped = text;
    }

    /** Takes this token alone from now on. */
    public void token(String now) {
        token = now;
    }

    /** Gives what it was asked, each as the act alone. */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        JsonNode body = JSON.readTree(exchange.getRequestBody());
        String act = path.replaceFirst("^/v1/transit/", "").replaceFirst("/" + NAME + "$", "");
        calls.add(act);
        if (stalling) {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
        } else if (sealed) {
            fail(exchange, 503, "Vault is sealed");
        } else if (!token.equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
            fail(exchange, 403, "permission denied");
        } else if (!exchange.getRequestMethod().equals("POST")) {
            fail(exchange, 405, "unsupported operation");
        } else {
            try {
                ObjectNode data = data(act, body);
                if (data == null) {
                    fail(exchange, 404, "no handler for route \"" + path + "\". route entry not found.");
                } else {
                    send(
                            exchange,
                            200,
                            JSON.createObjectNode().put("request_id", "1").set("data", data));
                }
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                fail(exchange, 400, e.getMessage());
            }
        }
    }

    private ObjectNode data(String act, JsonNode body) throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getEncoder();
        return switch (act) {
            case "encrypt" ->
                encrypted(Base64.getDecoder().decode(body.path("plaintext").asText()));
            case "decrypt" ->
                JSON.createObjectNode()
                        .put(
                                "plaintext",
                                base64.encodeToString(
                                        decrypted(body.path("ciphertext").asText())));
            case "rewrap" ->
                rewrapped != null
                        ? JSON.createObjectNode().put("ciphertext", rewrapped)
                        : encrypted(decrypted(body.path("ciphertext").asText()));
            default -> null;
        };
    }

    private ObjectNode encrypted(byte[] clear) throws GeneralSecurityException {
        int version = versions.size();
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        byte[] closed = cipher(Cipher.ENCRYPT_MODE, version, nonce).doFinal(clear);
        byte[] all = ByteBuffer.allocate(NONCE + closed.length)
                .put(nonce)
                .put(closed)
                .array();
        return JSON.createObjectNode()
                .put(
                        "ciphertext",
                        "vault:v" + version + ":" + Base64.getEncoder().encodeToString(all))
                .put("key_version", version);
    }

    private byte[] decrypted(String text) throws GeneralSecurityException {
        String[] parts = text.split(":", 3);
        if (parts.length < 3 || !parts[0].equals("vault")) {
            throw new IllegalArgumentException("invalid ciphertext: no prefix");
        }
        int version = Integer.parseInt(parts[1].substring(1));
        if (version < oldest) {
            throw new IllegalArgumentException("ciphertext or signature version is disallowed by policy (too old)");
        }
        byte[] all = Base64.getDecoder().decode(parts[2]);
        return cipher(Cipher.DECRYPT_MODE, version, Arrays.copyOf(all, NONCE)).doFinal(all, NONCE, all.length - NONCE);
    }

    private Cipher cipher(int mode, int version, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(versions.get(version - 1), "AES"), new GCMParameterSpec(128, nonce));
        return cipher;
    }

    private static void fail(HttpExchange exchange, int status, String error) throws IOException {
        ObjectNode answer = JSON.createObjectNode();
        answer.putArray("errors").add(String.valueOf(error));
        send(exchange, status, answer);
    }

    private static void send(HttpExchange exchange, int status, JsonNode answer) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(answer);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
