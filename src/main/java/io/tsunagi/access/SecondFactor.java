package io.tsunagi.access;

import io.nayuki.qrcodegen.QrCode;
import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Keeps people's second factors: an authenticator's secret, sealed, and recovery codes as keyed digests; and beside them their
 * security keys ({@link SecurityKeys}). A code is taken once, on whatever node (PCI DSS v4.0.1, 8.5.1); a recovery code goes
 * when it is used. Any of them is enough. With
 * {@code hub.access.second-factor=off} nobody is asked for one, whatever their role.
 *
 * <p>Every method belongs into the transaction of what it decides. Who calls counts the tries ({@link LockOut}). Safe for
 * many threads and nodes.
 */
public final class SecondFactor {
    static final int CODES = 10;

    /** A secret that a sign-in showed is made anew when it was not confirmed in this time; an invitation's lasts with its page. */
    private static final Duration TO_CONFIRM = Duration.ofMinutes(15);

    private static final String TABLE = "second_factors";
    private static final String ISSUER = "Tsunagi";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Without letters and digits that look alike. */
    private static final String LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /**
     * A secret to be put into an authenticator, shown this once.
     *
     * @param secret in base 32, to be typed
     * @param uri the same for a link or a picture ({@code otpauth:})
     * @param size of the QR code, in modules of each side
     * @param path of the QR code's dark modules, as SVG path data
     */
    public record Fresh(String secret, String uri, int size, String path) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private record Kept(String secret, Instant madeAt, boolean confirmed, long lastStep) {}

    private final Store store;
    private final Clock clock;
    private final boolean required;
    private final SecurityKeys keys;

    public SecondFactor(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.keys = new SecurityKeys(store, clock, settings);
        String word = settings.needed("hub.access.second-factor");
        if (!word.equals("required") && !word.equals("off")) {
            throw new SettingsException(
                    "The setting hub.access.second-factor is '" + word + "'; it must be required or off.");
        }
        this.required = word.equals("required");
    }

    /** Says what people should know before a start: outside the sandbox, that nobody is asked for one. */
    public static List<Finding> look(Settings settings) {
        return settings.needed("hub.access.second-factor").equals("off")
                        && !settings.profile().equals(Operators.SANDBOX)
                ? List.of(Finding.note(
                        "Nobody is asked for a second factor (hub.access.second-factor=off): whoever knows a"
                                + " password reads customers' words. Set it to required."))
                : List.of();
    }

    /** Says whether people need one. */
    public boolean required() {
        return required;
    }

    SecurityKeys keys() {
        return keys;
    }

    /** Says whether a person has one: an authenticator whose first code was right, or a key. */
    boolean has(OperatorId person) {
        return hasCode(person) || keys.has(person);
    }

    /** Says whether a person has an authenticator whose first code was right. */
    boolean hasCode(OperatorId person) {
        return kept(person).filter(Kept::confirmed).isPresent();
    }

    /** Says whether a person's second factor is one single key. */
    boolean onlyKey(OperatorId person) {
        return !hasCode(person) && keys.of(person).size() == 1;
    }

    /**
     * Makes a secret for somebody who has no factor yet; one that was shown before and not confirmed is void.
     *
     * @throws IllegalStateException when they have a factor
     */
    Fresh begin(OperatorId person, String name) {
        Store.needTransaction();
        if (has(person)) {
            throw new IllegalStateException("Operator " + person + " has a second factor");
        }
        forget(person);
        String secret = Totp.secret();
        store.jdbc()
                .sql("insert into second_factors (operator, secret, made_at, last_step) values (?, ?, ?, 0)")
                .params(person.value(), store.sealing().seal(TABLE, person.value(), secret), Store.at(clock.instant()))
                .update();
        String uri = Totp.uri(secret, ISSUER, name);
        QrCode qr = QrCode.encodeText(uri, QrCode.Ecc.MEDIUM);
        return new Fresh(secret, uri, qr.size, path(qr));
    }

    private static String path(QrCode qr) {
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < qr.size; y++) {
            for (int x = 0; x < qr.size; x++) {
                if (qr.getModule(x, y)) {
                    path.append('M').append(x).append(' ').append(y).append("h1v1h-1z");
                }
            }
        }
        return path.toString();
    }

    /** Says whether a secret was shown a moment ago and waits for its first code. */
    boolean begun(OperatorId person) {
        return kept(person)
                .filter(kept -> !kept.confirmed())
                .filter(kept -> clock.instant().isBefore(kept.madeAt().plus(TO_CONFIRM)))
                .isPresent();
    }

    /** Takes the first code of a secret that was begun, and gives the recovery codes, shown this once; empty when wrong. */
    Optional<List<String>> confirm(OperatorId person, String code) {
        Store.needTransaction();
        if (kept(person).filter(kept -> !kept.confirmed()).isEmpty() || !takeStep(person, code)) {
            return Optional.empty();
        }
        store.jdbc()
                .sql("update second_factors set confirmed_at = ? where operator = ?")
                .params(Store.at(clock.instant()), person.value())
                .update();
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < CODES; i++) {
            String fresh = recoveryCode();
            codes.add(fresh);
            store.jdbc()
                    .sql("insert into recovery_codes (id, operator, digest) values (?, ?, ?)")
                    .params(UUID.randomUUID(), person.value(), digest(person, fresh))
                    .update();
        }
        return Optional.of(codes);
    }

    /** Takes a code of the authenticator, a recovery code, or a key's answer, which is JSON; each only once. */
    SecurityKeys.Taken take(OperatorId person, String proof) {
        Store.needTransaction();
        if (proof.startsWith("{")) {
            return keys.take(person, proof);
        }
        boolean right = hasCode(person) && (takeStep(person, proof) || takeRecovery(person, proof));
        return right ? SecurityKeys.Taken.YES : SecurityKeys.Taken.NO;
    }

    /** The update's condition has the last word: two nodes that are given the same code take it once. */
    private boolean takeStep(OperatorId person, String code) {
        Kept kept = kept(person).orElseThrow();
        OptionalLong step = Totp.step(kept.secret(), code.replaceAll("\\s", ""), clock.instant(), kept.lastStep());
        return step.isPresent()
                && store.jdbc()
                                .sql("update second_factors set last_step = ? where operator = ? and last_step < ?")
                                .params(step.getAsLong(), person.value(), step.getAsLong())
                                .update()
                        == 1;
    }

    private boolean takeRecovery(OperatorId person, String code) {
        return store.jdbc()
                        .sql("delete from recovery_codes where operator = ? and digest = ?")
                        .params(person.value(), digest(person, code))
                        .update()
                == 1;
    }

    /** Takes a person's factor away with its recovery codes, and their keys. */
    void forget(OperatorId person) {
        Store.needTransaction();
        keys.forget(person);
        store.jdbc()
                .sql("delete from recovery_codes where operator = ?")
                .param(person.value())
                .update();
        store.jdbc()
                .sql("delete from second_factors where operator = ?")
                .param(person.value())
                .update();
    }

    private Optional<Kept> kept(OperatorId person) {
        return store.jdbc()
                .sql("select secret, made_at, confirmed_at, last_step from second_factors where operator = ?")
                .param(person.value())
                .query((row, i) -> new Kept(
                        store.sealing().openText(TABLE, person.value(), row.getBytes("secret")),
                        Store.instant(row.getObject("made_at")),
                        row.getObject("confirmed_at") != null,
                        row.getLong("last_step")))
                .optional();
    }

    /** Sixty bits, in three groups. */
    private static String recoveryCode() {
        StringBuilder code = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            code.append(i > 0 && i % 4 == 0 ? "-" : "").append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return code.toString();
    }

    private String digest(OperatorId person, String code) {
        return store.sealing().lookup(person + " " + code.replaceAll("[\\s-]", ""));
    }
}
