package io.tsunagi.console;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.access.TeamScope;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Header;

/**
 * Finds inquiries, closed ones too, by number, Case number, the customer's LINE name, and by what the hub knows of them without
 * reading a word: state, team, topic, operator, language, day and hour. A name is found whole in everything that is kept, by its
 * keyed hash; a part of one among the customers of the inquiries that changed last, whose names are opened for it. Operators find
 * what is closed and what they have themselves, supervisors everything; each part of a list is audited, without the words. Safe for many threads.
 */
public final class Finder {
    private static final String CALLER = "tsunagi-operator";

    /** How many inquiries an answer has at most. */
    static final int PART = 50;

    /** In whose customers' names a part of one is looked for. */
    private static final int LATELY = 1_000;

    private static final int LONGEST = 100;
    private static final String ANSWERED = "i.first_answered_at is not null";
    private static final Pattern NUMBER = Pattern.compile("#?([0-9]{1,15})");

    /** An inquiry as a list shows it. */
    public record Found(
            UUID id,
            long number,
            String customer,
            int hue,
            String state,
            String team,
            String topic,
            String owner,
            boolean mine,
            Instant openedAt,
            Instant closedAt,
            String closeReason,
            String caseNumber,
            Integer score) {
        Found called(String customer, String owner) {
            return new Found(
                    id,
                    number,
                    customer,
                    hue,
                    state,
                    team,
                    topic,
                    owner,
                    mine,
                    openedAt,
                    closedAt,
                    closeReason,
                    caseNumber,
                    score);
        }

        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** @param next what {@code after} is to be for the rest; null when this is all */
    public record Part(List<Found> inquiries, Long next) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** An inquiry whose people have no names yet. */
    private record Row(Found found, CustomerId customer, OperatorId operator) {}

    private final Store store;
    private final Customers customers;
    private final Operators operators;
    private final Audit audit;
    private final TeamScope scope;
    private final Duration goal;

    public Finder(
            Store store, Customers customers, Operators operators, Audit audit, TeamScope scope, Settings settings) {
        this.store = store;
        this.customers = customers;
        this.operators = operators;
        this.audit = audit;
        this.scope = scope;
        this.goal = settings.duration("hub.dispatch.first-answer-goal");
    }

    /**
     * Lists inquiries, the newest first.
     *
     * @param words a number, a Case number or a name; empty for any
     * @param state {@code open}, {@code closed}, or empty for both
     * @param by {@code bot} for those the bot solved, {@code person} for those a person was asked for
     * @param from the first day of their opening in the caller's zone, {@code until} the last
     * @param hour the hour of the day of their opening, 0 to 23
     * @param answer {@code given} for those a person answered, {@code late} when not within the goal
     * @param score what the customer answered, 1 to 5, or {@code any}
     * @param after goes on behind the inquiry of this number
     */
    public Object find(
            @Header(CALLER) String caller,
            @Header("tsunagi-origin") String origin,
            @Header("q") String words,
            @Header("state") String state,
            @Header("team") String team,
            @Header("topic") String topic,
            @Header("operator") String operator,
            @Header("language") String language,
            @Header("by") String by,
            @Header("answer") String answer,
            @Header("score") String score,
            @Header("from") String from,
            @Header("until") String until,
            @Header("hour") String hour,
            @Header("after") String after) {
        Person person = Requests.person(operators, caller);
        ZoneId zone = ZoneId.of(person.zone());
        String wanted = words == null ? "" : words.strip();
        if (wanted.length() > LONGEST) {
            throw new BadRequestException(422, "q", "What is looked for has at most " + LONGEST + " characters");
        }
        Conditions all = new Conditions();
        if (person.role() == Role.OPERATOR) {
            all.add(
                    "(i.state = 'CLOSED' or i.operator = :me)",
                    "me",
                    person.id().value());
        }
        if (scope.bounds(person)) {
            all.add(TeamScope.CONDITION, "me", person.id().value());
        }
        if (!wanted.isEmpty()) {
            byWords(all, wanted);
        }
        all.oneOf("state", state, Map.of("open", "i.state <> 'CLOSED'", "closed", "i.state = 'CLOSED'"));
        all.oneOf("by", by, Map.of("bot", "i.close_reason = 'solved-by-bot'", "person", "i.handed_off_at is not null"));
        all.equal("i.team", "team", team);
        all.equal("i.topic", "topic", topic);
        all.equal("i.language", "language", language);
        if (Requests.given(operator)) {
            all.add("i.operator = :operator", "operator", Requests.uuid(operator, "operator"));
        }
        if (Requests.given(answer)) {
            all.oneOf(
                    "answer",
                    answer,
                    Map.of("given", ANSWERED, "late", ANSWERED + " and " + Reports.WAITED + " > :goal"));
            all.values.put("goal", (double) goal.toSeconds());
        }
        if ("any".equals(score)) {
            all.texts.add("s.score is not null");
        } else if (Requests.given(score)) {
            all.add("s.score = :score", "score", (int) whole("score", score, 1, 5));
        }
        if (Requests.given(from)) {
            Object begin =
                    Store.at(Requests.day("from", from).atStartOfDay(zone).toInstant());
            // What was opened since then has changed since then, too: there is an index of that.
            all.add("i.changed_at >= :from and i.opened_at >= :from", "from", begin);
        }
        if (Requests.given(until)) {
            all.add(
                    "i.opened_at < :until",
                    "until",
                    Store.at(Requests.day("until", until)
                            .plusDays(1)
                            .atStartOfDay(zone)
                            .toInstant()));
        }
        if (Requests.given(hour)) {
            all.add("extract(hour from i.opened_at at time zone '" + zone.getId() + "') = :hour", "hour", (int)
                    whole("hour", hour, 0, 23));
        }
        if (Requests.given(after)) {
            all.add("i.number < :after", "after", whole("after", after, 0, Long.MAX_VALUE));
        }
        List<Row> rows = rows(all, person.id());
        List<Row> shown = rows.subList(0, Math.min(PART, rows.size()));
        store.inTransaction(() -> audit.write(
                caller,
                "find-inquiries",
                "inquiries",
                Audit.OK,
                origin,
                Map.of("found", String.valueOf(shown.size()), "words", String.valueOf(!wanted.isEmpty()))));
        return new Part(
                named(shown), rows.size() > PART ? shown.get(PART - 1).found().number() : null);
    }

    /** What must hold of an inquiry, as SQL and its values. */
    private static final class Conditions {
        private final List<String> texts = new ArrayList<>(List.of("1 = 1"));
        private final Map<String, Object> values = new LinkedHashMap<>();

        void add(String text, String name, Object value) {
            texts.add(text);
            values.put(name, value);
        }

        void equal(String column, String name, String value) {
            if (Requests.given(value)) {
                add(column + " = :" + name, name, value);
            }
        }

        void oneOf(String name, String value, Map<String, String> known) {
            if (Requests.given(value)) {
                String text = known.get(value);
                if (text == null) {
                    throw new BadRequestException(422, name, "It is one of " + known.keySet());
                }
                texts.add(text);
            }
        }
    }

    private static long whole(String name, String value, long least, long most) {
        try {
            long number = Long.parseLong(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new BadRequestException(422, name, "It is a whole number");
        }
        throw new BadRequestException(422, name, "It is a number of " + least + " to " + most);
    }

    private void byWords(Conditions all, String wanted) {
        StringBuilder text = new StringBuilder("(i.case_number = :case");
        var number = NUMBER.matcher(Screens.folded(wanted));
        if (number.matches()) {
            text.append(" or i.number = :number");
            all.values.put("number", Long.parseLong(number.group(1)));
        }
        Set<UUID> named = named(wanted);
        if (!named.isEmpty()) {
            text.append(" or i.customer = any(:customers)");
            all.values.put("customers", Store.uuids(named));
        }
        all.add(text.append(')').toString(), "case", wanted);
    }

    /** Gives the customers of that name, and of those seen lately the ones in whose name it stands. */
    private Set<UUID> named(String wanted) {
        Set<UUID> named = new LinkedHashSet<>(store.jdbc()
                .sql("select id from customers where name_key = ? limit 200")
                .param(store.sealing().lookup(wanted))
                .query(UUID.class)
                .list());
        String part = Screens.folded(wanted);
        List<CustomerId> lately = store
                .jdbc()
                .sql(
                        "select distinct customer from (select customer from inquiries order by changed_at desc limit ?) lately")
                .param(LATELY)
                .query(UUID.class)
                .list()
                .stream()
                .map(CustomerId::new)
                .toList();
        customers.find(lately).values().stream()
                .filter(each ->
                        each.name() != null && Screens.folded(each.name()).contains(part))
                .forEach(each -> named.add(each.id().value()));
        return named;
    }

    private List<Row> rows(Conditions all, OperatorId me) {
        return store.jdbc()
                .sql("""
                        select i.id, i.number, i.customer, i.slot, i.state, i.team, i.topic, i.operator, i.opened_at, i.closed_at,
                            i.close_reason, i.case_number, s.score
                        from inquiries i left join surveys s on s.inquiry = i.id
                        where %s order by i.number desc limit %d
                        """.formatted(String.join(" and ", all.texts), PART + 1))
                .params(all.values)
                .query((row, i) -> {
                    UUID operator = row.getObject("operator", UUID.class);
                    CustomerId customer = new CustomerId(row.getObject("customer", UUID.class));
                    return new Row(
                            new Found(
                                    row.getObject("id", UUID.class),
                                    row.getLong("number"),
                                    null,
                                    Hues.of(customer, row.getObject("slot", Integer.class)),
                                    row.getString("state"),
                                    row.getString("team"),
                                    row.getString("topic"),
                                    null,
                                    me.value().equals(operator),
                                    Store.instant(row.getTimestamp("opened_at")),
                                    Store.instant(row.getTimestamp("closed_at")),
                                    row.getString("close_reason"),
                                    row.getString("case_number"),
                                    row.getObject("score", Integer.class)),
                            customer,
                            operator == null ? null : new OperatorId(operator));
                })
                .list();
    }

    private List<Found> named(List<Row> rows) {
        Map<CustomerId, Customer> called =
                customers.find(rows.stream().map(Row::customer).toList());
        Map<OperatorId, String> names =
                operators.all().stream().collect(Collectors.toMap(Person::id, Person::displayName));
        return rows.stream()
                .map(row -> {
                    Customer customer = called.get(row.customer());
                    return row.found().called(customer == null ? null : customer.name(), names.get(row.operator()));
                })
                .toList();
    }
}
