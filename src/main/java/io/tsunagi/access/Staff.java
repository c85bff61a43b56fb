package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Keeps the people as administrators see and change them. Every change is audited with who did it. One administrator who
 * may sign in always stays: two who take each other's access away at the same moment are decided one after the other. Safe
 * for many threads and nodes.
 */
public final class Staff {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,63}");
    private static final int MOST_CAPACITY = 50;
    private static final Duration LONG_AGO = Duration.ofDays(1);

    /**
     * A person as the list shows them.
     *
     * @param team null for who takes no inquiries, as are the skills, languages and capacity of their seat
     * @param state {@code active}, {@code invited} (never signed in yet), {@code disabled}, or {@code unused} for too long
     * @param secondFactor whether they have set one up
     * @param invitedUntil when their open link ends; null when there is none
     * @param bySettings whether the settings say who this is, at each start, until an administrator does
     */
    public record Member(
            UUID id,
            String name,
            String displayName,
            String nickname,
            String role,
            String language,
            String zone,
            String team,
            List<String> skills,
            List<String> languages,
            Integer capacity,
            String state,
            boolean secondFactor,
            Instant lastSeen,
            Instant lockedUntil,
            Instant invitedUntil,
            boolean bySettings) {}

    /** A part of the list, by name. */
    public record Page(List<Member> people, int total, int offset) {}

    /**
     * What an administrator says about a person.
     *
     * @param nickname what customers see; empty for the account only
     * @param team of the seat; empty for who takes no inquiries
     * @param capacity most units of work at the same time
     */
    public record Form(
            String displayName,
            String nickname,
            Role role,
            String language,
            String zone,
            String team,
            List<String> skills,
            List<String> languages,
            int capacity) {

        /** @throws IllegalArgumentException with what to do about it */
        public Form {
            need(!displayName.isBlank() && displayName.length() <= 80, "A name has 1 to 80 letters.");
            need(
                    Operators.nicknameFits(nickname),
                    "LINE takes nicknames of at most 20 letters, and none that holds \"LINE\".");
            need(language.equals("ja") || language.equals("en"), "The language of the screens is ja or en.");
            // What is written as a difference, such as +09:00, databases read with the other sign.
            need(
                    ZoneId.getAvailableZoneIds().contains(zone),
                    "There is no time zone '" + zone + "'; write one such as Asia/Tokyo.");
            need(team.isEmpty() || WORD.matcher(team).matches(), "A team is one word of at most 64 letters.");
            need(
                    !team.isEmpty() || (role != Role.OPERATOR && role != Role.SUPERVISOR),
                    "Operators and supervisors need a team.");
            skills = words(skills, 400, "Skills");
            languages = words(languages, 200, "Languages");
            need(capacity >= 1 && capacity <= MOST_CAPACITY, "A capacity is 1 to " + MOST_CAPACITY + ".");
        }

        private static List<String> words(List<String> words, int most, String what) {
            need(
                    words.stream().allMatch(word -> WORD.matcher(word).matches())
                            && String.join(",", words).length() <= most,
                    what + " are words of letters, digits, '.', '_' and '-', with commas between them.");
            return List.copyOf(words);
        }

        private static void need(boolean fits, String otherwise) {
            if (!fits) {
                throw new IllegalArgumentException(otherwise);
            }
        }
    }

    /** A change that is refused as things are; {@link #code} is one word for the screen. */
    public static final class NotPossibleException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;

        NotPossibleException(String code, String message) {
            super(message);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    private final Store store;
    private final Sessions sessions;
    private final SecondFactor factor;
    private final Invitations invitations;
    private final Signals signals;
    private final Audit audit;
    private final Clock clock;
    private final Duration unusedFor;
    private final Set<String> named = new HashSet<>();

    public Staff(
            Store store,
            Sessions sessions,
            SecondFactor factor,
            Invitations invitations,
            Signals signals,
            Audit audit,
            Clock clock,
            Settings settings) {
        this.store = store;
        this.sessions = sessions;
        this.factor = factor;
        this.invitations = invitations;
        this.signals = signals;
        this.audit = audit;
        this.clock = clock;
        this.unusedFor = settings.duration("hub.access.unused-for");
        this.named.addAll(settings.list("hub.access.staff"));
        this.named.addAll(settings.list("hub.access.people"));
    }

    /**
     * Gives a part of the list.
     *
     * @param query what a name, shown name or team begins with or holds; empty for everybody
     */
    public Page page(String query, int offset, int limit) {
        String like = "%" + query.strip().toLowerCase(java.util.Locale.ROOT).replaceAll("([\\\\%_])", "\\\\$1") + "%";
        int total = store.jdbc()
                .sql("select count(*) " + FOUND)
                .param("like", like)
                .query(Integer.class)
                .single();
        List<Member> people = store.jdbc()
                .sql(COLUMNS + FOUND + " order by o.name limit :limit offset :offset")
                .param("like", like)
                .param("now", Store.at(clock.instant()))
                .param("limit", limit)
                .param("offset", offset)
                .query((row, i) -> member(row))
                .list();
        return new Page(people, total, offset);
    }

    private static final String COLUMNS = """
            select o.id, o.name, o.display_name, o.nickname, o.role, o.language, o.zone, o.password_hash, o.locked_until,
                   o.disabled_at, o.created_at, o.last_seen, o.joined_at, o.kept_at, s.team, s.skills, s.languages,
                   s.capacity, f.confirmed_at,
                   (select count(*) from security_keys k where k.operator = o.id) as keys,
                   case when i.ends_at > :now then i.ends_at end as invited_until
            """;
    private static final String FROM = """
            from operators o
            left join seats s on s.operator = o.id
            left join second_factors f on f.operator = o.id
            left join invitations i on i.operator = o.id
            """;
    private static final String FOUND = FROM + """
            where lower(o.name) like :like or lower(o.display_name) like :like or lower(s.team) like :like
            """;

    /** Gives one person. */
    public Optional<Member> find(OperatorId id) {
        return store.jdbc()
                .sql(COLUMNS + FROM + " where o.id = :id")
                .param("id", id.value())
                .param("now", Store.at(clock.instant()))
                .query((row, i) -> member(row))
                .optional();
    }

    private Member member(ResultSet row) throws SQLException {
        Instant now = clock.instant();
        Instant locked = Store.instant(row.getObject("locked_until"));
        boolean seated = row.getString("team") != null && !row.getString("team").isEmpty();
        String state;
        if (row.getObject("disabled_at") != null) {
            state = "disabled";
        } else if (row.getString("password_hash") == null && row.getObject("last_seen") == null) {
            state = "invited";
        } else {
            state = inUse(row) ? "active" : "unused";
        }
        return new Member(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getString("display_name"),
                row.getString("nickname"),
                row.getString("role"),
                row.getString("language"),
                row.getString("zone"),
                seated ? row.getString("team") : null,
                seated ? list(row.getString("skills")) : List.of(),
                seated ? list(row.getString("languages")) : List.of(),
                seated ? row.getInt("capacity") : null,
                state,
                row.getObject("confirmed_at") != null || row.getInt("keys") > 0,
                Store.instant(row.getObject("last_seen")),
                locked != null && now.isBefore(locked) ? locked : null,
                Store.instant(row.getObject("invited_until")),
                row.getObject("kept_at") == null && named.contains(row.getString("name")));
    }

    private boolean inUse(ResultSet row) throws SQLException {
        return clock.instant().isBefore(Operators.used(row).plus(unusedFor));
    }

    private static List<String> list(String words) {
        return Arrays.stream(words.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /**
     * Adds somebody, who cannot sign in before they used an invitation.
     *
     * @param name what they type to sign in; stays
     * @throws IllegalArgumentException with what to do about a name that does not fit
     * @throws NotPossibleException when somebody has the name
     */
    public Member add(String name, Form form, OperatorId by, String origin) {
        String plain = Operators.plain(name);
        if (!Operators.nameFits(plain)) {
            throw new IllegalArgumentException(
                    "A name to sign in with has up to 80 of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit.");
        }
        OperatorId id = Operators.staffId(plain);
        return store.inTransaction(() -> {
            boolean taken = store.jdbc()
                    .sql("select id from operators where name = ?")
                    .param(plain)
                    .query((row, i) -> true)
                    .optional()
                    .orElse(false);
            int made = taken
                    ? 0
                    : store.jdbc()
                            .sql("""
                                    insert into operators
                                        (id, name, display_name, role, language, zone, failures, created_at, kept_at)
                                    values (:id, :name, :displayName, :role, :language, :zone, 0, :now, :now)
                                    on conflict do nothing
                                    """)
                            .param("id", id.value())
                            .param("name", plain)
                            .param("displayName", form.displayName())
                            .param("role", form.role().word())
                            .param("language", form.language())
                            .param("zone", form.zone())
                            .param("now", Store.at(clock.instant()))
                            .update();
            if (made == 0) {
                throw new NotPossibleException("name-taken", "Somebody is called " + plain + " already.");
            }
            keep(id, form);
            audit(by, "make-operator", id, origin, Map.of("role", form.role().word()));
            return find(id).orElseThrow();
        });
    }

    /**
     * Changes somebody. With another role they are signed out: what they may do holds from their next sign-in.
     *
     * @throws NotPossibleException when there is no such person, or the last administrator would be none
     */
    public Member change(OperatorId id, Form form, OperatorId by, String origin) {
        return store.inTransaction(() -> {
            Role before = lock(id, form.role() != Role.ADMIN);
            keep(id, form);
            if (before != form.role()) {
                sessions.endAll(id, null);
                leaveSeat(id);
            }
            audit(by, "change-operator", id, origin, Map.of("role", form.role().word(), "before", before.word()));
            return find(id).orElseThrow();
        });
    }

    private void keep(OperatorId id, Form form) {
        store.jdbc()
                .sql("""
                        update operators set display_name = :displayName, nickname = :nickname, role = :role,
                            language = :language, zone = :zone, kept_at = :now
                        where id = :id
                        """)
                .param("displayName", form.displayName())
                .param("nickname", form.nickname().isEmpty() ? null : form.nickname(), java.sql.Types.VARCHAR)
                .param("role", form.role().word())
                .param("language", form.language())
                .param("zone", form.zone())
                .param("now", Store.at(clock.instant()))
                .param("id", id.value())
                .update();
        if (form.team().isEmpty()) {
            // The seat stays for what is still open there; without a team, and for these roles, nothing new comes to
            // it.
            store.jdbc()
                    .sql("update seats set team = '' where operator = ?")
                    .param(id.value())
                    .update();
        } else {
            new SeatPlan(
                            form.team(),
                            String.join(",", form.skills()),
                            String.join(",", form.languages()),
                            form.capacity())
                    .keep(store, id, clock.instant());
        }
        signals.send(Signals.Kind.ASSIGNMENT);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /**
     * Takes somebody's access away at once: their sessions end with it, an open invitation too, and what they have open goes
     * back into the waiting line within seconds.
     *
     * @throws NotPossibleException when there is no such person, or it is the last administrator
     */
    public Member disable(OperatorId id, OperatorId by, String origin) {
        return store.inTransaction(() -> {
            lock(id, true);
            store.jdbc()
                    .sql("update operators set disabled_at = ?, kept_at = ? where id = ? and disabled_at is null")
                    .params(Store.at(clock.instant()), Store.at(clock.instant()), id.value())
                    .update();
            sessions.endAll(id, null);
            invitations.remove(id);
            leaveSeat(id);
            signals.send(Signals.Kind.ASSIGNMENT);
            signals.send(Signals.Kind.WORKSPACE);
            audit(by, "disable-operator", id, origin, null);
            return find(id).orElseThrow();
        });
    }

    /** Gives somebody the role that a provider says, in the running transaction; what they may do holds from this sign-in. */
    void followProvider(OperatorId id, Role before, Role now, String origin) {
        store.jdbc()
                .sql("update operators set role = ? where id = ?")
                .params(now.word(), id.value())
                .update();
        sessions.endAll(id, null);
        leaveSeat(id);
        audit.write(
                Audit.HUB,
                "change-operator",
                "operator/" + id,
                Audit.OK,
                origin,
                Map.of("role", now.word(), "before", before.word(), "by", "provider"));
    }

    /** The seat of a screen that was lost long ago is emptied by the next look at screens, on whatever node. */
    private void leaveSeat(OperatorId id) {
        Instant now = clock.instant();
        store.jdbc()
                .sql("update seats set lost_at = ?, seen_at = ? where operator = ?")
                .params(Store.at(now.minus(LONG_AGO)), Store.at(now.minus(LONG_AGO)), id.value())
                .update();
    }

    /**
     * Takes somebody's second factor away, which they set up anew when they sign in next; they are signed out.
     *
     * @throws NotPossibleException when it is one's own: a stolen session must not get rid of it
     */
    public Member takeFactor(OperatorId id, OperatorId by, String origin) {
        if (id.equals(by)) {
            throw new NotPossibleException("own-factor", "Another administrator takes away your second factor.");
        }
        return store.inTransaction(() -> {
            lock(id, false);
            factor.forget(id);
            sessions.endAll(id, null);
            audit(by, "take-second-factor", id, origin, null);
            return find(id).orElseThrow();
        });
    }

    /** Invites somebody; see {@link Invitations#make}. */
    public Invitations.Made invite(OperatorId id, OperatorId by, String origin) {
        return store.inTransaction(() -> {
            lock(id, false);
            return invitations.make(id, false, by.toString(), origin);
        });
    }

    /** Takes the open invitation back; gives whether there was one. */
    public boolean revokeInvitation(OperatorId id, OperatorId by, String origin) {
        return invitations.revoke(id, by.toString(), origin);
    }

    /** Locks the person, and with them all administrators when they may be the last one. */
    private Role lock(OperatorId id, boolean leavesAdmins) {
        List<UUID> admins = leavesAdmins ? lockAdmins() : List.of();
        Role role = store.jdbc()
                .sql("select role from operators where id = ? for update")
                .param(id.value())
                .query((row, i) -> Role.of(row.getString("role")))
                .optional()
                .orElseThrow(() -> new NotPossibleException("not-found", "There is no such person."));
        if (admins.equals(List.of(id.value()))) {
            throw new NotPossibleException(
                    "last-admin", "This is the last administrator. Invite another one first, who signs in.");
        }
        return role;
    }

    /** Locks the administrators who can sign in, and gives who they are. */
    private List<UUID> lockAdmins() {
        return store
                .jdbc()
                .sql("""
                        select id, created_at, last_seen, joined_at from operators
                        where role = 'admin' and disabled_at is null and password_hash is not null
                        order by id for update
                        """)
                .query((row, i) -> inUse(row) ? Optional.of(row.getObject("id", UUID.class)) : Optional.<UUID>empty())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private void audit(OperatorId by, String act, OperatorId of, String origin, Map<String, String> detail) {
        audit.write(by.toString(), act, "operator/" + of, Audit.OK, origin, detail);
    }
}
