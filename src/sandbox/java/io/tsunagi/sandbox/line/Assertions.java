package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks the JSON Web Tokens by which channels prove who they are, against the public keys registered for them. An account
 * for which no key is registered is believed what its token says: a sandbox asks nobody to make a key first.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/">Generate a JSON Web Token</a>
 */
final class Assertions {
    private static final Duration LONGEST_LIFE = Duration.ofMinutes(30);
    private static final Duration LONGEST_TOKEN = Duration.ofDays(30);

    /** Whose token it is, and how long the access token shall live. */
    record Proof(String account, Duration tokenLife) {}

    private record Key(String kid, PublicKey key) {}

    private final Map<String, Key> keys = new ConcurrentHashMap<>();

    /** Registers the public key of an account: a JSON Web Key with {@code kid}, {@code n} and {@code e}. */
    void register(String account, JsonNode jwk) {
        try {
            keys.put(
                    account,
                    new Key(
                            jwk.path("kid").asText(),
                            KeyFactory.getInstance("RSA")
                                    .generatePublic(new RSAPublicKeySpec(
                                            new BigInteger(
                                                    1, decode(jwk.path("n").asText())),
                                            new BigInteger(
                                                    1, decode(jwk.path("e").asText()))))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Refusal(400, "The key must be an RSA public key as a JSON Web Key");
        }
    }

    void clear() {
        keys.clear();
    }

    /** Gives what the token proves; empty when it proves nothing. */
    Optional<Proof> check(String jwt, String lifeClaim, Instant now) {
        String[] parts = jwt.split("\\.");
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            JsonNode header = Json.read(decode(parts[0])).orElseThrow(IllegalArgumentException::new);
            JsonNode claims = Json.read(decode(parts[1])).orElseThrow(IllegalArgumentException::new);
            String account = claims.path("iss").asText();
            long tokenLife = lifeClaim == null ? 1 : claims.path(lifeClaim).asLong(LONGEST_TOKEN.toSeconds());
            Instant end = Instant.ofEpochSecond(claims.path("exp").asLong());
            Key key = keys.get(account);
            boolean good = key == null
                    || header.path("alg").asText().equals("RS256")
                            && header.path("kid").asText().equals(key.kid())
                            && claims.path("sub").asText().equals(account)
                            && claims.path("aud").asText().equals("https://api.line.me/")
                            && end.isAfter(now)
                            && !end.isAfter(now.plus(LONGEST_LIFE))
                            && tokenLife > 0
                            && tokenLife <= LONGEST_TOKEN.toSeconds()
                            && signed(parts, key.key());
            return good ? Optional.of(new Proof(account, Duration.ofSeconds(tokenLife))) : Optional.empty();
        } catch (IllegalArgumentException | GeneralSecurityException noToken) {
            return Optional.empty();
        }
    }

    private static boolean signed(String[] parts, PublicKey key) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(key);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        return signature.verify(decode(parts[2]));
    }

    private static byte[] decode(String base64) {
        return Base64.getUrlDecoder().decode(base64);
    }
}
