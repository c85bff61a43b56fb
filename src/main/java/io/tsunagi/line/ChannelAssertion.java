package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Secret;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * Signs the JSON Web Token by which a channel proves that it is one, with the private key of its assertion signing key (RS256,
 * RFC 7515). Safe for many threads.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/">Issue channel access token v2.1</a>
 */
final class ChannelAssertion {
    /** LINE takes an assertion of at most half an hour, and issues tokens for at most 30 days. */
    private static final Duration LIFE = Duration.ofMinutes(10);

    static final Duration TOKEN_LIFE = Duration.ofDays(30);

    private static final String AUDIENCE = "https://api.line.me/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final String channel;
    private final String keyId;
    private final PrivateKey key;

    private ChannelAssertion(String channel, String keyId, PrivateKey key) {
        this.channel = channel;
        this.keyId = keyId;
        this.key = key;
    }

    /**
     * @param jwk the private key as a JSON Web Key with LINE's {@code kid} in it
     * @throws IllegalArgumentException in one sentence, without a word of the key, when it cannot be used
     */
    static ChannelAssertion of(String channel, Secret jwk) {
        JsonNode tree;
        try {
            tree = JSON.readTree(jwk.reveal());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no JSON Web Key");
        }
        String kid = tree.path("kid").asText("");
        if (!tree.path("kty").asText("").equals("RSA") || kid.isEmpty()) {
            throw new IllegalArgumentException(
                    "must be an RSA private key as a JSON Web Key that holds the kid LINE's console gave for it");
        }
        try {
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(new RSAPrivateCrtKeySpec(
                            number(tree, "n"),
                            number(tree, "e"),
                            number(tree, "d"),
                            number(tree, "p"),
                            number(tree, "q"),
                            number(tree, "dp"),
                            number(tree, "dq"),
                            number(tree, "qi")));
            return new ChannelAssertion(channel, kid, key);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("lacks a part of the private key (n, e, d, p, q, dp, dq, qi)");
        }
    }

    private static BigInteger number(JsonNode jwk, String part) {
        BigInteger number =
                new BigInteger(1, Base64.getUrlDecoder().decode(jwk.path(part).asText()));
        if (number.signum() == 0) {
            throw new IllegalArgumentException(part);
        }
        return number;
    }

    /** Gives a token that proves the channel for some minutes, and asks for an access token of 30 days. */
    String sign(Instant now) {
        Map<String, Object> header = new TreeMap<>(Map.of("alg", "RS256", "typ", "JWT", "kid", keyId));
        Map<String, Object> claims = new TreeMap<>(Map.of(
                "iss", channel,
                "sub", channel,
                "aud", AUDIENCE,
                "exp", now.plus(LIFE).getEpochSecond(),
                "token_exp", TOKEN_LIFE.toSeconds()));
        try {
            String signed = part(header) + "." + part(claims);
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException | JsonProcessingException e) {
            throw new IllegalStateException("An RSA key can always sign", e);
        }
    }

    private static String part(Map<String, Object> values) throws JsonProcessingException {
        return BASE64.encodeToString(JSON.writeValueAsBytes(values));
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
