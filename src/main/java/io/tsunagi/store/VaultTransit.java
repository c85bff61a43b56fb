package io.tsunagi.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key in the transit engine of HashiCorp Vault, or of OpenBao, which speaks the same: it encrypts and decrypts there and
 * never leaves it ({@code /v1/MOUNT/encrypt/NAME}, {@code decrypt}, {@code rewrap} of Vault's HTTP API).
 *
 * <p>Each call takes at most {@value #LONGEST_SECONDS} s and is made once. Safe for many threads.
 */
final class VaultTransit {
    static final String SCHEME = "vault:";
    private static final int LONGEST_SECONDS = 10;
    private static final Pattern ADDRESS = Pattern.compile("(https?)://([^/?#@]+)(/v1/[^?#]+)/keys/([A-Za-z0-9._-]+)");
    private static final Pattern THIS_MACHINE = Pattern.compile("(localhost|127(\\.\\d+){3}|\\[::1])(:\\d+)?");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String engine;
    private final String name;
    private final String host;
    private final Supplier<Secret> token;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(LONGEST_SECONDS))
            .build();

    /**
     * @param address {@code https://HOST[:PORT]/v1/MOUNT/keys/NAME}; {@code http:} to this machine only, where Vault's agent is
     * @param token is asked before each call, as an agent renews it
     * @throws SettingsException when the address is none of these
     */
    VaultTransit(String address, Supplier<Secret> token) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches()
                || parts.group(1).equals("http")
                        && !THIS_MACHINE.matcher(parts.group(2)).matches()) {
            throw new SettingsException(
                    "The setting hub.keys.master must be file, or vault:https://HOST/v1/transit/keys/NAME with the address of a"
                            + " key in Vault's transit engine; http: only for this machine.");
        }
        this.host = parts.group(2);
        this.engine = parts.group(1) + "://" + host + parts.group(3);
        this.name = parts.group(4);
        this.token = token;
    }

    /** Encrypts with the newest version of the key; gives Vault's own form, {@code vault:v1:…}. */
    String encrypt(byte[] clear) {
        return call(
                        "encrypt",
                        JSON.createObjectNode()
                                .put("plaintext", Base64.getEncoder().encodeToString(clear)))
                .path("ciphertext")
                .asText();
    }

    byte[] decrypt(String sealed) {
        return Base64.getDecoder()
                .decode(call("decrypt", JSON.createObjectNode().put("ciphertext", sealed))
                        .path("plaintext")
                        .asText());
    }

    /** Encrypts what was encrypted with an older version of the key with the newest; the clear text stays in Vault. */
    String rewrap(String sealed) {
        return call("rewrap", JSON.createObjectNode().put("ciphertext", sealed))
                .path("ciphertext")
                .asText();
    }

    private JsonNode call(String act, ObjectNode body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(engine + "/" + act + "/" + name))
                .timeout(Duration.ofSeconds(LONGEST_SECONDS))
                .header("X-Vault-Token", token.get().reveal())
                .header("X-Vault-Request", "true")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        HttpResponse<String> answer;
        try {
            answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new SettingsException("Vault at " + host + " cannot be reached (" + reason(e)
                    + "), and without it the keys stay closed. Check hub.keys.master and the network.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SettingsException("Asking Vault at " + host + " was interrupted.");
        }
        JsonNode data = read(answer.body());
        if (answer.statusCode() != 200 || !data.path("data").isObject()) {
            throw refused(act, answer.statusCode(), data);
        }
        return data.path("data");
    }

    private static String reason(IOException e) {
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
