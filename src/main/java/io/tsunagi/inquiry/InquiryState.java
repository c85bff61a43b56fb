package io.tsunagi.inquiry;

/** Where an inquiry stands; {@link Inquiries} owns the ways between these. */
public enum InquiryState {
    /** The bot answers. */
    BOT,
    /** It waits for an operator. */
    WAITING,
    /** An operator has it. */
    ASSIGNED,
    /** Its operator parked it with a memo; it takes no room. */
    HELD,
    CLOSED;

    /** Whether an operator is responsible for it. */
    public boolean owned() {
        return this == ASSIGNED || this == HELD;
    }
}
