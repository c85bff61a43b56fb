package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.sandbox.line.LineSimulator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Customers who asked for a person and are all with one operator. Safe for many threads once they are taken. */
final class ServedCustomers {
    static final int COUNT = 24;
    private static final String ASK = "オペレーターと話したい";
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration ASKS_AGAIN = Duration.ofSeconds(10);
    private static final Duration GLANCE = Duration.ofMillis(50);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Before a customer's number: the id has enough digits to be taken for a card's, which the hub masks in names too. */
    private static final String NAME = "bench-";

    private final Customers customers = new Customers();
    private final Map<String, String> inquiries = new ConcurrentHashMap<>();

    private ServedCustomers() {}

    /**
     * Lets customers ask for a person until the operator has them all. Who has nobody after a while asks again: a busy hub
     * may have refused the first time.
     */
    static ServedCustomers take(Console operator, LineSimulator line) {
        ServedCustomers served = new ServedCustomers();
        operator.expect("PUT", "/api/me/presence", JSON.createObjectNode().put("presence", "available"));
        for (int i = 0; i < COUNT; i++) {
            line.put(served.customers.id(i), JSON.createObjectNode().put("displayName", NAME + i));
        }
        long until = System.nanoTime() + PATIENCE.toNanos();
        long asks = System.nanoTime();
        while (served.inquiries.size() < COUNT) {
            if (System.nanoTime() >= asks) {
                asks += ASKS_AGAIN.toNanos();
                served.ask(line);
            }
            served.look(operator);
            if (System.nanoTime() > until) {
                throw new IllegalStateException("Of " + COUNT + " customers who asked for a person the operator got "
                        + served.inquiries.size() + " within " + PATIENCE);
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        return served;
    }

    private void ask(LineSimulator line) {
        for (int i = 0; i < COUNT; i++) {
            if (!inquiries.containsKey(customers.id(i))) {
                line.write(customers.id(i), HubProgram.ACCOUNT, ASK);
            }
        }
    }

    private void look(Console operator) {
        for (JsonNode slot : operator.expect("GET", "/api/workspace", null).path("slots")) {
            String name = slot.path("customer").path("name").asText();
            if (name.startsWith(NAME)) {
                int number = Integer.parseInt(name.substring(NAME.length()));
                inquiries.put(customers.id(number), slot.path("id").asText());
            }
        }
    }

    /** Gives LINE's ids of the customers. */
    List<String> ids() {
        return List.copyOf(inquiries.keySet());
    }

    /** Gives the id of a customer's inquiry. */
    String inquiry(String customer) {
        return inquiries.get(customer);
    }
}
