package io.tsunagi.access;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.config.Secret;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Answers what people do with their own security keys for the routes, in the console's JSON. Safe for many threads. */
public final class KeysApi {
    private static final int LONGEST_NAME = 60;

    private final OwnKeys keys;

    public KeysApi(OwnKeys keys) {
        this.keys = keys;
    }

    /** Gives the caller's keys; {@code whyNot} says why none can be added. */
    public AccessApi.Answer show(String operator) {
        OwnKeys.Shown shown = keys.show(id(operator));
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("keys", shown.keys().stream().map(KeysApi::key).toList());
        content.put("whyNot", shown.whyNot());
        return new AccessApi.Answer(200, content, null, null);
    }

    /** Takes {@code password} and gives what the browser makes a key from ({@code PublicKeyCredentialCreationOptionsJSON}). */
    public AccessApi.Answer begin(String body, String operator, String session, String origin) {
        JsonNode asked = AccessApi.read(body, "password");
        if (asked == null) {
            return bad("The body needs the password, in JSON.");
        }
        try {
            return answer(keys.begin(id(operator), session, password(asked), origin));
        } catch (Passwords.BusyException e) {
            return AccessApi.busy();
        }
    }

    /** Takes {@code name} and {@code key}, the browser's {@code RegistrationResponseJSON}. */
    public AccessApi.Answer add(String body, String operator, String session, String origin) {
        JsonNode asked = AccessApi.read(body, "name");
        String name = asked == null ? "" : asked.get("name").textValue().strip();
        if (asked == null || !asked.path("key").isObject()) {
            return bad("The body needs name and key, in JSON.");
        }
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            return AccessApi.error(
                    422, "name", "A key's name has 1 to " + LONGEST_NAME + " letters, in one line.", Map.of());
        }
        return answer(keys.add(id(operator), session, name, asked.get("key").toString(), origin));
    }

    /** Takes one of the caller's keys away, by their {@code password}. */
    public AccessApi.Answer remove(String body, String operator, String session, String key, String origin) {
        JsonNode asked = AccessApi.read(body, "password");
        if (asked == null) {
            return bad("The body needs the password, in JSON.");
        }
        UUID id;
        try {
            id = UUID.fromString(key);
        } catch (IllegalArgumentException e) {
            return answer(new OwnKeys.Outcome.Unknown());
        }
        try {
            return answer(keys.remove(id(operator), session, id, password(asked), origin));
        } catch (Passwords.BusyException e) {
            return AccessApi.busy();
        }
    }

    /** The routes' JSON knows no times: they are written as text. */
    private static Map<String, Object> key(SecurityKeys.Key key) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("id", key.id().toString());
        content.put("name", key.name());
        content.put("madeAt", key.madeAt().toString());
        content.put("usedAt", key.usedAt() == null ? null : key.usedAt().toString());
        return content;
    }

    private static AccessApi.Answer answer(OwnKeys.Outcome outcome) {
        if (outcome instanceof OwnKeys.Outcome.Begun begun) {
            return new AccessApi.Answer(200, begun.options(), null, null);
        }
        if (outcome instanceof OwnKeys.Outcome.Added added) {
            return new AccessApi.Answer(201, key(added.key()), null, null);
        }
        if (outcome instanceof OwnKeys.Outcome.Removed) {
            return new AccessApi.Answer(204, null, null, null);
        }
        if (outcome instanceof OwnKeys.Outcome.Locked locked) {
            return AccessApi.locked(locked.until());
        }
        if (outcome instanceof OwnKeys.Outcome.NotHere notHere) {
            return AccessApi.error(409, "keys-not-here", notHere.why(), Map.of());
        }
        if (outcome instanceof OwnKeys.Outcome.NotTaken) {
            return AccessApi.error(422, "key-not-taken", "The key's answer is not right, or came too late.", Map.of());
        }
        if (outcome instanceof OwnKeys.Outcome.Last) {
            return AccessApi.error(409, "last-factor", "It is your only second factor.", Map.of());
        }
        if (outcome instanceof OwnKeys.Outcome.Full) {
            return AccessApi.error(409, "keys-full", "You have " + SecurityKeys.MOST + " keys.", Map.of());
        }
        return outcome instanceof OwnKeys.Outcome.Unknown
                ? AccessApi.error(404, "not-found", "You have no such key.", Map.of())
                : AccessApi.error(422, "wrong-password", "The password is wrong.", Map.of());
    }

    private static AccessApi.Answer bad(String message) {
        return AccessApi.error(400, "bad-request", message, Map.of());
    }

    private static Secret password(JsonNode asked) {
        return new Secret(asked.get("password").textValue());
    }

    private static OperatorId id(String operator) {
        return new OperatorId(UUID.fromString(operator));
    }
}
