package io.tsunagi.console;

import io.tsunagi.access.OperatorId;
import io.tsunagi.inquiry.CustomerId;

/** The colour, 1 to 8, by which the screens tell people apart; name and initial always stand beside it. */
final class Hues {
    private static final int COUNT = 8;

    private Hues() {}

    /**
     * The slots' hues differ from each other; outside a slot the customer's id decides.
     *
     * @param slot the slot of the customer's inquiry; null without one
     */
    static int of(CustomerId customer, Integer slot) {
        return slot == null ? of(customer.value().hashCode()) : of(slot - 1);
    }

    static int of(OperatorId operator) {
        return of(operator.value().hashCode());
    }

    private static int of(int number) {
        return Math.floorMod(number, COUNT) + 1;
    }
}
