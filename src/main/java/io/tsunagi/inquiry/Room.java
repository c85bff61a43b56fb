package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import java.util.Collection;
import java.util.Map;

/** How much an operator can carry. Changes join the running transaction. */
public interface Room {
    /** Takes room for an inquiry; false when the operator has not enough beside all they carry, calls included. */
    boolean take(OperatorId operator, int weight);

    /**
     * Tells how many units of work each of these operators can take more. Their room is locked from then on, in the order
     * of their ids, until the running transaction ends.
     */
    Map<OperatorId, Integer> lock(Collection<OperatorId> operators);

    /** Takes room that {@link #lock} found free. */
    void takeLocked(Map<OperatorId, Integer> weights);

    /** Adds a call to what an operator carries, over their capacity if need be: nothing more is given then. */
    void carry(OperatorId operator, int weight);

    /** Gives room back; the operator is idle from now on. */
    void free(OperatorId operator, int weight);
}
