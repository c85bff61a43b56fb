package io.tsunagi.access;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.ACR;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.web.Doors;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks an OpenID Connect provider who somebody is: authorization code flow with PKCE, state and nonce (OpenID Connect Core
 * 1.0, RFC 7636, RFC 9700). The provider's addresses and keys come from its discovery document.
 *
 * <p>The provider is asked when somebody first signs in, and its document kept; a hub starts without it. Calls wait for
 * the network, {@value #PATIENCE_MILLIS} ms at most each: never call it on an event loop. Safe for many threads.
 */
public final class OpenIdProvider {
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int LARGEST_ANSWER = 256 * 1024;

    /** What is signed with a key that the provider alone has; never a shared secret, never nothing. */
    private static final Set<JWSAlgorithm> SIGNATURES = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /**
     * One way to the provider and back.
     *
     * @param address where the browser goes
     * @param state what the provider sends back with the browser
     * @param nonce what stands in the provider's token
     * @param verifier proves to the provider that the one who comes back is the one who was sent
     */
    public record Way(URI address, String state, String nonce, String verifier) {
        @Override
        public String toString() {
            return "Way[hidden]";
        }
    }

    /**
     * Who somebody is to the provider.
     *
     * @param issuer the provider
     * @param subject the id that the provider never gives to anybody else
     * @param name what the hub knows the person by, from the claim {@code hub.oidc.name-claim}
     * @param displayName the claim {@code name}, or the name
     * @param groups the words of the claim {@code hub.oidc.roles-claim}
     */
    public record Who(String issuer, String subject, String name, String displayName, Set<String> groups) {}

    /** What the provider said is not what the hub may take; the sentence names no secret. */
    public static final class NotTakenException extends Exception {
        private static final long serialVersionUID = 1L;

        NotTakenException(String message) {
            super(message);
        }

        NotTakenException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The provider cannot be reached, or answers what is no answer. */
    public static final class AwayException extends Exception {
        private static final long serialVersionUID = 1L;

        AwayException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private record Found(OIDCProviderMetadata metadata, IDTokenValidator validator) {}

    private final Issuer issuer;
    private final ClientID client;
    private final com.nimbusds.oauth2.sdk.auth.Secret secret;
    private final URI back;
    private final Scope scope;
    private final String nameClaim;
    private final List<String> rolesClaim;
    private final List<ACR> acr;
    private volatile Found found;

    private OpenIdProvider(Settings settings, String issuer) {
        this.issuer = new Issuer(issuer);
        this.client = new ClientID(settings.needed("hub.oidc.client-id"));
        Secret given = settings.secret("hub.oidc.client-secret");
        if (given.isEmpty()) {
            throw new SettingsException("hub.oidc.issuer is set and hub.oidc.client-secret is not: set"
                    + " HUB_OIDC_CLIENT_SECRET in the environment, or a file named by hub.oidc.client-secret-file.");
        }
        this.secret = new com.nimbusds.oauth2.sdk.auth.Secret(given.reveal());
        this.back = URI.create(Doors.consoleUrl(settings) + "/api/sign-in/provider/back");
        this.scope = new Scope(settings.list("hub.oidc.scopes").toArray(String[]::new));
        this.scope.add("openid");
        this.nameClaim = settings.needed("hub.oidc.name-claim");
        this.rolesClaim =
                Arrays.asList(settings.find("hub.oidc.roles-claim").orElse("").split("\\."));
        this.acr = settings.list("hub.oidc.acr").stream().map(ACR::new).toList();
    }

    /**
     * Gives the provider that the settings name, or nothing.
     *
     * @throws SettingsException when the issuer is no https address (http on this machine alone), or a part is missing
     */
    public static Optional<OpenIdProvider> of(Settings settings) {
        String issuer = settings.find("hub.oidc.issuer").orElse("");
        if (issuer.isEmpty()) {
            return Optional.empty();
        }
        if (!fits(issuer)) {
            throw new SettingsException("The setting hub.oidc.issuer is '" + issuer
                    + "'; it must be the provider's https address as its own discovery document says it.");
        }
        return Optional.of(new OpenIdProvider(settings, issuer));
    }

    private static boolean fits(String issuer) {
        try {
            URI address = new URI(issuer);
            return isClosed(address) && address.getQuery() == null && address.getFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Says whether nobody on the way reads what goes to an address. */
    private static boolean isClosed(URI address) {
        return address.getHost() != null
                && ("https".equals(address.getScheme())
                        || ("http".equals(address.getScheme()) && Outgoing.isThisMachine(address.getHost())));
    }

    private static void refuseClear(String field, URI address) throws IOException {
        if (address == null || !isClosed(address)) {
            throw new IOException("its " + field + " is '" + address
                    + "', which must be an https address (http on this machine alone)");
        }
    }

    /**
     * Begins a way to the provider.
     *
     * @throws AwayException when the provider's document is not known yet and cannot be had
     */
    public Way begin() throws AwayException {
        State state = new State(32);
        Nonce nonce = new Nonce(32);
        CodeVerifier verifier = new CodeVerifier();
        AuthenticationRequest.Builder asked = new AuthenticationRequest.Builder(ResponseType.CODE, scope, client, back)
                .endpointURI(found().metadata().getAuthorizationEndpointURI())
                .state(state)
                .nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256);
        if (!acr.isEmpty()) {
            asked.acrValues(acr);
        }
        return new Way(asked.build().toURI(), state.getValue(), nonce.getValue(), verifier.getValue());
    }

    /**
     * Ends a way: trades the code for a token and reads from it who came.
     *
     * @param code what the browser brought from the provider
     * @throws NotTakenException when the code or the token is not right for this way, or lacks the name or the level of
     *     sign-in that the settings ask for
     */
    public Who end(String code, String nonce, String verifier) throws AwayException, NotTakenException {
        Found provider = found();
        OIDCTokenResponse tokens = trade(provider.metadata(), code, verifier);
        IDTokenClaimsSet claims;
        try {
            claims = provider.validator().validate(tokens.getOIDCTokens().getIDToken(), new Nonce(nonce));
        } catch (BadJOSEException e) {
            throw new NotTakenException("The provider's token is not for this sign-in: " + e.getMessage(), e);
        } catch (com.nimbusds.jose.JOSEException e) {
            // Among others when its keys cannot be fetched.
            throw new AwayException("The provider's token cannot be checked: " + e.getMessage(), e);
        }
        if (!acr.isEmpty() && (claims.getACR() == null || !acr.contains(claims.getACR()))) {
            throw new NotTakenException("The provider signed the person in at the level "
                    + (claims.getACR() == null ? "(none)" : claims.getACR().getValue())
                    + ", which hub.oidc.acr does not name.");
        }
        String name = claims.getStringClaim(nameClaim);
        if (name == null || name.isBlank()) {
            throw new NotTakenException(
                    "The provider's token has no claim " + nameClaim + ", which hub.oidc.name-claim names.");
        }
        String display = claims.getStringClaim("name");
        return new Who(
                issuer.getValue(),
                claims.getSubject().getValue(),
                name,
                display == null || display.isBlank() ? name : display,
                groups(claims.toJSONObject()));
    }

    private OIDCTokenResponse trade(OIDCProviderMetadata metadata, String code, String verifier)
            throws AwayException, NotTakenException {
        TokenRequest asked = new TokenRequest.Builder(
                        metadata.getTokenEndpointURI(),
                        authentication(metadata),
                        new AuthorizationCodeGrant(new AuthorizationCode(code), back, new CodeVerifier(verifier)))
                .build();
        TokenResponse answer;
        try {
            HTTPRequest request = asked.toHTTPRequest();
            request.setConnectTimeout(PATIENCE_MILLIS);
            request.setReadTimeout(PATIENCE_MILLIS);
            request.setFollowRedirects(false);
            answer = OIDCTokenResponseParser.parse(request.send());
        } catch (IOException | ParseException e) {
            throw new AwayException("The provider gave no token: " + e.getMessage(), e);
        }
        if (!answer.indicatesSuccess()) {
            throw new NotTakenException("The provider refused the code: "
                    + answer.toErrorResponse().getErrorObject().getCode());
        }
        return (OIDCTokenResponse) answer.toSuccessResponse();
    }

    private ClientAuthentication authentication(OIDCProviderMetadata metadata) {
        List<ClientAuthenticationMethod> taken = metadata.getTokenEndpointAuthMethods();
        boolean basic = taken == null || taken.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC);
        return basic ? new ClientSecretBasic(client, secret) : new ClientSecretPost(client, secret);
    }

    /** The claim may lie inside others, as {@code realm_access.roles} does. */
    private Set<String> groups(Map<String, Object> claims) {
        Object value = claims;
        for (String part : rolesClaim) {
            value = value instanceof Map<?, ?> inside ? inside.get(part) : null;
        }
        if (value instanceof Collection<?> several) {
            return several.stream().map(String::valueOf).collect(Collectors.toUnmodifiableSet());
        }
        return value instanceof String one ? Set.of(one.split("[ ,]+")) : Set.of();
    }

    private Found found() throws AwayException {
        Found known = found;
        if (known != null) {
            return known;
        }
        try {
            OIDCProviderMetadata metadata = OIDCProviderMetadata.resolve(issuer, PATIENCE_MILLIS, PATIENCE_MILLIS);
            refuseClear("authorization_endpoint", metadata.getAuthorizationEndpointURI());
            refuseClear("token_endpoint", metadata.getTokenEndpointURI());
            refuseClear("jwks_uri", metadata.getJWKSetURI());
            Set<JWSAlgorithm> offered = metadata.getIDTokenJWSAlgs().stream()
                    .filter(SIGNATURES::contains)
                    .collect(Collectors.toUnmodifiableSet());
            if (offered.isEmpty()) {
                throw new IOException("it signs its tokens in no way the hub takes");
            }
            JWKSource<SecurityContext> keys = JWKSourceBuilder.create(
                            metadata.getJWKSetURI().toURL(),
                            new DefaultResourceRetriever(PATIENCE_MILLIS, PATIENCE_MILLIS, LARGEST_ANSWER))
                    .build();
            known = new Found(
                    metadata,
                    new IDTokenValidator(issuer, client, new JWSVerificationKeySelector<>(offered, keys), null));
        } catch (IOException | GeneralException e) {
            throw new AwayException("The provider " + issuer + " cannot be asked: " + e.getMessage(), e);
        }
        found = known;
        return known;
    }
}
