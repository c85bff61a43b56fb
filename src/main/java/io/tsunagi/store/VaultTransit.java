package io.tsunagi.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key in the transit engine of HashiCorp Vault, or of OpenBao, which speaks the same: it encrypts and decrypts there and
 * never leaves it ({@code /v1/MOUNT/encrypt/NAME}, {@code decrypt}, {@code rewrap} of Vault's HTTP API).
 *
 * <p>Each call takes at most ten seconds, to the last byte of the answer, and is made once. Safe for many threads.
 */
final class VaultTransit {
    static final String SCHEME = "vault:";
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final Pattern ADDRESS = Pattern.compile(
            "(https?)://([A-Za-z0-9.-]+(?::\\d+)?|\\[[0-9a-fA-F:.]+](?::\\d+)?)(/v1/[A-Za-z0-9._~/-]+)/keys/([A-Za-z0-9._-]+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String engine;
    private final String name;
    private final String host;
    private final Supplier<Secret> token;
    private final Duration longest;

    /**
     * @param address {@code https://HOST[:PORT]/v1/MOUNT/keys/NAME}; {@code http:} to this machine only, where Vault's agent is
     * @param token is asked before each call, as an agent renews it
     * @throws SettingsException when the address is none of these
     */
    VaultTransit(String address, Supplier<Secret> token) {
        this(address, token, LONGEST);
    }

    /** @param longest how long a call takes at most */
    VaultTransit(String address, Supplier<Secret> token, Duration longest) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches()
                || URI.create(address).getHost() == null
                || parts.group(1).equals("http")
                        && !Outgoing.isThisMachine(URI.create(address).getHost())) {
            throw new SettingsException(
                    "The setting hub.keys.master must be file, or vault:https://HOST/v1/transit/keys/NAME with the address of a"
                            + " key in Vault's transit engine; http: only for this machine.");
        }
        this.host = parts.group(2);
        this.engine = parts.group(1) + "://" + host + parts.group(3);
        this.name = parts.group(4);
        this.token = token;
        this.longest = longest;
    }

    /** Encrypts with the newest version of the key; gives Vault's own form, {@code vault:v1:…}. */
    String encrypt(byte[] clear) {
        return call(
                "encrypt",
                JSON.createObjectNode().put("plaintext", Base64.getEncoder().encodeToString(clear)),
                "ciphertext");
    }

    byte[] decrypt(String sealed) {
        try {
            return Base64.getDecoder()
                    .decode(call("decrypt", JSON.createObjectNode().put("ciphertext", sealed), "plaintext"));
        } catch (IllegalArgumentException e) {
            throw new SettingsException("Vault at " + host + " answered with something that is no Base64. Check"
                    + " hub.keys.master, and what stands between.");
        }
    }

    /** Encrypts what was encrypted with an older version of the key with the newest; the clear text stays in Vault. */
    String rewrap(String sealed) {
        return call("rewrap", JSON.createObjectNode().put("ciphertext", sealed), "ciphertext");
    }

    /** @param field of the answer's {@code data} that is wanted */
    private String call(String act, ObjectNode body, String field) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(engine + "/" + act + "/" + name))
                .header("X-Vault-Token", usable(token.get()))
                .header("X-Vault-Request", "true")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        // Calls are few, and a client of the JDK lives until nobody has it any more.
        HttpClient http = Outgoing.http(LONGEST).build();
        // The request's own limit ends with the head of the answer.
        CompletableFuture<HttpResponse<String>> asked = http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> answer;
        try {
            answer = asked.get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw away(reason(e.getCause()));
        } catch (TimeoutException e) {
            asked.cancel(true);
            throw away("no whole answer in " + longest.toMillis() + " ms");
        } catch (InterruptedException e) {
            asked.cancel(true);
            Thread.currentThread().interrupt();
            throw new SettingsException("Asking Vault at " + host + " was interrupted.");
        }
        JsonNode data = read(answer.body());
        String wanted = data.path("data").path(field).asText("");
        if (answer.statusCode() != 200 || wanted.isEmpty()) {
            throw refused(act, answer.statusCode(), data);
        }
        return wanted;
    }

    private SettingsException away(String why) {
        return new SettingsException("Vault at " + host + " cannot be reached (" + why
                + "), and without it the keys stay closed. Check hub.keys.master and the network.");
    }

    /** Java would repeat a token that cannot stand in a head in its own message. */
    private static String usable(Secret token) {
        String text = token.reveal().strip();
        if (text.isEmpty() || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new SettingsException("The setting hub.keys.vault-token holds no token of Vault. Set it, or point"
                    + " hub.keys.vault-token-file to the file that Vault's agent writes.");
        }
        return text;
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static JsonNode read(String body) {
        try {
            JsonNode read = JSON.readTree(body);
            return read == null ? MissingNode.getInstance() : read;
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    /** Vault says why in {@code errors}; words of a proxy before it are not repeated. */
    private SettingsException refused(String act, int status, JsonNode answer) {
        String said =
                answer.path("errors").path(0).asText("").lines().findFirst().orElse("");
        String what = "Vault at " + host + " answered " + status + (said.isEmpty() ? "" : " (" + said + ")") + " to "
                + act + " with the key " + name + ". ";
        return new SettingsException(what
                + switch (status) {
                    case 403 ->
                        "Check hub.keys.vault-token, and that its policy allows encrypt, decrypt and rewrap"
                                + " with this key.";
                    case 400, 404 ->
                        "Check hub.keys.master: the engine, the key, and that it still has the version"
                                + " that encrypted.";
                    case 503 -> "It is sealed or down: unseal it.";
                    default -> "Check hub.keys.master, and Vault's own log.";
                });
    }
}
