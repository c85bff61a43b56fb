package io.tsunagi.bot;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.UUID;

/**
 * An article that is missing.
 *
 * @param asked how many questions it stands for
 * @param question as a customer asked; null when an editor decided, or when its words were erased
 * @param answer what an operator answered when it was solved; null when there is none
 * @param title as the editor wants it; null before
 * @param body as the editor wants it; null before
 * @param record Salesforce's id of the draft article; null before it is there
 * @param error why Salesforce did not take it; null when it did, or was not asked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Proposal(
        UUID id,
        String language,
        State state,
        int asked,
        String question,
        String answer,
        String title,
        String body,
        Instant proposedAt,
        int tries,
        String record,
        String error) {
    /** What became of it. */
    public enum State {
        /** An editor has to decide. */
        PROPOSED,
        /** It is on its way to Salesforce. */
        APPROVED,
        /** It is a draft article in Salesforce. */
        CREATED,
        /** Salesforce does not take it as it is: the editor may change it. */
        REFUSED,
        /** The editor does not want it. */
        REJECTED
    }

    @Override
    public String toString() {
        return "Proposal " + id;
    }
}
