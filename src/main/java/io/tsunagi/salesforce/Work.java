package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork;
import java.util.List;
import java.util.UUID;

/**
 * What one worker took from the lines of one or many inquiries: rows of one kind, as many as one call carries.
 *
 * @param rows of each inquiry in the order they were added; never empty
 */
public record Work(CrmWork.Kind kind, List<Row> rows) {
    /**
     * One row of {@code crm_work}.
     *
     * @param subject the inquiry or the message
     * @param tries how often it was taken, this time included; a worker whose lease ran out is known by an old number
     */
    public record Row(UUID id, UUID inquiry, UUID subject, int tries) {}

    public Work {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("There is no work without a row");
        }
    }

    /** Gives the same work in two parts; one row cannot be parted. */
    List<Work> halves() {
        int middle = rows.size() / 2;
        return List.of(new Work(kind, rows.subList(0, middle)), new Work(kind, rows.subList(middle, rows.size())));
    }
}
