package io.tsunagi.access;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * How far an operator's reading goes, whatever they do (PCI DSS v4.0.1, 7.2.1): with {@code hub.access.reading=team} to the
 * inquiries of their team, those they have, and those a note calls them to. As shipped, and for every other role, to all.
 *
 * <p>Rights change at once: each call asks. Safe for many threads.
 */
public final class TeamScope {
    /** How far operators read. */
    public enum Reading {
        ALL,
        TEAM
    }

    /** What must hold of an inquiry {@code i} that the operator {@code :me} may read, as SQL. */
    public static final String CONDITION = """
            (i.operator = :me or i.team = (select seat.team from seats seat where seat.operator = :me and seat.team <> '')
             or exists (select 1 from mentions called where called.inquiry = i.id and called.operator = :me))""";

    private static final Pattern PLAIN =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    /** A Case's key of the hub's: the UUID of its inquiry without hyphens. */
    private static final Pattern KEY =
            Pattern.compile("([0-9a-fA-F]{8})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{12})");

    private final Store store;
    private final boolean bounded;

    public TeamScope(Store store, Settings settings) {
        this.store = store;
        this.bounded = settings.choice("hub.access.reading", Reading.class) == Reading.TEAM;
    }

    /** Whether there are inquiries that somebody may not read. */
    public boolean bounds(Person person) {
        return bounded && person.role() == Role.OPERATOR;
    }

    /** Gives those of some inquiries that somebody may read. */
    public Set<UUID> within(Person person, Collection<UUID> inquiries) {
        if (!bounds(person)) {
            return new HashSet<>(inquiries);
        }
        return new HashSet<>(store.jdbc()
                .sql("select i.id from inquiries i where i.id = any(:ids) and " + CONDITION)
                .param("ids", Store.uuids(inquiries))
                .param("me", person.id().value())
                .query(UUID.class)
                .list());
    }

    /**
     * Whether somebody may make a call that names an inquiry, a medium or a Case. None there is, is for whoever answers it; a
     * name that is written otherwise than as the hub writes it, such as percent-encoded, is refused, since whoever answers may
     * read it in another way.
     *
     * @param path as it was asked for, not decoded
     */
    boolean allows(Person person, Permissions.Rule rule, String path) {
        if (!bounds(person)) {
            return true;
        }
        Optional<Subject> subject = subject(rule);
        if (subject.isEmpty()) {
            return true;
        }
        String name = path.split("/", -1)[3];
        boolean plain = PLAIN.matcher(name).matches()
                || subject.get() == Subject.CASE && KEY.matcher(name).matches();
        if (!plain) {
            return false;
        }
        Optional<UUID> named = named(subject.get(), name);
        return named.isEmpty() || within(person, Set.of(named.get())).contains(named.get());
    }

    /** What the value in a rule's path names. */
    enum Subject {
        INQUIRY,
        MEDIUM,
        CASE
    }

    static Optional<Subject> subject(Permissions.Rule rule) {
        if (rule.path().matches("/api/inquiries/\\{id}(/.*)?")) {
            return Optional.of(Subject.INQUIRY);
        }
        if (rule.path().matches("/api/media/\\{id}(/.*)?")) {
            return Optional.of(Subject.MEDIUM);
        }
        return rule.path().matches("/api/cases/\\{key}") ? Optional.of(Subject.CASE) : Optional.empty();
    }

    private Optional<UUID> named(Subject subject, String name) {
        UUID id = UUID.fromString(KEY.matcher(name).replaceFirst("$1-$2-$3-$4-$5"));
        String sql = subject == Subject.MEDIUM
                ? "select x.inquiry from media x join inquiries i on i.id = x.inquiry where x.id = ?"
                : "select i.id from inquiries i where i.id = ?";
        return store.jdbc().sql(sql).param(id).query(UUID.class).optional();
    }
}
