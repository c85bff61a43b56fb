package io.tsunagi.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestationObjectConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.attestation.AttestationObject;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.client.CollectedClientData;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.server.ServerProperty;
import com.webauthn4j.util.exception.WebAuthnException;
import com.webauthn4j.verifier.exception.MaliciousCounterValueException;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import io.tsunagi.web.Doors;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps people's security keys and passkeys (W3C Web Authentication, Level 2) and checks what they answer. A key is bound to
 * the address people's browsers reach the console by; a challenge is answered once, in {@link #LASTS}, by the person it was
 * made for, and a new key's in the session that asked for it. A key whose counter does not move on was copied, and its answer counts for nothing. No attestation is asked for:
 * of what make a key is stays its owner's matter.
 *
 * <p>Every method but {@link #whyNot} belongs into the transaction of what it decides. Who calls counts the tries
 * ({@link LockOut}) and audits. Safe for many threads and nodes.
 */
final class SecurityKeys {
    /** What became of an answer. */
    enum Taken {
        YES,
        NO,
        /** The signature is right, but the key's counter stood still or went back. */
        CLONED
    }

    /**
     * A key as its owner knows it.
     *
     * @param usedAt null when it was not used yet
     */
    record Key(UUID id, String name, Instant madeAt, Instant usedAt) {}

    /** How long a challenge waits for its answer. */
    static final Duration LASTS = Duration.ofMinutes(5);

    static final int MOST = 10;

    private static final Logger LOG = LoggerFactory.getLogger(SecurityKeys.class);
    private static final String TABLE = "security_keys";
    private static final String ADD = "add";
    private static final String SIGN_IN = "sign-in";
    /** Who signs in has none yet: the password is sent again with the answer. */
    private static final String NO_SESSION = "";

    private static final int LONGEST_ANSWER = 16_000;
    private static final Set<String> POLICIES = Set.of("discouraged", "preferred", "required");
    private static final String VERIFICATION = "hub.access.key-verification";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    /** ES256, EdDSA and RS256, in the order they are wanted. */
    private static final List<COSEAlgorithmIdentifier> ALGORITHMS =
            List.of(COSEAlgorithmIdentifier.ES256, COSEAlgorithmIdentifier.EdDSA, COSEAlgorithmIdentifier.RS256);

    private record Kept(UUID id, AttestationObject record, long counter) {
        String credential() {
            return TEXT.encodeToString(
                    record.getAuthenticatorData().getAttestedCredentialData().getCredentialId());
        }
    }

    private final Store store;
    private final Clock clock;
    private final String verification;
    private final String address;
    private final String domain;
    private final String origin;
    private final ObjectConverter converter = new ObjectConverter();
    private final WebAuthnManager manager = WebAuthnManager.createNonStrictWebAuthnManager(converter);
    private final AttestationObjectConverter records = new AttestationObjectConverter(converter);

    /** @throws SettingsException when {@code hub.access.key-verification} is none of its three words */
    SecurityKeys(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.verification = settings.needed(VERIFICATION);
        if (!POLICIES.contains(verification)) {
            throw new SettingsException("The setting " + VERIFICATION + " is '" + verification
                    + "'; it must be discouraged, preferred or required.");
        }
        URI console = Doors.consoleUri(settings);
        this.address = console.toString();
        this.domain = console.getHost() == null ? "" : console.getHost().toLowerCase(Locale.ROOT);
        String scheme = String.valueOf(console.getScheme()).toLowerCase(Locale.ROOT);
        this.origin = scheme + "://" + domain + (console.getPort() < 0 ? "" : ":" + console.getPort());
    }

    /** Says what keeps browsers from using keys at the console's address; empty when nothing does. */
    Optional<String> whyNot() {
        boolean here = "localhost".equals(domain);
        boolean named = domain.matches("[^:]*[a-z]");
        if (here || named && origin.startsWith("https://")) {
            return Optional.empty();
        }
        return Optional.of("Browsers use security keys at https:// and a name only. The console's address is " + address
                + "; set hub.private.url (or hub.http.public-url) to the one people type.");
    }

    boolean has(OperatorId person) {
        return store.jdbc()
                        .sql("select count(*) from security_keys where operator = ?")
                        .param(person.value())
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Gives a person's keys, the oldest first. */
    List<Key> of(OperatorId person) {
        return store.jdbc()
                .sql("select id, name, made_at, used_at from security_keys where operator = ? order by made_at, id")
                .param(person.value())
                .query((row, i) -> new Key(
                        row.getObject("id", UUID.class),
                        row.getString("name"),
                        Store.instant(row.getObject("made_at")),
                        Store.instant(row.getObject("used_at"))))
                .list();
    }

    /** What a record begins with before it is sealed: who can only write rows gives nobody's key to somebody else. */
    private static String owner(OperatorId person) {
        return person + " ";
    }

    private List<Kept> kept(OperatorId person) {
        return store
                .jdbc()
                .sql("select id, record, counter from security_keys where operator = ? order by made_at, id")
                .param(person.value())
                .query((row, i) -> {
                    UUID id = row.getObject("id", UUID.class);
                    String record = store.sealing().openText(TABLE, id, row.getBytes("record"));
                    return record.startsWith(owner(person))
                            ? Optional.of(new Kept(
                                    id,
                                    records.convert(
                                            record.substring(owner(person).length())),
                                    row.getLong("counter")))
                            : Optional.<Kept>empty();
                })
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Gives what a browser makes a new key from ({@code PublicKeyCredentialCreationOptionsJSON}).
     *
     * @param session hash of the session that asks, the only one that may answer
     */
    Map<String, Object> toAdd(Person of, String session) {
        OperatorId person = of.id();
        String user = TEXT.encodeToString(handle(person));
        return Map.of(
                "rp", Map.of("id", domain, "name", "Tsunagi"),
                "user", Map.of("id", user, "name", of.name(), "displayName", of.displayName()),
                "challenge", challenge(person, ADD, session),
                "timeout", LASTS.toMillis(),
                "pubKeyCredParams",
                        ALGORITHMS.stream()
                                .map(each -> Map.of("type", "public-key", "alg", each.getValue()))
                                .toList(),
                "excludeCredentials", named(kept(person)),
                "authenticatorSelection", Map.of("residentKey", "discouraged", "userVerification", verification),
                "attestation", "none");
    }

    /** Gives what a browser asks a key with ({@code PublicKeyCredentialRequestOptionsJSON}); empty when there is none to ask. */
    Map<String, Object> toSignIn(OperatorId person) {
        List<Kept> keys = whyNot().isPresent() ? List.of() : kept(person);
        return keys.isEmpty()
                ? Map.of()
                : Map.of(
                        "challenge", challenge(person, SIGN_IN, NO_SESSION),
                        "timeout", LASTS.toMillis(),
                        "rpId", domain,
                        "allowCredentials", named(keys),
                        "userVerification", verification);
    }

    /** What a key knows its owner by. */
    private static byte[] handle(OperatorId person) {
        return ByteBuffer.allocate(16)
                .putLong(person.value().getMostSignificantBits())
                .putLong(person.value().getLeastSignificantBits())
                .array();
    }

    private static List<Map<String, String>> named(List<Kept> keys) {
        return keys.stream()
                .map(key -> Map.of("type", "public-key", "id", key.credential()))
                .toList();
    }

    /** An earlier one of the same purpose is void. */
    private String challenge(OperatorId person, String purpose, String session) {
        Store.needTransaction();
        String challenge = Sessions.random(32);
        Map<String, Object> row = Map.of(
                "operator", person.value(),
                "purpose", purpose,
                "digest", digest(challenge, session),
                "ends", Store.at(clock.instant().plus(LASTS)));
        store.jdbc().sql("""
                        insert into key_challenges (operator, purpose, digest, ends_at)
                        values (:operator, :purpose, :digest, :ends) on conflict do nothing
                        """).params(row).update();
        store.jdbc().sql("""
                        update key_challenges set digest = :digest, ends_at = :ends
                        where operator = :operator and purpose = :purpose
                        """).params(row).update();
        return challenge;
    }

    private static String digest(String challenge, String session) {
        return Sessions.hash(challenge + " " + session);
    }

    /**
     * Uses the challenge up that an answer names; empty when it is not this person's or session's, over, or was answered
     * before.
     */
    private Optional<ServerProperty> answered(
            OperatorId person, String purpose, String session, CollectedClientData client) {
        Store.needTransaction();
        if (client == null || client.getChallenge() == null || Boolean.TRUE.equals(client.getCrossOrigin())) {
            return Optional.empty();
        }
        String challenge = TEXT.encodeToString(client.getChallenge().getValue());
        boolean open = store.jdbc()
                        .sql("delete from key_challenges"
                                + " where operator = ? and purpose = ? and digest = ? and ends_at > ?")
                        .params(person.value(), purpose, digest(challenge, session), Store.at(clock.instant()))
                        .update()
                == 1;
        return open
                ? Optional.of(new ServerProperty(new Origin(origin), domain, client.getChallenge()))
                : Optional.empty();
    }

    /** Says whether a browser's answer has its parts: the library takes them for granted. */
    private static boolean whole(String answer, String... parts) {
        try {
            JsonNode json = answer.length() > LONGEST_ANSWER ? NullNode.getInstance() : JSON.readTree(answer);
            JsonNode response = json.path("response");
            return Stream.of("id", "rawId", "type")
                            .allMatch(part -> json.path(part).isTextual())
                    && response.path("clientDataJSON").isTextual()
                    && Stream.of(parts).allMatch(part -> response.path(part).isTextual());
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /**
     * Keeps a new key.
     *
     * @param session hash of the session that asked for the options
     * @param answer {@code RegistrationResponseJSON} of the browser
     * @return empty when the answer is not right, or somebody has the key
     */
    Optional<Key> add(OperatorId person, String session, String name, String answer) {
        Store.needTransaction();
        try {
            if (!whole(answer, "attestationObject")) {
                return Optional.empty();
            }
            RegistrationData data = manager.parseRegistrationResponseJSON(answer);
            Optional<ServerProperty> server = answered(person, ADD, session, data.getCollectedClientData());
            if (server.isEmpty() || data.getAttestationObject() == null) {
                return Optional.empty();
            }
            List<PublicKeyCredentialParameters> wanted = ALGORITHMS.stream()
                    .map(each -> new PublicKeyCredentialParameters(PublicKeyCredentialType.PUBLIC_KEY, each))
                    .toList();
            manager.verify(
                    data, new RegistrationParameters(server.get(), wanted, verification.equals("required"), true));
            return keep(person, name, data.getAttestationObject());
        } catch (WebAuthnException | UncheckedIOException | IllegalArgumentException e) {
            LOG.debug("A new key's answer is refused", e);
            return Optional.empty();
        }
    }

    private Optional<Key> keep(OperatorId person, String name, AttestationObject record) {
        UUID id = UUID.randomUUID();
        Instant now = clock.instant();
        long counter = record.getAuthenticatorData().getSignCount();
        int made = store.jdbc()
                .sql("""
                        insert into security_keys (id, operator, name, digest, record, counter, made_at)
                        values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing
                        """)
                .params(
                        id,
                        person.value(),
                        name,
                        Sessions.hash(new Kept(id, record, counter).credential()),
                        store.sealing().seal(TABLE, id, owner(person) + records.convertToBase64urlString(record)),
                        counter,
                        Store.at(now))
                .update();
        return made == 1 ? Optional.of(new Key(id, name, now, null)) : Optional.empty();
    }

    /**
     * Takes a key's answer to the challenge of {@link #toSignIn}.
     *
     * @param answer {@code AuthenticationResponseJSON} of the browser
     */
    Taken take(OperatorId person, String answer) {
        Store.needTransaction();
        try {
            if (!whole(answer, "authenticatorData", "signature")) {
                return Taken.NO;
            }
            AuthenticationData data = manager.parseAuthenticationResponseJSON(answer);
            String credential = TEXT.encodeToString(data.getCredentialId());
            Optional<ServerProperty> server = answered(person, SIGN_IN, NO_SESSION, data.getCollectedClientData());
            Optional<Kept> key = kept(person).stream()
                    .filter(each -> each.credential().equals(credential))
                    .findFirst();
            // Keys that know their owner say so; what they say must fit (W3C Web Authentication, Level 2, 7.2, step 6).
            boolean theirs = data.getUserHandle() == null || Arrays.equals(data.getUserHandle(), handle(person));
            return server.isPresent() && key.isPresent() && theirs ? check(data, server.get(), key.get()) : Taken.NO;
        } catch (MaliciousCounterValueException e) {
            return Taken.CLONED;
        } catch (WebAuthnException | UncheckedIOException | IllegalArgumentException e) {
            LOG.debug("A key's answer is refused", e);
            return Taken.NO;
        }
    }

    /** The update's condition has the last word over two answers that nodes look at in the same moment. */
    private Taken check(AuthenticationData data, ServerProperty server, Kept key) {
        CredentialRecordImpl known = new CredentialRecordImpl(key.record(), null, null, null);
        known.setCounter(key.counter());
        manager.verify(
                data,
                new AuthenticationParameters(
                        server, known, List.of(data.getCredentialId()), verification.equals("required"), true));
        long counter = data.getAuthenticatorData().getSignCount();
        int moved = store.jdbc()
                .sql("""
                        update security_keys set counter = :counter, used_at = :now
                        where id = :id and (counter < :counter or counter = 0 and :counter = 0)
                        """)
                .param("counter", counter)
                .param("now", Store.at(clock.instant()))
                .param("id", key.id())
                .update();
        return moved == 1 ? Taken.YES : Taken.CLONED;
    }

    /** Takes one of a person's keys away; empty when they have none by this id. */
    Optional<Key> remove(OperatorId person, UUID id) {
        Store.needTransaction();
        Optional<Key> key =
                of(person).stream().filter(each -> each.id().equals(id)).findFirst();
        key.ifPresent(found -> store.jdbc()
                .sql("delete from security_keys where id = ?")
                .param(id)
                .update());
        return key;
    }

    /** Takes all of a person's keys away. */
    void forget(OperatorId person) {
        Store.needTransaction();
        store.jdbc()
                .sql("delete from key_challenges where operator = ?")
                .param(person.value())
                .update();
        store.jdbc()
                .sql("delete from security_keys where operator = ?")
                .param(person.value())
                .update();
    }
}
