package io.tsunagi.access;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps who is signed in. The browser holds a token of 256 random bits, the database its SHA-256, so that a copy of the
 * database opens no session.
 *
 * <p>A session ends after {@code hub.access.session-idle} without activity of its person, at the latest
 * {@code hub.access.session-longest} after sign-in, when its person is disabled, or at sign-out; each of these at once
 * on all nodes. What a screen asks for by itself, such as a feed, is no activity (PCI DSS v4.0.1, 8.2.8). Activity is
 * written down at most every twentieth of the idle time, so a session may end that much early, never late. Safe for many
 * threads and nodes.
 */
public final class Sessions {
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * A session that is alive.
     *
     * @param hash names it in the database; also given to routes as the header {@code tsunagi-session}
     * @param csrf what every changing request must repeat
     * @param endsAt when it ends whatever its person does
     */
    public record Session(String hash, OperatorId operator, String csrf, Instant endsAt) {
        public Session {
            Objects.requireNonNull(hash);
            Objects.requireNonNull(operator);
            Objects.requireNonNull(csrf);
            Objects.requireNonNull(endsAt);
        }

        @Override
        public String toString() {
            return "Session[" + hash.substring(0, 8) + "… of " + operator + " until " + endsAt + "]";
        }
    }

    /** A session just opened; the token is shown this once. */
    public record Opened(String token, Session session) {
        @Override
        public String toString() {
            return "Opened[token=[hidden], " + session + "]";
        }
    }

    private record Row(Session session, Instant usedAt) {}

    private final Store store;
    private final Clock clock;
    private final Duration idle;
    private final Duration longest;

    public Sessions(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.idle = settings.duration("hub.access.session-idle");
        this.longest = settings.duration("hub.access.session-longest");
    }

    /** Opens a session in the running transaction. */
    public Opened open(OperatorId operator) {
        Store.needTransaction();
        Instant now = clock.instant();
        String token = random(32);
        Session session = new Session(hash(token), operator, random(24), now.plus(longest));
        store.jdbc()
                .sql("""
                        insert into sessions (id, operator, csrf, created_at, used_at, ends_at)
                        values (:id, :operator, :csrf, :now, :now, :ends)
                        """)
                .param("id", session.hash())
                .param("operator", operator.value())
                .param("csrf", session.csrf())
                .param("now", Store.at(now))
                .param("ends", Store.at(session.endsAt()))
                .update();
        return new Opened(token, session);
    }

    /** Gives a living session by its hash; {@code active} says that its person did something. */
    public Optional<Session> find(String hash, boolean active) {
        Instant now = clock.instant();
        Optional<Row> found = store.jdbc()
                .sql("""
                        select s.operator, s.csrf, s.used_at, s.ends_at from sessions s join operators o on o.id = s.operator
                        where s.id = :id and s.ends_at > :now and s.used_at > :idleSince and o.disabled_at is null
                        """)
                .param("id", hash)
                .param("now", Store.at(now))
                .param("idleSince", Store.at(now.minus(idle)))
                .query((row, i) -> new Row(
                        new Session(
                                hash,
                                new OperatorId(row.getObject("operator", UUID.class)),
                                row.getString("csrf"),
                                Store.instant(row.getObject("ends_at"))),
                        Store.instant(row.getObject("used_at"))))
                .optional();
        if (active
                && found.isPresent()
                && found.get().usedAt().plus(idle.dividedBy(20)).isBefore(now)) {
            store.jdbc()
                    .sql("update sessions set used_at = :now where id = :id and used_at < :now")
                    .param("now", Store.at(now))
                    .param("id", hash)
                    .update();
        }
        return found.map(Row::session);
    }

    /** Gives those of the named sessions that are alive, in one question and without keeping any alive. */
    public Set<String> alive(Collection<String> hashes) {
        if (hashes.isEmpty()) {
            return Set.of();
        }
        Instant now = clock.instant();
        return new HashSet<>(store.jdbc()
                .sql("""
                        select s.id from sessions s join operators o on o.id = s.operator
                        where s.id = any(:ids) and s.ends_at > :now and s.used_at > :idleSince and o.disabled_at is null
                        """)
                .param("ids", hashes.toArray(String[]::new))
                .param("now", Store.at(now))
                .param("idleSince", Store.at(now.minus(idle)))
                .query(String.class)
                .list());
    }

    /** Ends a session; ending it again changes nothing. */
    public void end(String hash) {
        store.jdbc().sql("delete from sessions where id = ?").param(hash).update();
    }

    /** Ends all sessions of a person but one; {@code null} ends all. */
    void endAll(OperatorId operator, String but) {
        store.jdbc()
                .sql("delete from sessions where operator = ? and id <> ?")
                .params(operator.value(), but == null ? "" : but)
                .update();
    }

    /** Gives the name under which the database keeps a token's session. */
    public static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    /** Gives random bytes as a word for addresses and headers. */
    static String random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}
