package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Keeps whom a note calls by name ({@code @name}), until they have looked. Safe for many threads and nodes. */
public final class Mentions {
    private final Store store;
    private final Signals signals;
    private final Clock clock;

    public Mentions(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
    }

    /** Somebody was called by {@code author} in a note of an inquiry. */
    public record Mention(UUID id, InquiryId inquiry, OperatorId author, Instant at) {}

    /**
     * Calls whoever of these people is named in the note, by the longest name that fits each {@code @}; the author is not
     * called. Joins the running transaction.
     */
    public void call(Message note, OperatorId author, List<Person> people) {
        Store.needTransaction();
        Set<OperatorId> called = named(note.content().text(), people);
        called.remove(author);
        called.forEach(operator -> store.jdbc()
                .sql("insert into mentions (id, inquiry, operator, author, at) values (?, ?, ?, ?, ?)"
                        + " on conflict do nothing")
                .params(
                        Ids.derived("mention", note.id(), operator),
                        note.inquiry().value(),
                        operator.value(),
                        author.value(),
                        Store.at(clock.instant()))
                .update());
        signals.send(Signals.Kind.WORKSPACE);
    }

    private static Set<OperatorId> named(String text, List<Person> people) {
        Set<OperatorId> named = new LinkedHashSet<>();
        for (int at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
            String rest = text.substring(at + 1);
            people.stream()
                    .max(Comparator.comparingInt(person -> lengthAt(rest, person)))
                    .filter(person -> lengthAt(rest, person) > 0)
                    .ifPresent(person -> named.add(person.id()));
        }
        return named;
    }

    /** How much of a text's beginning is a person's name. */
    private static int lengthAt(String text, Person person) {
        return Stream.of(person.displayName(), person.name())
                .filter(text::startsWith)
                .mapToInt(String::length)
                .max()
                .orElse(0);
    }

    /** Gives what somebody has not looked at yet, newest first. */
    public List<Mention> unseen(OperatorId operator) {
        return store.jdbc()
                .sql("""
                        select id, inquiry, author, at from mentions
                        where operator = ? and seen_at is null order by at desc limit 50
                        """)
                .param(operator.value())
                .query((row, i) -> new Mention(
                        row.getObject("id", UUID.class),
                        new InquiryId(row.getObject("inquiry", UUID.class)),
                        new OperatorId(row.getObject("author", UUID.class)),
                        Store.instant(row.getTimestamp("at"))))
                .list();
    }

    /** Notes that somebody has looked at the inquiry. */
    public void seen(OperatorId operator, InquiryId inquiry) {
        store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("update mentions set seen_at = ? where operator = ? and inquiry = ? and seen_at is null")
                    .params(Store.at(clock.instant()), operator.value(), inquiry.value())
                    .update();
            if (found > 0) {
                signals.send(Signals.Kind.WORKSPACE);
            }
        });
    }
}
