package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.keeping.Keeping;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.keeping.LegalHolds.Scope;
import io.tsunagi.media.MediaId;
import io.tsunagi.store.Store;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** Legal holds, the purge's plan, and what became of identity documents, as people with a screen act on them. */
public final class KeepingApi {
    private static final String CALLER = "tsunagi-operator";
    private static final String ORIGIN = "tsunagi-origin";
    private static final Set<String> VERDICTS = Set.of("verified", "refused", "wrong");

    private final Store store;
    private final Keeping keeping;
    private final LegalHolds holds;
    private final HoldsView view;
    private final Operators operators;
    private final SensitiveWords sensitive;

    public KeepingApi(
            Store store,
            Keeping keeping,
            LegalHolds holds,
            PurgeCertificates certificates,
            Operators operators,
            SensitiveWords sensitive) {
        this.store = store;
        this.keeping = keeping;
        this.holds = holds;
        this.view = new HoldsView(store, keeping, holds, certificates);
        this.operators = operators;
        this.sensitive = sensitive;
    }

    /** Gives all holds, what the next purge would remove by each rule, and the newest certificates; audited. */
    public Object show(@Header(CALLER) String caller, @Header(ORIGIN) String origin) {
        return view.show(caller, origin);
    }

    /**
     * Takes {@code scope}, with {@code inquiry} or {@code customer} (their ids), the {@code number} of an inquiry in the place
     * of either, or {@code account}; and {@code reason}.
     */
    public Answer hold(@Header(CALLER) String caller, @Header(ORIGIN) String origin, @Body String body) {
        JsonNode request = Requests.read(body);
        try {
            Scope scope = Scope.of(request.path("scope").asText(""));
            UUID subject =
                    switch (scope) {
                        case INQUIRY -> subject(request, "inquiry");
                        case CUSTOMER -> subject(request, "customer");
                        case ACCOUNT -> null;
                    };
            return new Answer(
                    201,
                    holds.set(
                            scope,
                            subject,
                            request.path("account").asText(),
                            sensitive.mask(request.path("reason").asText()),
                            caller,
                            origin));
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "hold", e.getMessage());
        }
    }

    private UUID subject(JsonNode request, String what) {
        return request.path("number").isIntegralNumber()
                ? view.subject(what.equals("customer"), request.path("number").asLong())
                : Requests.uuid(request.path(what).asText(), what);
    }

    public Object lift(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id, @Body String body) {
        try {
            return holds.lift(
                    Requests.uuid(id, "id"),
                    sensitive.mask(Requests.read(body).path("reason").asText()),
                    caller,
                    origin);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "hold", e.getMessage());
        } catch (LegalHolds.NotLiftedException e) {
            throw new BadRequestException(409, "second-person", e.getMessage());
        }
    }

    /** The owner of the inquiry, or a supervisor, says what became of an identity document: then its image goes. */
    public Answer decide(
            @Header(CALLER) String caller, @Header(ORIGIN) String origin, @Header("id") String id, @Body String body) {
        MediaId media = new MediaId(Requests.uuid(id, "id"));
        String verdict = Requests.read(body).path("verdict").asText("");
        if (!VERDICTS.contains(verdict)) {
            throw new BadRequestException(422, "verdict", "The verdict is verified, refused or wrong");
        }
        Person person = operators
                .find(new OperatorId(UUID.fromString(caller)))
                .orElseThrow(() -> new BadRequestException(401, "not-signed-in", "Sign in first"));
        boolean mayAct = person.role() == Role.SUPERVISOR || person.id().value().equals(ownerOf(media));
        if (!mayAct) {
            throw new BadRequestException(409, WrongStateException.NOT_OWNER, "Another operator has the inquiry");
        }
        if (!keeping.decide(media, person.id().value(), verdict, origin)) {
            throw new BadRequestException(409, "decided", "It is no identity document, or somebody has decided");
        }
        return Answer.nothing();
    }

    private UUID ownerOf(MediaId media) {
        return store
                .jdbc()
                .sql("select i.operator from media m join inquiries i on i.id = m.inquiry where m.id = ?")
                .param(media.value())
                .query((row, i) -> row.getObject("operator", UUID.class))
                .list()
                .stream()
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
