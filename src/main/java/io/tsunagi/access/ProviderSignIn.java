package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a session for who an OpenID Connect provider says somebody is.
 *
 * <p>The person is kept in the hub as everybody is. The first time, the provider's name finds them; from then on the
 * provider's id does, so that a name given to somebody else later opens nothing. Where {@code hub.oidc.roles-claim} names
 * a claim, its words say the role at each sign-in. The provider asks for the second factor; {@code hub.oidc.acr} demands
 * it.
 *
 * <p>What the way back needs travels sealed in a cookie of ten minutes: nothing is kept, and another node may end what one
 * began. Every outcome is audited. Never call it on an event loop. Safe for many threads and nodes.
 */
public final class ProviderSignIn {
    /** What became of it. */
    public sealed interface Outcome {

        /** Signed in. */
        record Welcome(Person person, Sessions.Opened opened) implements Outcome {}

        /**
         * Not signed in.
         *
         * @param why {@code denied} by the provider, {@code over} because it took too long or began elsewhere,
         *     {@code away}, {@code not-taken}, {@code nobody} here by that name, {@code no-role}, {@code disabled} or
         *     {@code unused}
         */
        record NotIn(String why) implements Outcome {}
    }

    /**
     * The way to the provider.
     *
     * @param address where the browser goes
     * @param sealed what it brings back, in a cookie
     */
    public record Begun(String address, String sealed) {
        @Override
        public String toString() {
            return "Begun[hidden]";
        }
    }

    private record Pending(String state, String nonce, String verifier) {}

    private record Known(Person person, boolean disabled, Instant used) {}

    /** How long somebody may take to sign in at the provider. */
    static final Duration LONGEST = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(ProviderSignIn.class);
    private static final String SEALED = "sign_in_way";
    private static final List<Role> ROLES = List.of(Role.ADMIN, Role.OPS, Role.AUDITOR, Role.SUPERVISOR, Role.OPERATOR);

    private final Optional<OpenIdProvider> provider;
    private final Store store;
    private final SignIn signIn;
    private final Staff staff;
    private final Audit audit;
    private final Clock clock;
    private final Duration unusedFor;
    private final boolean mapsRoles;
    private final Map<Role, Set<String>> wordsOfRoles = new LinkedHashMap<>();

    /** @throws SettingsException when the settings name a provider and lack a part, or map no role */
    public ProviderSignIn(Store store, SignIn signIn, Staff staff, Audit audit, Clock clock, Settings settings) {
        this.provider = OpenIdProvider.of(settings);
        this.store = store;
        this.signIn = signIn;
        this.staff = staff;
        this.audit = audit;
        this.clock = clock;
        this.unusedFor = settings.duration("hub.access.unused-for");
        this.mapsRoles = !settings.find("hub.oidc.roles-claim").orElse("").isEmpty();
        ROLES.forEach(role -> wordsOfRoles.put(role, Set.copyOf(settings.list("hub.oidc.role." + role.word()))));
        if (provider.isPresent() && mapsRoles && wordsOfRoles.values().stream().allMatch(Set::isEmpty)) {
            throw new SettingsException("hub.oidc.roles-claim is set and no hub.oidc.role.… says which word makes which"
                    + " role: nobody could sign in at the provider.");
        }
    }

    /** Says whether there is a provider. */
    public boolean there() {
        return provider.isPresent();
    }

    /**
     * Begins.
     *
     * @throws OpenIdProvider.AwayException when the provider cannot be asked
     * @throws java.util.NoSuchElementException when there is no provider
     */
    public Begun begin() throws OpenIdProvider.AwayException {
        OpenIdProvider.Way way = provider.orElseThrow().begin();
        UUID id = UUID.randomUUID();
        String clear = String.join(
                " ",
                way.state(),
                way.nonce(),
                way.verifier(),
                clock.instant().plus(LONGEST).toString());
        String sealed = id + "."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(store.sealing().seal(SEALED, id, clear.getBytes(StandardCharsets.UTF_8)));
        return new Begun(way.address().toString(), sealed);
    }

    /**
     * Ends what {@link #begin} began.
     *
     * @param sealed the cookie's value, or null
     * @param state as the provider sent it back, or null
     * @param code as the provider sent it back, or null when it refused
     * @param before hash of the session the browser still has, or null
     */
    public Outcome end(String sealed, String state, String code, String origin, String before) {
        Optional<Pending> pending = open(sealed)
                .filter(way -> state != null
                        && Sealing.same(
                                way.state().getBytes(StandardCharsets.UTF_8), state.getBytes(StandardCharsets.UTF_8)));
        if (provider.isEmpty() || pending.isEmpty()) {
            return notIn("over", null, origin);
        }
        if (code == null || code.isBlank()) {
            return notIn("denied", null, origin);
        }
        OpenIdProvider.Who who;
        try {
            who = provider.get().end(code, pending.get().nonce(), pending.get().verifier());
        } catch (OpenIdProvider.AwayException e) {
            LOG.warn("Somebody cannot sign in at the provider: {}", e.getMessage());
            return notIn("away", null, origin);
        } catch (OpenIdProvider.NotTakenException e) {
            LOG.warn("A sign-in at the provider was not taken: {}", e.getMessage());
            return notIn("not-taken", null, origin);
        }
        return store.inOwnTransaction(() -> enter(who, origin, before));
    }

    private Optional<Pending> open(String sealed) {
        String[] parts = sealed == null ? new String[0] : sealed.split("\\.");
        if (parts.length != 2) {
            return Optional.empty();
        }
        String[] words;
        try {
            UUID id = UUID.fromString(parts[0]);
            words = store.sealing()
                    .openText(SEALED, id, Base64.getUrlDecoder().decode(parts[1]))
                    .split(" ");
        } catch (IllegalArgumentException | IllegalStateException e) {
            LOG.debug("A cookie of a sign-in does not open: {}", e.getMessage());
            return Optional.empty();
        }
        return clock.instant().isBefore(Instant.parse(words[3]))
                ? Optional.of(new Pending(words[0], words[1], words[2]))
                : Optional.empty();
    }

    private Outcome enter(OpenIdProvider.Who who, String origin, String before) {
        Optional<Known> found = bound(who).or(() -> byName(who));
        if (found.isEmpty()) {
            return notIn("nobody", null, origin);
        }
        Known known = found.get();
        OperatorId id = known.person().id();
        if (known.disabled()) {
            return notIn("disabled", id, origin);
        }
        if (!clock.instant().isBefore(known.used().plus(unusedFor))) {
            return notIn("unused", id, origin);
        }
        Optional<Role> role = mapsRoles ? role(who) : Optional.of(known.person().role());
        if (role.isEmpty()) {
            return notIn("no-role", id, origin);
        }
        if (!bind(who, id)) {
            return notIn("nobody", id, origin);
        }
        if (role.get() != known.person().role()) {
            staff.followProvider(id, known.person().role(), role.get(), origin);
        }
        Person kept = known.person();
        Person person = new Person(id, kept.name(), kept.displayName(), role.get(), kept.language(), kept.zone());
        return new Outcome.Welcome(person, signIn.enter(person, origin, before));
    }

    private Optional<Known> bound(OpenIdProvider.Who who) {
        return find(
                "where o.id = (select operator from identities where issuer = ? and subject = ?)",
                who.issuer(),
                who.subject());
    }

    /** Who is bound to another id of the provider is not found by name: the name went to somebody else there. */
    private Optional<Known> byName(OpenIdProvider.Who who) {
        return find(
                "where o.name = ? and not exists (select 1 from identities i where i.operator = o.id and i.issuer = ?)",
                Operators.plain(who.name()),
                who.issuer());
    }

    private Optional<Known> find(String where, String... values) {
        return store.jdbc()
                .sql("""
                        select o.id, o.name, o.display_name, o.role, o.language, o.zone, o.disabled_at, o.created_at,
                               o.last_seen, o.joined_at
                        from operators o
                        """ + where + " for update")
                .params(Arrays.<Object>asList((Object[]) values))
                .query((row, i) ->
                        new Known(Operators.person(row), row.getObject("disabled_at") != null, Operators.used(row)))
                .optional();
    }

    /** False when another id of the provider was bound to this person at the same moment. */
    private boolean bind(OpenIdProvider.Who who, OperatorId id) {
        int bound = store.jdbc()
                .sql("""
                        insert into identities (issuer, subject, operator, made_at) values (?, ?, ?, ?)
                        on conflict do nothing
                        """)
                .params(who.issuer(), who.subject(), id.value(), Store.at(clock.instant()))
                .update();
        if (bound == 1) {
            audit.write(
                    id.toString(), "bind-identity", "operator/" + id, Audit.OK, null, Map.of("issuer", who.issuer()));
        }
        return bound == 1
                || bound(who).filter(known -> known.person().id().equals(id)).isPresent();
    }

    private Optional<Role> role(OpenIdProvider.Who who) {
        return ROLES.stream()
                .filter(role -> wordsOfRoles.get(role).stream().anyMatch(who.groups()::contains))
                .findFirst();
    }

    private Outcome notIn(String why, OperatorId person, String origin) {
        String object = person == null ? "provider" : "operator/" + person;
        store.inTransaction(
                () -> audit.write(Audit.NOBODY, "sign-in", object, Audit.REFUSED, origin, Map.of("reason", why)));
        return new Outcome.NotIn(why);
    }
}
