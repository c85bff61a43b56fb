package io.tsunagi.salesforce;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.component.salesforce.AuthenticationType;
import org.apache.camel.component.salesforce.SalesforceComponent;
import org.apache.camel.component.salesforce.SalesforceLoginConfig;
import org.apache.camel.support.jsse.KeyStoreParameters;

/**
 * How the hub proves to Salesforce who it is ({@code hub.salesforce.sign-in}): by a token signed with a key (JWT bearer
 * flow, RFC 7523), by the app's secret (client credentials, RFC 6749 section 4.4), or by a refresh token (section 6).
 *
 * <p>Secrets are read again for each sign-in, so that one that was replaced in its file, or a replaced key store, counts
 * from the next one on without a restart. Safe for many threads.
 */
final class Credentials {
    /** The ways to sign in. */
    enum Kind {
        JWT(AuthenticationType.JWT),
        CLIENT_CREDENTIALS(AuthenticationType.CLIENT_CREDENTIALS),
        REFRESH_TOKEN(AuthenticationType.REFRESH_TOKEN);

        private final AuthenticationType type;

        Kind(AuthenticationType type) {
            this.type = type;
        }
    }

    private static final String PREFIX = "hub.salesforce.";

    /** Salesforce takes no assertion that holds for longer than five minutes. */
    private static final Duration HOLDS = Duration.ofMinutes(3);

    private final Settings settings;
    private final Kind kind;
    private final String clientId;

    private Credentials(Settings settings, Kind kind, String clientId) {
        this.settings = settings;
        this.kind = kind;
        this.clientId = clientId;
    }

    /** @throws SettingsException when a setting is missing that this kind of sign-in needs, or its key cannot be used */
    static Credentials of(Settings settings) {
        Kind kind = settings.choice(PREFIX + "sign-in", Kind.class);
        Credentials credentials = new Credentials(settings, kind, settings.needed(PREFIX + "client-id"));
        switch (kind) {
            case CLIENT_CREDENTIALS -> credentials.secret("client-secret", true);
            case REFRESH_TOKEN -> credentials.secret("refresh-token", true);
            case JWT -> {
                settings.needed(PREFIX + "user");
                settings.needed(PREFIX + "jwt-audience");
                credentials.key();
            }
        }
        return credentials;
    }

    /** Names the settings that this kind of sign-in needs. */
    String needs() {
        return switch (kind) {
            case CLIENT_CREDENTIALS -> "hub.salesforce.client-id, hub.salesforce.client-secret";
            case REFRESH_TOKEN ->
                "hub.salesforce.client-id, hub.salesforce.refresh-token, hub.salesforce.client-secret if the app wants it";
            case JWT ->
                "hub.salesforce.client-id, hub.salesforce.user, hub.salesforce.keystore, hub.salesforce.jwt-audience";
        };
    }

    private String secret(String name, boolean needed) {
        String secret = settings.secret(PREFIX + name).reveal();
        if (secret.isEmpty() && needed) {
            throw new SettingsException("The setting hub.salesforce.login-url is set but hub.salesforce." + name
                    + " is empty. Set HUB_SALESFORCE_"
                    + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_')
                    + " or hub.salesforce." + name + "-file.");
        }
        return secret;
    }

    /**
     * Gives the body of a token request, with the secrets as they are now.
     *
     * @throws SettingsException when a secret or the key cannot be read
     */
    String form(Instant now) {
        Map<String, String> fields = new LinkedHashMap<>();
        switch (kind) {
            case CLIENT_CREDENTIALS -> {
                fields.put("grant_type", "client_credentials");
                fields.put("client_secret", secret("client-secret", true));
            }
            case REFRESH_TOKEN -> {
                fields.put("grant_type", "refresh_token");
                fields.put("refresh_token", secret("refresh-token", true));
                String secret = secret("client-secret", false);
                if (!secret.isEmpty()) {
                    fields.put("client_secret", secret);
                }
            }
            case JWT -> {
                fields.put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                fields.put("assertion", assertion(now));
            }
        }
        fields.put("client_id", clientId);
        fields.put("format", "json");
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private String assertion(Instant now) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", clientId);
        claims.put("sub", settings.needed(PREFIX + "user"));
        claims.put("aud", settings.needed(PREFIX + "jwt-audience"));
        claims.put("exp", now.plus(HOLDS).getEpochSecond());
        String signed = encoded(Json.write(Map.of("alg", "RS256")).getBytes(StandardCharsets.UTF_8)) + "."
                + encoded(Json.write(claims).getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + encoded(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new SettingsException("The private key in " + store() + " cannot sign for Salesforce; it must be an"
                    + " RSA key of 2048 bits or more.");
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String store() {
        return settings.needed(PREFIX + "keystore");
    }

    private PrivateKey key() {
        String store = store();
        char[] password = secret("keystore-password", true).toCharArray();
        try (InputStream in = Files.newInputStream(Path.of(store))) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password);
            List<String> names = new ArrayList<>();
            for (String name : Collections.list(keys.aliases())) {
                if (keys.isKeyEntry(name)) {
                    names.add(name);
                }
            }
            if (names.size() != 1) {
                throw new SettingsException("The file " + store + " that hub.salesforce.keystore names holds "
                        + names.size() + " private keys; it must hold exactly one.");
            }
            return (PrivateKey) keys.getKey(names.get(0), password);
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("The file " + store + " that hub.salesforce.keystore names cannot be opened."
                    + " It must be a PKCS #12 file, and hub.salesforce.keystore-password its password.");
        }
    }

    /** Gives a component, before it starts, what it signs in with. */
    void equip(SalesforceComponent component, CamelContext camel) {
        component.setAuthenticationType(kind.type);
        component.setClientId(clientId);
        SalesforceLoginConfig present = present(camel);
        component.setClientSecret(present.getClientSecret());
        component.setRefreshToken(present.getRefreshToken());
        component.setUserName(present.getUserName());
        component.setJwtAudience(present.getJwtAudience());
        component.setKeystore(present.getKeystore());
    }

    /** Gives a component that runs the secrets as they are now. */
    void renew(SalesforceLoginConfig config, CamelContext camel) {
        SalesforceLoginConfig present = present(camel);
        config.setClientSecret(present.getClientSecret());
        config.setRefreshToken(present.getRefreshToken());
        config.setKeystore(present.getKeystore());
    }

    private SalesforceLoginConfig present(CamelContext camel) {
        SalesforceLoginConfig present = new SalesforceLoginConfig();
        String secret = kind == Kind.JWT ? "" : secret("client-secret", kind == Kind.CLIENT_CREDENTIALS);
        if (!secret.isEmpty()) {
            present.setClientSecret(secret);
        }
        if (kind == Kind.REFRESH_TOKEN) {
            present.setRefreshToken(secret("refresh-token", true));
        }
        if (kind == Kind.JWT) {
            KeyStoreParameters keys = new KeyStoreParameters();
            keys.setCamelContext(camel);
            keys.setType("PKCS12");
            keys.setResource("file:" + Path.of(store()).toAbsolutePath());
            keys.setPassword(secret("keystore-password", true));
            present.setKeystore(keys);
            present.setUserName(settings.needed(PREFIX + "user"));
            present.setJwtAudience(settings.needed(PREFIX + "jwt-audience"));
        }
        return present;
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
