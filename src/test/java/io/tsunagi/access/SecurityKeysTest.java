package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S27: security keys beside and instead of an authenticator's codes. */
@ParameterizedClass
@EnumSource(Dialect.class)
class SecurityKeysTest {
    private static final String DESK = "192.0.2.7";
    /** The session in which keys are added; only its hash counts. */
    private static final String HERE = "here";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Secret WRONG = new Secret("wrong-password-1");

    @Parameter
    Dialect dialect;

    private final SoftKey key = new SoftKey();
    private People people;
    private OwnKeys own;
    private OperatorId aoi;

    @BeforeEach
    void open() {
        open(Map.of());
    }

    private void open(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "hub.access.second-factor", "required",
                "hub.access.lock-after-failures", "3",
                "hub.http.public-url", "http://localhost:8080"));
        settings.putAll(more);
        people = People.of(dialect, settings);
        own = new OwnKeys(
                people.store,
                people.sessions,
                people.factor,
                people.audit,
                people.clock,
                people.passwords,
                people.settings);
        aoi = people.id("aoi");
    }

    private void reopen(Map<String, String> more) {
        people.close();
        open(more);
    }

    @AfterEach
    void close() {
        people.close();
    }

    private Map<String, Object> begun() {
        return ((OwnKeys.Outcome.Begun) own.begin(aoi, HERE, People.PASSWORD, DESK)).options();
    }

    private SecurityKeys.Key add() {
        return ((OwnKeys.Outcome.Added) own.add(aoi, HERE, "机の鍵", key.made(begun()), DESK)).key();
    }

    private SignIn.Outcome signIn(String proof) {
        return people.signIn.signIn("aoi", People.PASSWORD, proof == null ? null : new Secret(proof), DESK, null);
    }

    private Map<String, Object> asked() {
        return ((SignIn.Outcome.CodeNeeded) signIn(null)).key();
    }

    @Test
    void asking_for_a_key_while_too_many_passwords_are_being_checked_locks_nobody() {
        OwnKeys busy = new OwnKeys(
                people.store,
                people.sessions,
                people.factor,
                people.audit,
                people.clock,
                People.busyPasswords(),
                people.settings);
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> busy.begin(aoi, HERE, People.PASSWORD, DESK))
                    .isInstanceOf(Passwords.BusyException.class);
        }

        assertThat(own.begin(aoi, HERE, People.PASSWORD, DESK)).isInstanceOf(OwnKeys.Outcome.Begun.class);
    }

    @Test
    void a_key_lets_its_owner_in_after_the_password_and_counts_as_the_second_factor() {
        SecurityKeys.Key added = add();
        assertThat(signIn(null)).isInstanceOfSatisfying(SignIn.Outcome.CodeNeeded.class, needed -> {
            assertThat(needed.code()).as("they have no authenticator").isFalse();
            assertThat(needed.key()).containsEntry("rpId", "localhost").containsEntry("userVerification", "preferred");
            assertThat(needed.key().get("allowCredentials").toString()).contains(key.id());
        });

        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);

        assertThat(own.show(aoi).keys()).singleElement().satisfies(shown -> {
            assertThat(shown.id()).isEqualTo(added.id());
            assertThat(shown.name()).isEqualTo("机の鍵");
            assertThat(shown.usedAt()).isEqualTo(people.clock.instant());
        });
        assertThat(people.staff.find(aoi).orElseThrow().secondFactor()).isTrue();
        assertThat(people.audited("add-key")).containsExactly(aoi + " ok");
    }

    @Test
    void an_answer_is_taken_once_in_its_time_and_by_whom_it_was_asked() {
        add();
        String answer = key.signed(asked());
        assertThat(signIn(answer)).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(signIn(answer)).as("again").isEqualTo(new SignIn.Outcome.WrongCode());

        String late = key.signed(asked());
        people.clock.forward(SecurityKeys.LASTS);
        assertThat(signIn(late)).as("too late").isEqualTo(new SignIn.Outcome.WrongCode());

        Map<String, Object> first = asked();
        Map<String, Object> second = asked();
        assertThat(signIn(key.signed(second))).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(signIn(key.signed(first))).as("replaced").isEqualTo(new SignIn.Outcome.WrongCode());

        SecurityKeys keys = people.factor.keys();
        OperatorId sakura = people.id("sakura");
        String mine = key.signed(asked());
        assertThat(people.store.inTransaction(() -> keys.take(sakura, mine))).isEqualTo(SecurityKeys.Taken.NO);
    }

    @Test
    void an_answer_for_another_place_by_another_key_or_in_a_foreign_frame_is_refused() {
        add();
        refused(soft -> soft.origin = "https://localhost.evil.example");
        refused(soft -> soft.origin = "http://localhost:8081");
        refused(soft -> soft.domain = "evil.example");
        refused(soft -> soft.crossOrigin = true);
        assertThat(signIn(new SoftKey().signed(asked()))).as("another key").isEqualTo(new SignIn.Outcome.WrongCode());
        for (String broken : new String[] {
            "{}",
            "{\"id\":1}",
            "{",
            "{\"response\":{\"clientDataJSON\":\"e30\"}}",
            "{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":{\"clientDataJSON\":\"e30\","
                    + "\"authenticatorData\":\"AA\",\"signature\":\"AA\"}}",
            "{\"x\":\"" + "y".repeat(20_000) + "\"}"
        }) {
            reset();
            assertThat(signIn(broken)).as(broken).isEqualTo(new SignIn.Outcome.WrongCode());
            assertThat(own.add(aoi, HERE, "鍵", broken, DESK)).as(broken).isEqualTo(new OwnKeys.Outcome.NotTaken());
        }
    }

    /** A tag of CBOR that says it is longer than a tag can be. */
    @Test
    void a_new_keys_record_with_an_impossible_tag_is_no_error_wherever_it_stands() throws IOException {
        Map<String, Object> options = people.store.inTransaction(this::fresh);
        ObjectNode answer = (ObjectNode) JSON.readTree(new SoftKey().made(options));
        ObjectNode response = (ObjectNode) answer.get("response");
        byte[] record =
                Base64.getUrlDecoder().decode(response.get("attestationObject").textValue());
        for (int i = 0; i < record.length; i++) {
            byte[] changed = record.clone();
            changed[i] = (byte) 0xde;
            response.put(
                    "attestationObject", Base64.getUrlEncoder().withoutPadding().encodeToString(changed));

            assertThat(own.add(aoi, HERE, "鍵", answer.toString(), DESK))
                    .as("at " + i)
                    .isInstanceOfAny(OwnKeys.Outcome.NotTaken.class, OwnKeys.Outcome.Added.class);
        }
    }

    /** Cut, lengthened or with one bit turned: a no, never an error, and never a yes. */
    @ParameterizedTest
    @ValueSource(strings = {"clientDataJSON", "authenticatorData", "signature", "attestationObject"})
    void whatever_becomes_of_an_answer_on_its_way_it_is_refused_and_breaks_nothing(String part) throws IOException {
        boolean toAdd = part.equals("attestationObject");
        if (!toAdd) {
            add();
        }
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            SoftKey soft = toAdd ? new SoftKey() : key;
            Map<String, Object> options = people.store.inTransaction(
                    () -> toAdd ? fresh() : people.factor.keys().toSignIn(aoi));
            ObjectNode answer = (ObjectNode) JSON.readTree(toAdd ? soft.made(options) : soft.signed(options));
            ObjectNode response = (ObjectNode) answer.get("response");
            byte[] bytes = Base64.getUrlDecoder().decode(response.get(part).textValue());
            byte[] changed =
                    switch (i % 3) {
                        case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
                        case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
                        default -> bytes.clone();
                    };
            if (i % 3 == 2) {
                changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            }
            response.put(part, Base64.getUrlEncoder().withoutPadding().encodeToString(changed));
            String sent = answer.toString();

            if (toAdd) {
                // Nothing is signed in it: another key may come of it, an error may not.
                assertThat(own.add(aoi, HERE, "鍵", sent, DESK))
                        .isInstanceOfAny(OwnKeys.Outcome.NotTaken.class, OwnKeys.Outcome.Added.class);
                people.store.jdbc().sql("delete from security_keys").update();
            } else {
                assertThat(people.store.inTransaction(() -> people.factor.keys().take(aoi, sent)))
                        .as(sent)
                        .isEqualTo(SecurityKeys.Taken.NO);
            }
        }
    }

    private Map<String, Object> fresh() {
        return people.factor.keys().toAdd(people.operators.find(aoi).orElseThrow(), HERE);
    }

    private void refused(Consumer<SoftKey> change) {
        String origin = key.origin;
        change.accept(key);
        assertThat(signIn(key.signed(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());
        key.origin = origin;
        key.domain = "localhost";
        key.crossOrigin = false;
        reset();
    }

    /** Wrong answers lock; here each is looked at by itself. */
    private void reset() {
        people.store
                .jdbc()
                .sql("update operators set failures = 0, locked_until = null")
                .update();
    }

    @Test
    void a_copied_key_is_found_by_its_counter_refused_and_audited() {
        add();
        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        key.counter = 0;

        assertThat(signIn(key.signed(asked()))).isEqualTo(new SignIn.Outcome.ClonedKey());

        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from audit where act = 'sign-in' and detail like '%cloned-key%'")
                        .query(Long.class)
                        .single())
                .isOne();
    }

    @Test
    void wrong_answers_count_for_the_same_lock_as_wrong_passwords() {
        add();
        people.signIn.signIn("aoi", WRONG, null, DESK, null);
        assertThat(signIn(new SoftKey().signed(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());

        assertThat(signIn(new SoftKey().signed(asked()))).isInstanceOf(SignIn.Outcome.Locked.class);
        assertThat(signIn(key.signed(Map.of("challenge", "x")))).isInstanceOf(SignIn.Outcome.Locked.class);
    }

    @Test
    void where_verification_is_required_a_touch_alone_is_not_enough() {
        reopen(Map.of("hub.access.key-verification", "required"));
        key.verifies = false;
        assertThat(own.add(aoi, HERE, "鍵", key.made(begun()), DESK)).isEqualTo(new OwnKeys.Outcome.NotTaken());
        key.verifies = true;
        add();
        key.verifies = false;
        assertThat(signIn(key.signed(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());
        key.verifies = true;
        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThatThrownBy(() -> reopen(Map.of("hub.access.key-verification", "sometimes")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("discouraged, preferred or required");
        open();
    }

    @Test
    void adding_needs_the_password_and_a_fresh_answer_and_a_key_belongs_to_one_person() {
        assertThat(own.begin(aoi, HERE, WRONG, DESK)).isEqualTo(new OwnKeys.Outcome.Refused());
        Map<String, Object> options = begun();
        String made = key.made(options);
        people.clock.forward(SecurityKeys.LASTS);
        assertThat(own.add(aoi, HERE, "鍵", made, DESK)).as("too late").isEqualTo(new OwnKeys.Outcome.NotTaken());
        add();
        assertThat(begun().get("excludeCredentials").toString()).contains(key.id());
        assertThat(own.add(aoi, HERE, "鍵", key.made(begun()), DESK))
                .as("twice")
                .isEqualTo(new OwnKeys.Outcome.NotTaken());
        OperatorId sakura = people.id("sakura");
        Map<String, Object> hers = ((OwnKeys.Outcome.Begun) own.begin(sakura, HERE, People.PASSWORD, DESK)).options();
        assertThat(own.add(sakura, HERE, "鍵", key.made(hers), DESK)).isEqualTo(new OwnKeys.Outcome.NotTaken());
        assertThat(people.audited("add-key")).contains(aoi + " failed", aoi + " ok", sakura + " failed");
        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from audit where detail like '%' || ? || '%'")
                        .param(key.id())
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void a_new_keys_answer_counts_in_the_session_that_asked_for_it() {
        String made = key.made(begun());
        assertThat(own.add(aoi, "elsewhere", "鍵", made, DESK)).isEqualTo(new OwnKeys.Outcome.NotTaken());
        assertThat(own.add(aoi, HERE, "鍵", made, DESK)).isInstanceOf(OwnKeys.Outcome.Added.class);
    }

    @Test
    void an_answer_for_one_purpose_is_none_for_the_other() {
        add();
        Map<String, Object> toAdd = begun();
        assertThat(signIn(key.signed(toAdd))).as("what was for adding").isEqualTo(new SignIn.Outcome.WrongCode());
        assertThat(own.add(aoi, HERE, "鍵", new SoftKey().made(asked()), DESK))
                .as("what was for signing in")
                .isEqualTo(new OwnKeys.Outcome.NotTaken());
        assertThat(signIn(new SoftKey().made(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());
    }

    @Test
    void a_key_that_names_its_owner_names_the_right_one() {
        key.user = begun().get("user").toString().replaceFirst(".*[{ ]id=([^,}]+).*", "$1");
        add();
        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        key.user = "AAECAwQFBgcICQoLDA0ODw";
        assertThat(signIn(key.signed(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());
    }

    @Test
    void what_was_signed_over_is_not_changed() {
        add();
        String challenge = asked().get("challenge").toString();
        String answer = key.signed(Map.of("challenge", "x".repeat(43)));
        String forged = key.withChallenge(answer, challenge);
        assertThat(signIn(forged)).isEqualTo(new SignIn.Outcome.WrongCode());
        assertThat(signIn(key.signed(Map.of("challenge", challenge))))
                .as("a wrong answer uses the challenge up")
                .isEqualTo(new SignIn.Outcome.WrongCode());
    }

    @Test
    void a_row_that_is_given_to_somebody_else_opens_nothing() {
        add();
        OperatorId sakura = people.id("sakura");
        String answer = key.signed(asked());
        for (String table : new String[] {"security_keys", "key_challenges"}) {
            people.store
                    .jdbc()
                    .sql("update " + table + " set operator = ?")
                    .param(sakura.value())
                    .update();
        }

        assertThat(people.store.inTransaction(() -> people.factor.keys().take(sakura, answer)))
                .isEqualTo(SecurityKeys.Taken.NO);
    }

    @Test
    void with_a_key_that_goes_the_other_sessions_end() {
        SecurityKeys.Key first = add();
        own.add(aoi, HERE, "予備", new SoftKey().made(begun()), DESK);
        String here = people.signIn("aoi").session().hash();
        String elsewhere = people.signIn("aoi").session().hash();
        assertThat(own.remove(aoi, here, UUID.randomUUID(), People.PASSWORD, DESK))
                .isEqualTo(new OwnKeys.Outcome.Unknown());
        assertThat(people.sessions.find(elsewhere, false)).isPresent();

        own.remove(aoi, here, first.id(), People.PASSWORD, DESK);

        assertThat(people.sessions.find(here, false)).isPresent();
        assertThat(people.sessions.find(elsewhere, false)).isEmpty();
    }

    @Test
    void a_screen_reads_keys_with_the_times_they_were_made_and_used() throws IOException {
        KeysApi api = new KeysApi(own);
        String body = "{\"name\":\" 机の鍵 \",\"key\":" + key.made(begun()) + "}";
        AccessApi.Answer added = api.add(body, aoi.toString(), HERE, DESK);
        assertThat(added.status()).isEqualTo(201);
        String made = "\"name\":\"机の鍵\",\"madeAt\":\"2026-04-01T00:00:00Z\",\"usedAt\":";
        assertThat(JSON.writeValueAsString(added.content())).contains(made + "null");
        people.clock.forward(Duration.ofMinutes(1));
        signIn(key.signed(asked()));
        assertThat(JSON.writeValueAsString(api.show(aoi.toString()).content()))
                .contains(made + "\"2026-04-01T00:01:00Z\"", "\"whyNot\":null");
    }

    @Test
    void what_a_keys_name_may_be() {
        KeysApi api = new KeysApi(own);
        for (String name : new String[] {" ", "a\\u0007b", "a\\nb", "x".repeat(61)}) {
            assertThat(api.add("{\"name\":\"" + name + "\",\"key\":{}}", aoi.toString(), HERE, DESK)
                            .status())
                    .as(name)
                    .isEqualTo(422);
        }
    }

    @Test
    void wrong_passwords_at_the_keys_lock_too() {
        own.begin(aoi, HERE, WRONG, DESK);
        own.begin(aoi, HERE, WRONG, DESK);
        assertThat(own.begin(aoi, HERE, WRONG, DESK)).isInstanceOf(OwnKeys.Outcome.Locked.class);
        assertThat(own.remove(aoi, HERE, UUID.randomUUID(), People.PASSWORD, DESK))
                .isInstanceOf(OwnKeys.Outcome.Locked.class);
        assertThat(signIn(null)).isInstanceOf(SignIn.Outcome.Locked.class);
    }

    @Test
    void a_key_goes_by_its_owners_password_but_not_the_last_factor() {
        SecurityKeys.Key first = add();
        assertThat(own.remove(aoi, HERE, first.id(), People.PASSWORD, DESK)).isEqualTo(new OwnKeys.Outcome.Last());
        SoftKey spare = new SoftKey();
        own.add(aoi, HERE, "予備", spare.made(begun()), DESK);

        assertThat(own.remove(aoi, HERE, first.id(), WRONG, DESK)).isEqualTo(new OwnKeys.Outcome.Refused());
        assertThat(own.remove(aoi, HERE, UUID.randomUUID(), People.PASSWORD, DESK))
                .isEqualTo(new OwnKeys.Outcome.Unknown());
        assertThat(own.remove(aoi, HERE, first.id(), People.PASSWORD, DESK)).isEqualTo(new OwnKeys.Outcome.Removed());

        assertThat(signIn(key.signed(asked()))).isEqualTo(new SignIn.Outcome.WrongCode());
        assertThat(signIn(spare.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(people.audited("remove-key")).containsExactly(aoi + " failed", aoi + " ok");
    }

    @Test
    void an_administrator_takes_keys_away_with_the_rest_and_an_invitation_takes_a_keys_answer() {
        add();
        String token =
                people.staff.invite(aoi, people.id("admin"), DESK).address().replaceFirst(".*#", "");
        Invitations.Shown shown = people.invitations.look(token).orElseThrow();
        assertThat(shown.factor()).isNull();
        assertThat(shown.code()).isFalse();
        Secret fresh = new Secret("a-first-password-1");
        assertThat(signIn(key.signed(asked()))).isInstanceOf(SignIn.Outcome.Welcome.class);
        key.counter = 0;
        Secret copied = new Secret(key.signed(asked()));
        assertThat(people.invitations.accept(token, fresh, copied, DESK))
                .isEqualTo(new Invitations.Outcome.ClonedKey());
        key.counter = 1;
        assertThat(people.invitations.accept(token, fresh, null, DESK)).isEqualTo(new Invitations.Outcome.WrongCode());
        assertThat(people.invitations.accept(
                        token,
                        fresh,
                        new Secret(key.signed(
                                people.invitations.look(token).orElseThrow().key())),
                        DESK))
                .isInstanceOf(Invitations.Outcome.Joined.class);

        people.staff.takeFactor(aoi, people.id("admin"), DESK);

        assertThat(people.signIn.signIn("aoi", fresh, null, DESK, null))
                .isInstanceOf(SignIn.Outcome.FactorNeeded.class);
    }

    @Test
    void at_an_address_browsers_use_no_keys_at_it_is_said_what_to_set() {
        for (String address : new String[] {"http://desk.example", "https://192.0.2.1", "https://[2001:db8::1]:8443"}) {
            reopen(Map.of("hub.private.url", address, "hub.http.public-url", "https://hub.example"));
            assertThat(own.begin(aoi, HERE, People.PASSWORD, DESK))
                    .isInstanceOfSatisfying(OwnKeys.Outcome.NotHere.class, notHere -> assertThat(notHere.why())
                            .contains(address)
                            .contains("hub.private.url"));
            assertThat(own.show(aoi).whyNot()).contains(address);
        }
        reopen(Map.of("hub.private.url", "https://desk.example:8443"));
        assertThat(begun().get("rp").toString()).contains("desk.example").doesNotContain("8443");
        key.origin = "https://desk.example:8443";
        key.domain = "desk.example";
        add();
        reopen(Map.of("hub.private.url", "HTTPS://Desk.example:443/"));
        key.origin = "https://desk.example";
        add();
    }
}
