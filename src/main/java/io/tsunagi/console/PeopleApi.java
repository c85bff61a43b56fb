package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Role;
import io.tsunagi.access.Staff;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** The people as administrators list, add, change, invite and disable them. */
public final class PeopleApi {
    private static final String CALLER = "tsunagi-operator";
    private static final String ORIGIN = "tsunagi-origin";
    private static final int MOST = 100;

    private final Staff staff;
    private final Store store;
    private final Audit audit;

    public PeopleApi(Staff staff, Store store, Audit audit) {
        this.staff = staff;
        this.store = store;
        this.audit = audit;
    }

    /**
     * Gives a part of the list: {@code q} is looked for in names and teams, {@code offset} and {@code limit} say which. As all
     * that administrators do it is audited (PCI DSS v4.0.1, 10.2.1.2).
     */
    public Object list(
            @Header(CALLER) String caller,
            @Header(ORIGIN) String origin,
            @Header("q") String query,
            @Header("offset") String offset,
            @Header("limit") String limit) {
        int from = whole(offset, "offset", 0, Integer.MAX_VALUE, 0);
        int most = whole(limit, "limit", 1, MOST, 50);
        return store.inTransaction(() -> {
            audit.write(caller, "view-people", "operators", Audit.OK, origin, null);
            return staff.page(query == null ? "" : query, from, most);
        });
    }

    private static int whole(String text, String name, int least, int most, int otherwise) {
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrongNumber(name, least, most);
        }
        throw wrongNumber(name, least, most);
    }

    private static BadRequestException wrongNumber(String name, int least, int most) {
        return new BadRequestException(422, name, "The " + name + " is a number from " + least + " to " + most);
    }

    public Answer add(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Body String body) {
        JsonNode request = Requests.read(body);
        return new Answer(
                201,
                possible(() -> staff.add(name(request.path("name").asText("")), form(request), id(caller), origin)));
    }

    public Object change(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        return possible(() -> staff.change(id(id), form(request), id(caller), origin));
    }

    public Object disable(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id) {
        return possible(() -> staff.disable(id(id), id(caller), origin));
    }

    /** Makes a link and shows it this once. */
    public Answer invite(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id) {
        return new Answer(201, possible(() -> staff.invite(id(id), id(caller), origin)));
    }

    public Answer revokeInvitation(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id) {
        if (!staff.revokeInvitation(id(id), id(caller), origin)) {
            throw new BadRequestException(404, "not-found", "There is no open invitation of this person");
        }
        return Answer.nothing();
    }

    public Object takeFactor(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id) {
        return possible(() -> staff.takeFactor(id(id), id(caller), origin));
    }

    private static Staff.Form form(JsonNode request) {
        String word = request.path("role").asText("");
        Role role;
        try {
            role = Role.of(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("There is no role '" + word + "'.", e);
        }
        return new Staff.Form(
                name(request.path("displayName").asText("").strip()),
                name(request.path("nickname").asText("").strip()),
                role,
                request.path("language").asText("ja"),
                request.path("zone").asText("Asia/Tokyo"),
                name(request.path("team").asText("").strip()),
                words(request.path("skills")),
                words(request.path("languages")),
                request.path("capacity").asInt(0));
    }

    private static List<String> words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(name(word.asText("").strip())));
        return words;
    }

    /** What people are called, and are found by, stands in the clear. */
    private static String name(String given) {
        if (CardNumbers.in(given)) {
            throw new IllegalArgumentException("A card number is no name.");
        }
        return given;
    }

    private static <T> T possible(Supplier<T> act) {
        try {
            return act.get();
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "person", e.getMessage());
        } catch (Staff.NotPossibleException e) {
            throw new BadRequestException(e.code().equals("not-found") ? 404 : 409, e.code(), e.getMessage());
        }
    }

    private static OperatorId id(String id) {
        UUID value = Requests.uuid(id, "person");
        return new OperatorId(value);
    }
}
