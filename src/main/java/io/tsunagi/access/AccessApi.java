package io.tsunagi.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.web.Embedding;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers sign-in, sign-out, "who am I", invitations and changes of one's own password for the routes, in the console's JSON.
 * Safe for many threads.
 */
public final class AccessApi {
    private static final Logger LOG = LoggerFactory.getLogger(AccessApi.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CLONED = "The key's counter went back: there may be two of it.";

    /**
     * What the route answers.
     *
     * @param cookie value of Set-Cookie, or {@code null}
     * @param retryAfter seconds, or {@code null}
     * @param location where the browser goes, or {@code null}
     */
    public record Answer(int status, Object content, String cookie, Long retryAfter, String location) {
        Answer(int status, Object content, String cookie, Long retryAfter) {
            this(status, content, cookie, retryAfter, null);
        }
    }

    /** Who is signed in, as the console knows it; {@code idleSeconds} without a call of theirs end the session. */
    public record Me(
            UUID id,
            String name,
            String displayName,
            String role,
            String language,
            String zone,
            String csrf,
            int undoSeconds,
            boolean stickerPictures,
            long idleSeconds,
            List<String> identityReasons,
            boolean lettersAndDigits,
            Map<String, String> shortcuts) {}

    private final SignIn signIn;
    private final ProviderSignIn provider;
    private final Invitations invitations;
    private final OwnPassword ownPassword;
    private final Sessions sessions;
    private final Operators operators;
    private final Shortcuts shortcuts;
    private final Clock clock;
    private final SessionCookie cookie;
    private final SessionCookie framed;
    private final SessionCookie way;
    private final Embedding embedding;
    private final int undoSeconds;
    private final boolean stickerPictures;
    private final long idleSeconds;
    private final List<String> identityReasons;
    private final PasswordRule rule;

    public AccessApi(
            SignIn signIn,
            ProviderSignIn provider,
            Invitations invitations,
            OwnPassword ownPassword,
            Sessions sessions,
            Operators operators,
            Shortcuts shortcuts,
            Clock clock,
            Settings settings) {
        this.signIn = signIn;
        this.provider = provider;
        this.invitations = invitations;
        this.ownPassword = ownPassword;
        this.sessions = sessions;
        this.operators = operators;
        this.shortcuts = shortcuts;
        this.clock = clock;
        this.cookie = SessionCookie.of(settings);
        this.framed = SessionCookie.embedded(settings);
        this.way = SessionCookie.ofWay(settings);
        this.embedding = Embedding.of(settings);
        this.undoSeconds = settings.whole("hub.console.undo-seconds", 0, 15);
        this.stickerPictures = settings.flag("hub.line.sticker-pictures");
        this.idleSeconds = settings.duration("hub.access.session-idle").toSeconds();
        this.identityReasons = settings.list("hub.media.identity-reasons");
        this.rule = new PasswordRule(settings);
    }

    /**
     * Signs in.
     *
     * @param body JSON with {@code name} and {@code password}, {@code code} or {@code key} (a key's
     *     {@code AuthenticationResponseJSON}) once the second factor is asked for, and {@code framed} true when the screen stands in a frame of another site
     * @param origin address of the caller
     * @param before hash of the session the browser still has, or {@code null}
     */
    public Answer signIn(String body, String origin, String before) {
        JsonNode asked = read(body, "name", "password");
        if (asked == null) {
            return error(400, "bad-request", "The body needs name and password, in JSON.", Map.of());
        }
        boolean inFrame = asked.path("framed").asBoolean(false);
        if (inFrame && !embedding.allowed()) {
            return error(403, "not-framed", "hub.console.frame-ancestors names no page.", Map.of());
        }
        SignIn.Outcome outcome;
        try {
            outcome = signIn.signIn(
                    asked.get("name").textValue(),
                    new Secret(asked.get("password").textValue()),
                    code(asked),
                    origin,
                    before);
        } catch (Passwords.BusyException e) {
            return busy();
        }
        return answer(outcome, inFrame ? framed : cookie);
    }

    /** Says how one may sign in. */
    public Answer waysIn() {
        return new Answer(200, Map.of("provider", provider.there()), null, null);
    }

    /** Sends the browser to the provider. */
    public Answer goToProvider() {
        if (!provider.there()) {
            return error(404, "no-provider", "hub.oidc.issuer names no provider.", Map.of());
        }
        try {
            ProviderSignIn.Begun begun = provider.begin();
            return new Answer(303, null, way.opened(begun.sealed(), ProviderSignIn.LONGEST), null, begun.address());
        } catch (OpenIdProvider.AwayException e) {
            LOG.warn("Nobody can sign in at the provider: {}", e.getMessage());
            return back("away");
        }
    }

    /**
     * Takes in who comes back from the provider.
     *
     * @param sealed the cookie of {@link #goToProvider}, or null
     * @param code what the provider gave, or null when it refused
     */
    public Answer backFromProvider(String sealed, String state, String code, String origin, String before) {
        ProviderSignIn.Outcome outcome = provider.end(sealed, state, code, origin, before);
        return outcome instanceof ProviderSignIn.Outcome.Welcome welcome
                ? new Answer(303, null, cookie.opened(welcome.opened().token()), null, "/")
                : back(((ProviderSignIn.Outcome.NotIn) outcome).why());
    }

    /** The sign-in screen says why. */
    private Answer back(String why) {
        return new Answer(303, null, way.ended(), null, "/sign-in?why=" + why);
    }

    /** Gives the JSON when it holds these texts, and no zero in any; null otherwise. What is wrong is not said: the body holds secrets. */
    static JsonNode read(String body, String... texts) {
        try {
            JsonNode asked = JSON.readTree(body == null ? "" : body);
            // PostgreSQL looks up no text with a zero in it.
            boolean whole = Stream.of(texts).allMatch(name -> asked.path(name).isTextual())
                    && asked.valueStream().noneMatch(value -> value.asText("").indexOf(0) >= 0);
            return whole ? asked : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Gives the code of the second factor, or a key's answer in JSON; null when there is none. */
    private static Secret code(JsonNode asked) {
        if (asked.path("key").isObject()) {
            return new Secret(asked.get("key").toString());
        }
        String code = asked.path("code").asText("");
        return code.isBlank() ? null : new Secret(code);
    }

    static Answer busy() {
        return new Answer(
                503,
                content("busy", "Too many passwords are being checked at this moment. Try again.", Map.of()),
                null,
                2L);
    }

    private Answer answer(SignIn.Outcome outcome, SessionCookie cookie) {
        if (outcome instanceof SignIn.Outcome.Welcome welcome) {
            Me me = me(welcome.person(), welcome.opened().session());
            return new Answer(
                    200,
                    welcome.recoveryCodes().isEmpty() ? me : withCodes(me, welcome.recoveryCodes()),
                    cookie.opened(welcome.opened().token()),
                    null);
        }
        if (outcome instanceof SignIn.Outcome.FactorNeeded needed) {
            return error(
                    401,
                    "factor-needed",
                    "Set up a second factor and sign in with its first code.",
                    Map.of("factor", needed.fresh()));
        }
        if (outcome instanceof SignIn.Outcome.CodeNeeded needed) {
            return error(
                    401,
                    "code-needed",
                    "Sign in again with the code of the second factor, or a key's answer.",
                    Map.of("byCode", needed.code(), "key", needed.key()));
        }
        if (outcome instanceof SignIn.Outcome.ClonedKey) {
            return error(401, "cloned-key", CLONED, Map.of());
        }
        if (outcome instanceof SignIn.Outcome.WrongCode) {
            return error(401, "wrong-code", "The code is wrong, or it was used before.", Map.of());
        }
        if (outcome instanceof SignIn.Outcome.Unused) {
            return error(
                    403, "unused", "Nobody used this name for too long. An administrator invites you anew.", Map.of());
        }
        if (outcome instanceof SignIn.Outcome.Locked locked) {
            return locked(locked.until());
        }
        if (outcome instanceof SignIn.Outcome.Slowed slowed) {
            long seconds = Math.max(
                    1, slowed.until().getEpochSecond() - clock.instant().getEpochSecond());
            return new Answer(
                    429,
                    content(
                            "too-many-tries",
                            "Too many failed sign-ins from this address.",
                            Map.of("until", text(slowed.until()))),
                    null,
                    seconds);
        }
        return error(401, "sign-in-failed", "Name or password is wrong.", Map.of());
    }

    private static Map<String, Object> withCodes(Me me, List<String> recoveryCodes) {
        Map<String, Object> both =
                new LinkedHashMap<>(JSON.convertValue(me, new TypeReference<Map<String, Object>>() {}));
        both.put("recoveryCodes", recoveryCodes);
        return both;
    }

    static Answer locked(Instant until) {
        return error(423, "locked", "Too many failures.", Map.of("until", text(until)));
    }

    /** Shows an invitation to who has its {@code token}: whose it is, and what they put into an authenticator. */
    public Answer invitation(String body) {
        JsonNode asked = read(body, "token");
        if (asked == null) {
            return error(400, "bad-request", "The body needs the token, in JSON.", Map.of());
        }
        return invitations
                .look(asked.get("token").textValue())
                .map(shown -> {
                    Map<String, Object> content = new LinkedHashMap<>();
                    content.put("name", shown.person().name());
                    content.put("displayName", shown.person().displayName());
                    content.put("language", shown.person().language());
                    content.put("endsAt", text(shown.endsAt()));
                    content.put("code", shown.code());
                    content.put("key", shown.key());
                    content.put("factor", shown.factor());
                    content.put("lettersAndDigits", rule.lettersAndDigits());
                    return new Answer(200, content, null, null);
                })
                .orElseGet(AccessApi::over);
    }

    private static Answer over() {
        return error(410, "invitation-over", "This invitation is over. Ask an administrator for another.", Map.of());
    }

    /** Uses an invitation: {@code token}, {@code password}, and {@code code} or {@code key} where a second factor is required. */
    public Answer acceptInvitation(String body, String origin) {
        JsonNode asked = read(body, "token", "password");
        if (asked == null) {
            return error(400, "bad-request", "The body needs token and password, in JSON.", Map.of());
        }
        Invitations.Outcome outcome;
        try {
            outcome = invitations.accept(
                    asked.get("token").textValue(),
                    new Secret(asked.get("password").textValue()),
                    code(asked),
                    origin);
        } catch (Passwords.BusyException e) {
            return busy();
        }
        if (outcome instanceof Invitations.Outcome.Joined joined) {
            return new Answer(
                    200, Map.of("name", joined.person().name(), "recoveryCodes", joined.recoveryCodes()), null, null);
        }
        if (outcome instanceof Invitations.Outcome.Weak) {
            return weak();
        }
        if (outcome instanceof Invitations.Outcome.Common) {
            return common();
        }
        if (outcome instanceof Invitations.Outcome.Earlier) {
            return earlier();
        }
        if (outcome instanceof Invitations.Outcome.WrongCode) {
            return error(422, "wrong-code", "The code is wrong, or it was used before.", Map.of());
        }
        if (outcome instanceof Invitations.Outcome.ClonedKey) {
            return error(422, "cloned-key", CLONED, Map.of());
        }
        return outcome instanceof Invitations.Outcome.Locked locked ? locked(locked.until()) : over();
    }

    private Answer weak() {
        return error(422, "weak-password", "The password " + rule.words(), Map.of());
    }

    private static Answer common() {
        return error(422, "common-password", "The password " + CommonPasswords.RULE, Map.of());
    }

    private static Answer earlier() {
        return error(422, "earlier-password", "The password must be none of the last four.", Map.of());
    }

    /** Changes the caller's password: {@code old} and {@code password}. Their other sessions end. */
    public Answer changePassword(String body, String operator, String session, String origin) {
        JsonNode asked = read(body, "old", "password");
        if (asked == null) {
            return error(400, "bad-request", "The body needs old and password, in JSON.", Map.of());
        }
        OwnPassword.Outcome outcome;
        try {
            outcome = ownPassword.change(
                    new OperatorId(UUID.fromString(operator)),
                    new Secret(asked.get("old").textValue()),
                    new Secret(asked.get("password").textValue()),
                    session,
                    origin);
        } catch (Passwords.BusyException e) {
            return busy();
        }
        if (outcome instanceof OwnPassword.Outcome.Locked locked) {
            return locked(locked.until());
        }
        if (outcome instanceof OwnPassword.Outcome.Weak) {
            return weak();
        }
        if (outcome instanceof OwnPassword.Outcome.Common) {
            return common();
        }
        if (outcome instanceof OwnPassword.Outcome.Earlier) {
            return earlier();
        }
        return outcome instanceof OwnPassword.Outcome.Changed
                ? new Answer(204, null, null, null)
                : error(422, "wrong-password", "The old password is wrong.", Map.of());
    }

    /** Ends the caller's session. */
    public Answer signOut(String operator, String session, String origin) {
        signIn.signOut(new OperatorId(UUID.fromString(operator)), session, origin);
        return new Answer(204, null, cookie.ended(), null);
    }

    /** Says who calls; 401 when the session ended since the gate let the call through. */
    public Answer me(String operator, String session) {
        return sessions.find(session, false)
                .flatMap(living -> operators
                        .find(new OperatorId(UUID.fromString(operator)))
                        .map(person -> new Answer(200, me(person, living), null, null)))
                .orElseGet(() -> error(401, "not-signed-in", "Sign in first.", Map.of()));
    }

    private Me me(Person person, Sessions.Session session) {
        return new Me(
                person.id().value(),
                person.name(),
                person.displayName(),
                person.role().word(),
                person.language(),
                person.zone(),
                session.csrf(),
                undoSeconds,
                stickerPictures,
                idleSeconds,
                identityReasons,
                rule.lettersAndDigits(),
                shortcuts.of(person.id()));
    }

    /** Keeps the caller's own keys of the console: {@code shortcuts}, from acts to keys, in place of all chosen before. */
    public Answer keepShortcuts(String body, String operator) {
        JsonNode asked = read(body);
        JsonNode given = asked == null ? null : asked.path("shortcuts");
        Map<String, String> wanted = new LinkedHashMap<>();
        if (given != null) {
            given.properties()
                    .forEach(each -> wanted.put(each.getKey(), each.getValue().textValue()));
        }
        if (given == null || !given.isObject() || wanted.containsValue(null)) {
            return error(400, "bad-request", "The body needs shortcuts, an object of texts, in JSON.", Map.of());
        }
        try {
            shortcuts.keep(new OperatorId(UUID.fromString(operator)), wanted);
        } catch (Shortcuts.RefusedException e) {
            return error(422, "shortcuts", e.getMessage(), Map.of());
        }
        return new Answer(204, null, null, null);
    }

    static Answer error(int status, String code, String message, Map<String, ?> more) {
        return new Answer(status, content(code, message, more), null, null);
    }

    private static Map<String, Object> content(String code, String message, Map<String, ?> more) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put(
                "error",
                Map.of("code", code, "message", message, "id", UUID.randomUUID().toString()));
        content.putAll(more);
        return content;
    }

    private static String text(Instant instant) {
        return instant.toString();
    }
}
