package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.access.TeamScope;
import io.tsunagi.audit.Audit;
import io.tsunagi.dispatch.Heartbeats;
import io.tsunagi.dispatch.Offers;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Notices;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people ask for about themselves and their colleagues: presence, notices, and who passes what on to whom, one method a
 * call of the API. The gate in front has checked who calls and whether their role may. Safe for use by any number of threads.
 */
public final class TeamApi {
    private static final Logger LOG = LoggerFactory.getLogger(TeamApi.class);
    private static final String CALLER = "tsunagi-operator";
    private static final int MOST_HANDED_OVER = 200;

    private final Screens screens;
    private final Desk desk;
    private final Seats seats;
    private final Offers offers;
    private final Notices notices;
    private final Heartbeats heartbeats;
    private final Operators operators;
    private final Audit audit;
    private final Store store;
    private final TeamScope scope;

    public TeamApi(
            Screens screens,
            Desk desk,
            Seats seats,
            Offers offers,
            Notices notices,
            Heartbeats heartbeats,
            Operators operators,
            Audit audit,
            Store store,
            TeamScope scope) {
        this.screens = screens;
        this.desk = desk;
        this.seats = seats;
        this.offers = offers;
        this.notices = notices;
        this.heartbeats = heartbeats;
        this.operators = operators;
        this.audit = audit;
        this.store = store;
        this.scope = scope;
    }

    public Object presence(@Header(CALLER) String caller, @Body String body) {
        Person person = person(caller);
        JsonNode request = Requests.read(body);
        String reason = request.path("reason").asText("");
        if (!reason.isEmpty() && !screens.busyReasons().contains(reason)) {
            throw new BadRequestException(422, "reason", "The reason is one of " + screens.busyReasons());
        }
        present(person.id(), request.path("presence").asText(), reason.isEmpty() ? null : reason);
        return screens.me(person);
    }

    /**
     * A supervisor changes somebody's presence, who is told why; with {@code handOver} all that they have open goes into the
     * waiting line it came from, each inquiry in a step of its own, with the reason as a note.
     */
    public Answer presenceOf(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        Person person = person(caller);
        OperatorId of = seated(id);
        String why = Requests.line(request, "why", 1, 200);
        String presence = request.path("presence").asText();
        if (request.path("handOver").asBoolean() && !presence.equals("away")) {
            throw new BadRequestException(422, "handOver", "Only who is away hands over");
        }
        store.inTransaction(() -> {
            present(of, presence, null);
            audit.write(caller, "set-presence", "operator/" + of, Audit.OK, null, Map.of("presence", presence));
            notices.tell(person, List.of(of), Notices.Kind.PRESENCE, why, "operator/" + of);
        });
        if (request.path("handOver").asBoolean()) {
            for (Inquiry open : screens.openOf(of)) {
                try {
                    desk.transfer(person, of, open.id(), new Desk.Destination(lineOf(open, of), null), why);
                } catch (WrongStateException e) {
                    LOG.info("Inquiry {} is not theirs any more: {}", open.id(), e.code());
                }
            }
        }
        return Answer.nothing();
    }

    private void present(OperatorId of, String presence, String reason) {
        try {
            seats.present(of, presence, reason);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "presence", e.getMessage());
        }
    }

    /** Tells everybody of a team something. */
    public Answer tellTeam(@Header(CALLER) String caller, @Body String body) {
        JsonNode request = Requests.read(body);
        String team = request.path("team").asText("");
        List<OperatorId> people = seats.all().stream()
                .filter(seat -> seat.team().equals(team))
                .map(Seats.Seat::operator)
                .toList();
        if (people.isEmpty()) {
            throw new BadRequestException(422, "team", "Nobody works in the team " + team);
        }
        notices.tell(
                person(caller), people, Notices.Kind.TEAM, Requests.line(request, "words", 1, 500), "team/" + team);
        return Answer.nothing();
    }

    public Answer noticeRead(@Header(CALLER) String caller, @Header("notice") String notice) {
        notices.read(new OperatorId(UUID.fromString(caller)), Requests.uuid(notice, "notice"));
        return Answer.nothing();
    }

    /**
     * Passes on what the caller has open, each inquiry in a step of its own, with a summary. The caller is away first, so
     * that nothing comes back to them. What the receiver has no room for, or what changed meanwhile, stays where it is, and
     * is named with the reason.
     */
    public Object handOver(@Header(CALLER) String caller, @Body String body) {
        Person person = person(caller);
        JsonNode items = Requests.read(body).path("items");
        wishes(items);
        seats.present(person.id(), "away", null);
        List<Map<String, Object>> left = new ArrayList<>();
        for (JsonNode item : items) {
            InquiryId inquiry = Requests.inquiryId(item.path("inquiry").asText());
            try {
                handOver(person, inquiry, item);
            } catch (WrongStateException e) {
                left.add(Map.of("inquiry", inquiry.value(), "code", e.code()));
            } catch (BadRequestException e) {
                left.add(Map.of("inquiry", inquiry.value(), "code", e.code()));
            }
        }
        return Map.of("left", left, "me", screens.me(person));
    }

    /** What somebody else has open, for a supervisor who passes it on. */
    public Object inquiriesOf(@Header(CALLER) String caller, @Header("id") String id) {
        OperatorId of = seated(id);
        store.inTransaction(() -> audit.write(caller, "list-inquiries", "operator/" + of, Audit.OK, null, null));
        return screens.summariesOf(of);
    }

    /**
     * A supervisor passes on all that somebody has open, each inquiry in a step of its own: as its item says, or into the
     * waiting line it came from. That person is away first. What a receiver has no room for, or what changes meanwhile,
     * stays where it is, and is named with the reason; an item of what is not theirs any more is passed over. Both are told
     * why: who had them, also where nothing could be passed on, and who has them now.
     */
    public Object handOverOf(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        Person person = person(caller);
        OperatorId of = seated(id);
        String why = Requests.line(request, "why", 1, 200);
        Map<InquiryId, JsonNode> wished = wishes(request.path("items"));
        store.inTransaction(() -> {
            present(of, "away", null);
            audit.write(caller, "set-presence", "operator/" + of, Audit.OK, null, Map.of("presence", "away"));
        });
        List<Map<String, Object>> left = new ArrayList<>();
        Map<OperatorId, Integer> given = new LinkedHashMap<>();
        int passed = 0;
        for (Inquiry open : screens.openOf(of)) {
            JsonNode item = wished.getOrDefault(open.id(), MissingNode.getInstance());
            try {
                Desk.Destination to = item.hasNonNull("operator") || item.hasNonNull("team")
                        ? destination(item)
                        : new Desk.Destination(lineOf(open, of), null);
                String summary = Requests.line(item, "summary", 0, Requests.LONGEST_NOTE);
                desk.transfer(person, of, open.id(), to, summary.isBlank() ? why : summary);
                passed++;
                if (to.operator() != null) {
                    given.merge(to.operator().id(), 1, Integer::sum);
                }
            } catch (WrongStateException e) {
                left.add(Map.of("inquiry", open.id().value(), "code", e.code()));
            } catch (BadRequestException e) {
                left.add(Map.of("inquiry", open.id().value(), "code", e.code()));
            }
        }
        tellOfHandOver(person, of, why, passed, given, left.size());
        return Map.of("left", left);
    }

    private void tellOfHandOver(
            Person by, OperatorId of, String why, int passed, Map<OperatorId, Integer> given, int left) {
        store.inTransaction(() -> {
            audit.write(
                    by.id().toString(),
                    "hand-over",
                    "operator/" + of,
                    Audit.OK,
                    null,
                    Map.of("passed", "" + passed, "left", "" + left));
            notices.tell(
                    by, List.of(of), passed > 0 ? Notices.Kind.PASSED : Notices.Kind.PRESENCE, why, "operator/" + of);
            String whose = screens.name(of);
            given.forEach((to, count) -> notices.tell(
                    by, List.of(to), Notices.Kind.GIVEN, whose + " (" + count + ") · " + why, "operator/" + to));
        });
    }

    /** Reads what is to become of which inquiry; what cannot be read changes nothing. */
    private static Map<InquiryId, JsonNode> wishes(JsonNode items) {
        if (items.size() > MOST_HANDED_OVER) {
            throw new BadRequestException(422, "items", "At most " + MOST_HANDED_OVER + " inquiries at once");
        }
        Map<InquiryId, JsonNode> wished = new HashMap<>();
        for (JsonNode item : items) {
            Requests.line(item, "summary", 0, Requests.LONGEST_NOTE);
            wished.put(Requests.inquiryId(item.path("inquiry").asText()), item);
        }
        return wished;
    }

    private OperatorId seated(String id) {
        OperatorId of = new OperatorId(Requests.uuid(id, "operator"));
        if (seats.of(of).isEmpty()) {
            throw new BadRequestException(404, "not-found", "This person takes no inquiries");
        }
        return of;
    }

    private void handOver(Person by, InquiryId id, JsonNode item) {
        Inquiry inquiry = screens.find(id);
        if (inquiry.offered()) {
            offers.decline(by, id);
            return;
        }
        boolean named = item.hasNonNull("operator") || item.hasNonNull("team");
        Desk.Destination to = named ? destination(item) : new Desk.Destination(lineOf(inquiry, by.id()), null);
        desk.transfer(by, by.id(), id, to, Requests.line(item, "summary", 0, Requests.LONGEST_NOTE));
    }

    /** The waiting line it came from; one that never waited goes to its operator's team. */
    private String lineOf(Inquiry inquiry, OperatorId owner) {
        return inquiry.team() != null
                ? inquiry.team()
                : seats.of(owner).map(Seats.Seat::team).orElseThrow();
    }

    /** The caller's screen is there, with this inquiry on it; one that they may not read is none. */
    public Answer heartbeat(@Header(CALLER) String caller, @Body String body) {
        String shown = Requests.read(body).path("inquiry").asText("");
        boolean none = shown.isEmpty() || shown.equals("null") || !mayRead(caller, Requests.inquiryId(shown));
        heartbeats.beat(new OperatorId(UUID.fromString(caller)), none ? null : Requests.inquiryId(shown));
        return Answer.nothing();
    }

    private boolean mayRead(String caller, InquiryId inquiry) {
        return !scope.within(person(caller), Set.of(inquiry.value())).isEmpty();
    }

    public Object colleagues() {
        return screens.colleagues();
    }

    /** Passes an inquiry to a person or a team; who is no supervisor passes only their own. */
    public Object transfer(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String summary = request.path("summary").asText("").strip();
        if (summary.length() > Requests.LONGEST_NOTE) {
            throw new BadRequestException(
                    422, "summary", "A summary has at most " + Requests.LONGEST_NOTE + " characters");
        }
        Person person = person(caller);
        InquiryId inquiry = Requests.inquiryId(id);
        OperatorId from = person.role() == Role.OPERATOR ? person.id() : null;
        desk.transfer(person, from, inquiry, destination(request), summary);
        return screens.inquiry(inquiry, person);
    }

    private Desk.Destination destination(JsonNode request) {
        String operator = request.path("operator").asText("");
        if (operator.isEmpty()) {
            String team = request.path("team").asText("");
            if (seats.all().stream().noneMatch(seat -> seat.team().equals(team))) {
                throw new BadRequestException(422, "team", "Nobody works in the team " + team);
            }
            return new Desk.Destination(team, null);
        }
        OperatorId to = new OperatorId(Requests.uuid(operator, "operator"));
        Seats.Seat seat = seats.of(to)
                .orElseThrow(() -> new BadRequestException(422, "operator", "This person takes no inquiries"));
        if (seat.presence().equals("away")) {
            throw new BadRequestException(409, "away", "This person is away");
        }
        return new Desk.Destination(seat.team(), operators.find(to).orElseThrow());
    }

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }
}
