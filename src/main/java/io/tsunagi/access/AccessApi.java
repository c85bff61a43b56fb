package io.tsunagi.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.web.Embedding;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Answers sign-in, sign-out and "who am I" for the routes, in the console's JSON. Safe for many threads. */
public final class AccessApi {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What the route answers.
     *
     * @param cookie value of Set-Cookie, or {@code null}
     * @param retryAfter seconds, or {@code null}
     */
    public record Answer(int status, Object content, String cookie, Long retryAfter) {}

    /** Who is signed in, as the console knows it. */
    public record Me(
            UUID id,
            String name,
            String displayName,
            String role,
            String language,
            String zone,
            String csrf,
            int undoSeconds,
            boolean stickerPictures) {}

    private final SignIn signIn;
    private final Sessions sessions;
    private final Operators operators;
    private final Clock clock;
    private final SessionCookie cookie;
    private final SessionCookie framed;
    private final Embedding embedding;
    private final int undoSeconds;
    private final boolean stickerPictures;

    public AccessApi(SignIn signIn, Sessions sessions, Operators operators, Clock clock, Settings settings) {
        this.signIn = signIn;
        this.sessions = sessions;
        this.operators = operators;
        this.clock = clock;
        this.cookie = SessionCookie.of(settings);
        this.framed = SessionCookie.embedded(settings);
        this.embedding = Embedding.of(settings);
        this.undoSeconds = settings.whole("hub.console.undo-seconds", 0, 15);
        this.stickerPictures = settings.flag("hub.line.sticker-pictures");
    }

    /**
     * Signs in.
     *
     * @param body JSON with {@code name} and {@code password}, and {@code framed} true when the screen stands in a frame of
     *     another site
     * @param origin address of the caller
     * @param before hash of the session the browser still has, or {@code null}
     */
    public Answer signIn(String body, String origin, String before) {
        JsonNode asked;
        try {
            asked = JSON.readTree(body == null ? "" : body);
        } catch (JsonProcessingException e) {
            // The parser's message quotes the body, and the body holds a password.
            return error(400, "bad-request", "The body is not JSON.", Map.of());
        }
        if (!asked.path("name").isTextual() || !asked.path("password").isTextual()) {
            return error(400, "bad-request", "The body needs name and password.", Map.of());
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
                    origin,
                    before);
        } catch (Passwords.BusyException e) {
            return new Answer(
                    503, content("busy", "Too many people sign in at this moment. Try again.", Map.of()), null, 2L);
        }
        return answer(outcome, inFrame ? framed : cookie);
    }

    private Answer answer(SignIn.Outcome outcome, SessionCookie cookie) {
        if (outcome instanceof SignIn.Outcome.Welcome welcome) {
            return new Answer(
                    200,
                    me(welcome.person(), welcome.opened().session()),
                    cookie.opened(welcome.opened().token()),
                    null);
        }
        if (outcome instanceof SignIn.Outcome.Locked locked) {
            return error(423, "locked", "Too many failed sign-ins.", Map.of("until", text(locked.until())));
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
                stickerPictures);
    }

    private static Answer error(int status, String code, String message, Map<String, String> more) {
        return new Answer(status, content(code, message, more), null, null);
    }

    private static Map<String, Object> content(String code, String message, Map<String, String> more) {
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
