package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The organisation's OAuth end point: gives access tokens and knows which ones are good. A new token
 * leaves older ones valid, because camel-salesforce logs in once per request in flight. Guarded by
 * the simulator's lock.
 */
final class Sessions {
    /** The refresh token that is always good. */
    static final String REFRESH_TOKEN = "sandbox-refresh-token";
    /** The password of every seeded Salesforce user; a security token may follow it. */
    static final String PASSWORD = "sandbox-password-1";

    private static final String JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    private final ObjectMapper json = new ObjectMapper();
    private final SecureRandom random = new SecureRandom();
    private final Map<String, String> userByToken = new HashMap<>();
    private final String clientId;
    private String clientSecret;
    private Optional<PublicKey> jwtKey;
    private final Clock clock;
    private final Function<String, Optional<String>> userByName;

    Sessions(
            String clientId,
            String clientSecret,
            Optional<PublicKey> jwtKey,
            Clock clock,
            Function<String, Optional<String>> userByName) {
        this.clientId = clientId;
        this.clientSecret = clientSecret;
        this.jwtKey = jwtKey;
        this.clock = clock;
        this.userByName = userByName;
    }

    /** An OAuth failure. Always 400: a 401 on the first login hangs camel-salesforce. */
    static final class Denied extends Exception {
        private static final long serialVersionUID = 1;

        private final String error;

        Denied(String error, String description) {
            super(description);
            this.error = error;
        }

        ObjectNode asBody() {
            return JsonNodeFactory.instance.objectNode().put("error", error).put("error_description", getMessage());
        }
    }

    /** From now on another secret, and for JWTs another key, opens the organisation; tokens given before are over. */
    void replaceSecret(String secret, Optional<PublicKey> key) {
        clientSecret = secret;
        jwtKey = key;
        userByToken.clear();
    }

    /** Answers a token request whose form fields {@code form} gives. */
    ObjectNode login(Function<String, String> form, String instanceUrl, String orgId, String integrationUser)
            throws Denied {
        if (!clientId.equals(form.apply("client_id")) && !JWT_BEARER.equals(form.apply("grant_type"))) {
            throw new Denied("invalid_client_id", "client identifier invalid");
        }
        String grant = form.apply("grant_type");
        String userId =
                switch (grant == null ? "" : grant) {
                    case "client_credentials" -> {
                        requireSecret(form.apply("client_secret"));
                        yield integrationUser;
                    }
                    case JWT_BEARER -> userOf(form.apply("assertion"));
                    case "refresh_token" -> {
                        if (form.apply("client_secret") != null) {
                            requireSecret(form.apply("client_secret"));
                        }
                        if (!REFRESH_TOKEN.equals(form.apply("refresh_token"))) {
                            throw new Denied("invalid_grant", "expired access/refresh token");
                        }
                        yield integrationUser;
                    }
                    case "password" -> {
                        requireSecret(form.apply("client_secret"));
                        String password = form.apply("password");
                        if (password == null || !password.startsWith(PASSWORD)) {
                            throw new Denied("invalid_grant", "authentication failure");
                        }
                        yield user(form.apply("username"));
                    }
                    default -> throw new Denied("unsupported_grant_type", "grant type not supported");
                };
        return issue(userId, instanceUrl, orgId);
    }

    private ObjectNode issue(String userId, String instanceUrl, String orgId) {
        byte[] bytes = new byte[48];
        random.nextBytes(bytes);
        String token = orgId.substring(0, 15) + "!"
                + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        userByToken.put(token, userId);
        String id = instanceUrl + "/id/" + orgId + "/" + userId;
        String issuedAt = Long.toString(clock.instant().toEpochMilli());
        return JsonNodeFactory.instance
                .objectNode()
                .put("access_token", token)
                .put("signature", signature(id + issuedAt))
                .put("scope", "api refresh_token")
                .put("instance_url", instanceUrl)
                .put("id", id)
                .put("token_type", "Bearer")
                .put("issued_at", issuedAt);
    }

    private String signature(String signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("Every Java has HmacSHA256", impossible);
        }
    }

    private void requireSecret(String secret) throws Denied {
        if (!clientSecret.equals(secret)) {
            throw new Denied("invalid_client", "invalid client credentials");
        }
    }

    private String user(String name) throws Denied {
        return userByName
                .apply(name == null ? "" : name)
                .orElseThrow(() -> new Denied("invalid_grant", "user hasn't approved this consumer"));
    }

    private String userOf(String assertion) throws Denied {
        String[] parts = assertion == null ? new String[0] : assertion.split("\\.");
        if (parts.length != 3) {
            throw new Denied("invalid_grant", "invalid assertion");
        }
        try {
            JsonNode header = json.readTree(decoded(parts[0]));
            JsonNode claims = json.readTree(decoded(parts[1]));
            if (!"RS256".equals(header.path("alg").asText()) || !verified(parts)) {
                throw new Denied("invalid_grant", "invalid assertion");
            }
            if (!clientId.equals(claims.path("iss").asText())) {
                throw new Denied("invalid_client_id", "client identifier invalid");
            }
            if (claims.path("aud").asText().isEmpty()) {
                throw new Denied("invalid_grant", "audience is invalid");
            }
            if (!Instant.ofEpochSecond(claims.path("exp").asLong()).isAfter(clock.instant())) {
                throw new Denied("invalid_grant", "token is expired");
            }
            return user(claims.path("sub").asText());
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new Denied("invalid_grant", "invalid assertion");
        }
    }

    private static byte[] decoded(String part) {
        return Base64.getUrlDecoder().decode(part);
    }

    private boolean verified(String[] parts) {
        if (jwtKey.isEmpty()) {
            return true;
        }
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(jwtKey.get());
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            return signature.verify(decoded(parts[2]));
        } catch (GeneralSecurityException wrongKey) {
            return false;
        }
    }

    /** The user of an {@code Authorization} header, {@code Bearer …} or {@code OAuth …}. */
    Optional<String> userOfHeader(String authorization) {
        if (authorization == null) {
            return Optional.empty();
        }
        String[] parts = authorization.strip().split("\\s+", 2);
        boolean scheme = parts[0].equalsIgnoreCase("Bearer") || parts[0].equalsIgnoreCase("OAuth");
        return parts.length == 2 && scheme ? Optional.ofNullable(userByToken.get(parts[1])) : Optional.empty();
    }

    void revoke(String token) {
        userByToken.remove(token);
    }

    void expireAll() {
        userByToken.clear();
    }
}
