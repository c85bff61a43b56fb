package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.Proposal;
import io.tsunagi.bot.Proposals;
import io.tsunagi.store.Store;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** Proposals for articles as the console asks for them and editors decide. Looking at them is audited: they hold customers' words. */
public final class ProposalsView {
    private static final String CALLER = "tsunagi-operator";

    private final Store store;
    private final Proposals proposals;
    private final Operators operators;
    private final Audit audit;

    public ProposalsView(Store store, Proposals proposals, Operators operators, Audit audit) {
        this.store = store;
        this.proposals = proposals;
        this.operators = operators;
        this.audit = audit;
    }

    public List<Proposal> list(@Header(CALLER) String caller) {
        Person person = person(caller);
        return store.inTransaction(() -> {
            audit.write(person.id().toString(), "view-proposals", "proposals", Audit.OK, null, null);
            return proposals.all();
        });
    }

    public Answer approve(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        try {
            return found(
                    proposals.approve(
                            person(caller),
                            Requests.uuid(id, "proposal"),
                            request.path("title").asText("").strip(),
                            request.path("body").asText("").strip(),
                            request.path("seen").asBoolean(false)),
                    id);
        } catch (Proposals.RefusedException e) {
            throw new BadRequestException(422, e.code(), e.getMessage());
        }
    }

    public Answer reject(@Header(CALLER) String caller, @Header("id") String id) {
        return found(proposals.reject(person(caller), Requests.uuid(id, "proposal")), id);
    }

    private static Answer found(boolean found, String id) {
        if (!found) {
            throw new BadRequestException(409, "decided", "The proposal " + id + " is decided already, or is no more");
        }
        return Answer.nothing();
    }

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }
}
