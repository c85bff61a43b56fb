package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;

/** How much an operator can carry. Changes join the running transaction. */
public interface Room {
    /** Takes room for an inquiry; false when the operator has not enough. */
    boolean take(OperatorId operator, int weight);

    /** Gives room back; the operator is idle from now on. */
    void free(OperatorId operator, int weight);
}
