package io.tsunagi.chaos;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What each side of a run wrote down for itself, all of it read after the run: the generator, the LINE simulator, the
 * hub's database, the Salesforce simulator, the logs.
 *
 * @param posted every webhook event of the run, as the LINE simulator knows it
 * @param ledger what the hub kept of the run's lanes
 * @param assignments the inquiry of each decision that gave it to an operator
 * @param pending what is not done although everything is well again, in words
 * @param phones what the phones of the run's customers show, oldest first
 * @param spoken what operators sent
 * @param cases the inquiry keys of all Cases
 * @param transcript the message keys of all transcript rows in Salesforce
 * @param auditDamage what the audit's check found
 * @param logs the hubs' log lines of this run, by node
 */
record Evidence(
        List<Line.Posted> posted,
        List<Event> ledger,
        List<Message> messages,
        List<Delivery> deliveries,
        List<Inquiry> inquiries,
        List<Seat> seats,
        List<UUID> assignments,
        List<CrmWork> crmWork,
        List<String> pending,
        Map<String, List<Line.Shown>> phones,
        List<Staff.Spoken> spoken,
        List<String> cases,
        List<String> transcript,
        Optional<String> auditDamage,
        Map<String, List<String>> logs) {

    record Event(UUID id, UUID lane, String state) {}

    record Message(
            UUID id,
            UUID inquiry,
            int seq,
            UUID customer,
            String sender,
            String lineMessageId,
            long at,
            boolean late,
            boolean empty) {}

    /** @param lapsed whether it ended because it was to be said by the free reply alone, which was over */
    record Delivery(UUID id, UUID lane, UUID inquiry, String state, boolean lapsed) {
        /** Whether it ended as refused; what was to be said by the free reply or not at all may lapse. */
        boolean failed() {
            return state.equals("FAILED") && !lapsed;
        }
    }

    record Inquiry(UUID id, String state, UUID operator, int weight, Integer slot, boolean handedOff) {}

    record Seat(UUID operator, int capacity, int load) {}

    record CrmWork(UUID inquiry, String kind, UUID subject, String state) {}
}
