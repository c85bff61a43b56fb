package io.tsunagi.inquiry;

/**
 * Asks for the word in chats that an account shares with other systems: of those that share one only one may speak at a
 * time. What is asked for is done after the running transaction's commit; whether it was granted comes back as an event.
 */
public interface ChatControl {
    /** No account shares its chats. */
    ChatControl NONE = new ChatControl() {
        @Override
        public boolean shared(String account) {
            return false;
        }

        @Override
        public void acquire(Customer customer) {}

        @Override
        public void lost(Customer customer) {}

        @Override
        public void returned(Customer customer) {}
    };

    /** Says whether an account shares its chats. */
    boolean shared(String account);

    /** Asks for the word with a customer, and for as long as it is not lost or given back. */
    void acquire(Customer customer);

    /** Notes that another system has the word now: it is not fought for. */
    void lost(Customer customer);

    /** Notes that LINE gave the word with a customer: while a person has the inquiry it is not let go by mere time. */
    void returned(Customer customer);
}
