package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.inquiry.CannedAnswer;
import io.tsunagi.inquiry.CannedAnswers;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.inquiry.SensitiveWords;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** The canned answers as the console asks for them and people change them. */
public final class CannedApi {
    private static final String CALLER = "tsunagi-operator";

    private final CannedAnswers answers;
    private final Operators operators;
    private final SensitiveWords sensitive;

    public CannedApi(CannedAnswers answers, Operators operators, SensitiveWords sensitive) {
        this.answers = answers;
        this.operators = operators;
        this.sensitive = sensitive;
    }

    /** Gives the answers of a language that a team may use, or all of them. */
    public Object list(@Header("language") String language, @Header("team") String team) {
        return language == null || language.isEmpty() ? answers.all() : answers.of(language, team);
    }

    /** Keeps an answer, masked as customers' words are; its shortcut is a word that finds it. */
    public Object save(@Header(CALLER) String caller, @Body String body) {
        JsonNode request = Requests.read(body);
        String team = CardNumbers.mask(request.path("team").asText("").strip());
        CannedAnswer answer;
        try {
            answer = CannedAnswers.answer(
                    CardNumbers.mask(request.path("shortcut").asText("").strip()),
                    CardNumbers.mask(request.path("language").asText("").strip()),
                    team.isEmpty() || team.equals("null") ? null : team,
                    sensitive.mask(request.path("title").asText("").strip()),
                    sensitive.mask(request.path("reading").asText("").strip()),
                    sensitive.mask(request.path("body").asText("").strip()));
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(422, "canned", e.getMessage());
        }
        answers.save(person(caller), answer);
        return answer;
    }

    public Answer remove(@Header(CALLER) String caller, @Header("id") String id) {
        return found(answers.remove(person(caller), Requests.uuid(id, "canned answer")), id);
    }

    public Answer used(@Header("id") String id) {
        return found(answers.used(Requests.uuid(id, "canned answer")), id);
    }

    private static Answer found(boolean found, String id) {
        if (!found) {
            throw new BadRequestException(404, "not-found", "There is no canned answer " + id);
        }
        return Answer.nothing();
    }

    private Person person(String caller) {
        return Requests.person(operators, caller);
    }
}
