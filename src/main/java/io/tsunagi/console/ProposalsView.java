package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.Proposal;
import io.tsunagi.bot.Proposals;
import io.tsunagi.store.Store;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** Proposals for articles as the console asks for them and editors decide. Looking at them is audited: they hold customers' words. */
public final class ProposalsView {
    private static final String CALLER = "tsunagi-operator";
    private static final Pattern LANGUAGE = Pattern.compile("[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})?");

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

    /** Proposes an article for {@code words} in a {@code language} that an operator's search did not find. */
    public Object propose(@Header(CALLER) String caller, @Header("id") String id, @Body String body) {
        JsonNode request = Requests.read(body);
        String words = Requests.line(request, "words", 1, 200);
        String language = request.path("language").asText(null);
        if (language != null && !LANGUAGE.matcher(language).matches()) {
            throw new BadRequestException(422, "language", "A language is a tag such as ja or zh-TW");
        }
        try {
            return Map.of("proposed", proposals.add(person(caller), Requests.inquiryId(id), language, words));
        } catch (Proposals.RefusedException e) {
            throw new BadRequestException(e.code().equals("not-found") ? 404 : 422, e.code(), e.getMessage());
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
