package io.tsunagi.chaos;

import io.tsunagi.bench.HubProgram;
import io.tsunagi.store.Ids;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Says what is wrong with a run, given what each side wrote down. Knows only what was promised: what was answered 2xx is
 * kept, has its effect once and in order, and nobody is told anything twice.
 */
final class Oracle {
    /** A broken promise. {@code promise} is I1 to I8. */
    record Violation(String promise, String what) {
        @Override
        public String toString() {
            return promise + " " + what;
        }
    }

    /** What a run amounted to. */
    record Counts(
            int written,
            int accepted,
            int acceptedOften,
            int effects,
            int late,
            int deliveries,
            int shown,
            int unclear,
            int expired,
            int spoken,
            int inquiries,
            int cases) {}

    /** 2026-11-25T04:15:16.123Z ERROR Turns Event … */
    private static final Pattern ERROR = Pattern.compile("^(\\S{19})\\S* ERROR (.*)");

    private static final Pattern VARIABLE = Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}|\\d+");
    /** How the words begin that must stand in no log. */
    private static final Pattern WORDS = Pattern.compile(Customers.SECRET + "[0-9a-f]{8}[xo]");

    private static final int SHOWN = 5;

    private final Evidence evidence;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<UUID, Line.Posted> posted = new LinkedHashMap<>();
    private final Map<UUID, Evidence.Inquiry> inquiries;

    private Oracle(Evidence evidence) {
        this.evidence = evidence;
        for (Line.Posted event : evidence.posted()) {
            posted.put(Ids.derived("event", HubProgram.ACCOUNT, event.eventId()), event);
        }
        this.inquiries =
                evidence.inquiries().stream().collect(Collectors.toMap(Evidence.Inquiry::id, Function.identity()));
    }

    static List<Violation> violations(Evidence evidence) {
        Oracle oracle = new Oracle(evidence);
        oracle.nothingIsLost();
        oracle.nothingIsDoubled();
        oracle.everybodyIsToldOnce();
        oracle.salesforceKnowsOnce();
        oracle.orderIsKept();
        oracle.nothingIsLeft();
        oracle.nobodyHasTooMuch();
        evidence.auditDamage().ifPresent(damage -> oracle.add("I5", "the audit is broken: " + damage));
        oracle.logsAreQuiet();
        return oracle.violations;
    }

    static Counts counts(Evidence evidence) {
        return new Counts(
                evidence.posted().size(),
                (int) evidence.posted().stream()
                        .filter(event -> event.accepted() != null)
                        .count(),
                (int) evidence.posted().stream()
                        .filter(event -> event.acceptedPosts() > 1)
                        .count(),
                (int) evidence.messages().stream()
                        .filter(message -> message.lineMessageId() != null
                                && message.sender().equals("CUSTOMER"))
                        .count(),
                (int) evidence.messages().stream()
                        .filter(Evidence.Message::late)
                        .count(),
                evidence.deliveries().size(),
                evidence.phones().values().stream()
                        .mapToInt(phone -> calls(phone).size())
                        .sum(),
                count(evidence.deliveries(), "UNCLEAR"),
                count(evidence.deliveries(), "EXPIRED"),
                evidence.spoken().size(),
                evidence.inquiries().size(),
                evidence.cases().size());
    }

    private static int count(List<Evidence.Delivery> deliveries, String state) {
        return (int) deliveries.stream()
                .filter(delivery -> delivery.state().equals(state))
                .count();
    }

    private static Set<String> calls(List<Line.Shown> phone) {
        return phone.stream().map(Line.Shown::requestId).collect(Collectors.toSet());
    }

    private void add(String promise, String what) {
        violations.add(new Violation(promise, what));
    }

    private void addAll(String promise, String what, Collection<?> which) {
        if (!which.isEmpty()) {
            add(
                    promise,
                    which.size() + " " + what + ": "
                            + which.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", ")));
        }
    }

    private void nothingIsLost() {
        Map<UUID, Evidence.Event> kept =
                evidence.ledger().stream().collect(Collectors.toMap(Evidence.Event::id, Function.identity()));
        List<String> lost = new ArrayList<>();
        List<UUID> unfinished = new ArrayList<>();
        posted.forEach((id, event) -> {
            Evidence.Event row = kept.get(id);
            if (row == null && event.accepted() != null) {
                lost.add(event.eventId());
            } else if (row != null && !row.state().equals("DONE")) {
                unfinished.add(id);
            }
        });
        addAll("I1", "events were answered 2xx and are not in the ledger", lost);
        addAll("I1", "events had no effect in the end (waiting or parked)", unfinished);
        addAll(
                "I2",
                "events in the ledger were never written",
                kept.keySet().stream().filter(id -> !posted.containsKey(id)).toList());
    }

    private void nothingIsDoubled() {
        Map<String, Integer> effects = new HashMap<>();
        List<UUID> wordless = new ArrayList<>();
        for (Evidence.Message message : evidence.messages()) {
            if (message.sender().equals("CUSTOMER") && message.lineMessageId() != null) {
                effects.merge(message.lineMessageId(), 1, Integer::sum);
                if (message.empty()) {
                    wordless.add(message.id());
                }
            }
        }
        Set<UUID> kept = evidence.ledger().stream().map(Evidence.Event::id).collect(Collectors.toSet());
        List<String> without = new ArrayList<>();
        posted.forEach((id, event) -> {
            if (kept.contains(id) && !effects.containsKey(event.messageId())) {
                without.add(event.eventId());
            }
        });
        addAll("I1", "events are in the ledger and no message came of them", without);
        addAll("I1", "messages have lost their words", wordless);
        addAll(
                "I2",
                "LINE messages became more than one message",
                effects.entrySet().stream().filter(e -> e.getValue() > 1).toList());
        Set<String> known =
                evidence.posted().stream().map(Line.Posted::messageId).collect(Collectors.toSet());
        addAll(
                "I2",
                "messages nobody wrote",
                effects.keySet().stream().filter(id -> !known.contains(id)).toList());
        Map<UUID, Set<Integer>> seqs = new HashMap<>();
        List<String> taken = new ArrayList<>();
        for (Evidence.Message message : evidence.messages()) {
            if (!seqs.computeIfAbsent(message.inquiry(), fresh -> new HashSet<>())
                    .add(message.seq())) {
                taken.add(message.inquiry() + "#" + message.seq());
            }
        }
        addAll("I3", "places in a transcript are taken twice", taken);
    }

    /** A call LINE took shows at once, so a phone has as many calls as were sent, and at most the unclear ones more. */
    private void everybodyIsToldOnce() {
        Map<UUID, List<Evidence.Delivery>> byLane =
                evidence.deliveries().stream().collect(Collectors.groupingBy(Evidence.Delivery::lane));
        List<String> lost = new ArrayList<>();
        List<String> doubled = new ArrayList<>();
        Set<String> shownWords = new HashSet<>();
        List<String> wordsTwice = new ArrayList<>();
        evidence.phones().forEach((user, phone) -> {
            List<Evidence.Delivery> deliveries =
                    byLane.getOrDefault(Ids.lane(HubProgram.ACCOUNT, "user", user), List.of());
            int calls = calls(phone).size();
            int sent = count(deliveries, "SENT");
            int unclear = count(deliveries, "UNCLEAR");
            if (calls < sent) {
                lost.add(user + " saw " + calls + " of " + sent);
            }
            if (calls > sent + unclear) {
                doubled.add(user + " saw " + calls + ", sent were " + sent + " and unclear " + unclear);
            }
            for (Line.Shown bubble : phone) {
                if (bubble.text().startsWith(Customers.SECRET) && !shownWords.add(bubble.text())) {
                    wordsTwice.add(bubble.text());
                }
            }
        });
        addAll("I1", "customers did not see what was sent to them", lost);
        addAll("I2", "customers saw more than was sent to them", doubled);
        addAll("I2", "operators' words were seen twice", wordsTwice);
        addAll(
                "I1",
                "deliveries failed although LINE refused none for good",
                evidence.deliveries().stream()
                        .filter(Evidence.Delivery::failed)
                        .map(Evidence.Delivery::id)
                        .toList());
        Set<UUID> excused = evidence.deliveries().stream()
                .filter(delivery -> delivery.failed()
                        || Set.of("UNCLEAR", "EXPIRED", "CANCELLED").contains(delivery.state()))
                .map(Evidence.Delivery::inquiry)
                .collect(Collectors.toSet());
        addAll(
                "I1",
                "operators' words were accepted and never seen",
                evidence.spoken().stream()
                        .filter(words -> words.accepted()
                                && !shownWords.contains(words.words())
                                && !excused.contains(UUID.fromString(words.inquiry())))
                        .map(Staff.Spoken::words)
                        .toList());
    }

    private void salesforceKnowsOnce() {
        addAll("I2", "inquiries have more than one Case", twice(evidence.cases()));
        addAll("I2", "messages stand in Salesforce's transcript more than once", twice(evidence.transcript()));
        Set<String> cases = Set.copyOf(evidence.cases());
        Set<String> rows = Set.copyOf(evidence.transcript());
        addAll(
                "I1",
                "inquiries were handed off and have no Case",
                evidence.inquiries().stream()
                        .filter(inquiry -> inquiry.handedOff() && !cases.contains(key(inquiry.id())))
                        .map(Evidence.Inquiry::id)
                        .toList());
        addAll(
                "I1",
                "transcript rows are done and not in Salesforce",
                evidence.crmWork().stream()
                        .filter(work -> work.kind().equals("TRANSCRIPT")
                                && work.state().equals("DONE")
                                && !rows.contains(key(work.subject())))
                        .map(Evidence.CrmWork::subject)
                        .toList());
        addAll(
                "I1",
                "pieces of Salesforce work were given up",
                evidence.crmWork().stream()
                        .filter(work -> !Set.of("DONE", "QUEUED").contains(work.state()))
                        .map(work -> work.kind() + " " + work.subject() + " " + work.state())
                        .toList());
    }

    private static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    private static Set<String> twice(List<String> keys) {
        Set<String> seen = new HashSet<>();
        return keys.stream().filter(key -> !seen.add(key)).collect(Collectors.toSet());
    }

    private void orderIsKept() {
        Map<String, Line.Posted> byMessage = evidence.posted().stream()
                .collect(Collectors.toMap(Line.Posted::messageId, Function.identity(), (a, b) -> a));
        Map<UUID, List<Evidence.Message>> transcripts = evidence.messages().stream()
                .filter(message ->
                        message.sender().equals("CUSTOMER") && byMessage.containsKey(message.lineMessageId()))
                .sorted(Comparator.comparingInt(Evidence.Message::seq))
                .collect(Collectors.groupingBy(Evidence.Message::inquiry));
        List<String> unmarked = new ArrayList<>();
        List<String> overtaken = new ArrayList<>();
        transcripts.forEach((inquiry, messages) -> {
            long newest = Long.MIN_VALUE;
            for (Evidence.Message message : messages) {
                if (message.at() < newest && !message.late()) {
                    unmarked.add(inquiry + "#" + message.seq());
                }
                newest = Math.max(newest, message.at());
            }
            for (int i = 0; i < messages.size(); i++) {
                Line.Posted first = byMessage.get(messages.get(i).lineMessageId());
                for (int j = i + 1; j < messages.size(); j++) {
                    Line.Posted second = byMessage.get(messages.get(j).lineMessageId());
                    // The older one was already answered 2xx when the newer one was first posted.
                    if (second.at() < first.at()
                            && second.accepted() != null
                            && second.accepted().isBefore(first.firstPosted())) {
                        overtaken.add(inquiry + "#" + messages.get(j).seq());
                    }
                }
            }
        });
        addAll("I3", "messages took effect late and are not marked so", unmarked);
        addAll("I3", "messages were overtaken by one that was posted after they were accepted", overtaken);
        phonesShowOperatorsWordsInOrder();
    }

    private void phonesShowOperatorsWordsInOrder() {
        Map<String, Staff.Spoken> byWords = evidence.spoken().stream()
                .collect(Collectors.toMap(Staff.Spoken::words, Function.identity(), (a, b) -> a));
        List<String> wrong = new ArrayList<>();
        evidence.phones().values().forEach(phone -> {
            Map<String, Integer> last = new HashMap<>();
            for (Line.Shown bubble : phone) {
                Staff.Spoken words = byWords.get(bubble.text());
                if (words != null && last.getOrDefault(words.inquiry(), 0) > words.number()) {
                    wrong.add(words.words());
                } else if (words != null) {
                    last.put(words.inquiry(), words.number());
                }
            }
        });
        addAll("I3", "operators' words were seen after later ones", wrong);
    }

    private void nothingIsLeft() {
        evidence.pending().forEach(what -> add("I4", "left when everything was well again: " + what));
    }

    private void nobodyHasTooMuch() {
        addAll("I2", "inquiries were given to more than one operator", repeated(evidence.assignments()));
        Map<UUID, Integer> carried = new HashMap<>();
        List<String> slots = new ArrayList<>();
        for (Evidence.Inquiry inquiry : evidence.inquiries()) {
            if (inquiry.state().equals("ASSIGNED")) {
                if (inquiry.operator() == null) {
                    add("I2", "an assigned inquiry belongs to nobody: " + inquiry.id());
                    continue;
                }
                carried.merge(inquiry.operator(), inquiry.weight(), Integer::sum);
                slots.add(inquiry.operator() + " slot " + inquiry.slot());
            }
        }
        addAll("I2", "slots hold two inquiries", twice(slots));
        for (Evidence.Seat seat : evidence.seats()) {
            int weight = carried.getOrDefault(seat.operator(), 0);
            if (weight > seat.capacity() || seat.load() > seat.capacity()) {
                add("I2", "operator " + seat.operator() + " carries " + weight + " of " + seat.capacity());
            }
            if (weight != seat.load()) {
                add(
                        "I2",
                        "operator " + seat.operator() + " is said to carry " + seat.load() + " and carries " + weight);
            }
        }
    }

    private static Set<UUID> repeated(List<UUID> ids) {
        Set<UUID> seen = new HashSet<>();
        return ids.stream().filter(id -> !seen.add(id)).collect(Collectors.toSet());
    }

    private void logsAreQuiet() {
        evidence.logs().forEach((node, lines) -> {
            Map<String, Integer> errors = new TreeMap<>();
            List<String> spills = new ArrayList<>();
            for (String line : lines) {
                if (WORDS.matcher(line).find() || line.contains(Customers.CARD)) {
                    spills.add(line.length() > 160 ? line.substring(0, 160) : line);
                }
                Matcher error = ERROR.matcher(line);
                if (error.matches()) {
                    String kind = VARIABLE.matcher(error.group(2)).replaceAll("…");
                    errors.merge(error.group(1) + " " + kind, 1, Integer::sum);
                }
            }
            addAll("I6", "lines of node " + node + "'s log hold a customer's or an operator's words", spills);
            addAll(
                    "I8",
                    "kinds of error came more than once a second on node " + node,
                    errors.entrySet().stream().filter(e -> e.getValue() > 1).toList());
        });
    }
}
