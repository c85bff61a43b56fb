package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork;
import java.util.List;
import java.util.UUID;

/**
 * What one worker took from an inquiry's line: one row, or as many transcript rows as one call carries.
 *
 * @param rows in the order they were added; never empty
 */
public record Work(UUID inquiry, CrmWork.Kind kind, List<Row> rows) {
    /**
     * One row of {@code crm_work}.
     *
     * @param subject the inquiry or the message
     * @param tries how often it was taken, this time included; a worker whose lease ran out is known by an old number
     */
    public record Row(UUID id, UUID subject, int tries) {}

    public Work {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("There is no work without a row");
        }
    }
}
