package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.CustomerTurn;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Incoming;
import io.tsunagi.inquiry.Received;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.LedgerEvent;
import io.tsunagi.store.Signals;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;

/**
 * Learns what customers are called, and how many are in a group or room. The call to LINE runs outside every transaction; its answer comes back through the
 * ledger as an event of the customer's lane and takes its own turn.
 */
public final class LineProfiles {
    /** The ledger's type of a profile that came back. */
    static final String EVENT = "hub-profile";

    private static final Duration FRESH = Duration.ofDays(1);

    private final ObjectMapper json = new ObjectMapper();
    private final Customers customers;
    private final CustomerTurn turn;
    private final Ledger ledger;
    private final Signals signals;
    private final Clock clock;

    public LineProfiles(Customers customers, CustomerTurn turn, Ledger ledger, Signals signals, Clock clock) {
        this.customers = customers;
        this.turn = turn;
        this.ledger = ledger;
        this.signals = signals;
        this.clock = clock;
    }

    /** Has the profile read after the commit, when the hub does not know it or knows an old one. */
    public void wanted(Incoming incoming) {
        wanted(customers.find(incoming.customer()).orElseThrow());
    }

    /** Has the profile of who wrote read after the commit, when the hub does not know it or knows an old one. */
    public void wantedOfWriter(Received received) {
        wanted(received.customer());
    }

    /** Has the members counted anew after the commit, because somebody came or went. */
    public void membersChanged(Incoming incoming) {
        customers
                .find(incoming.customer())
                .ifPresent(
                        group -> signals.send(Signals.Kind.PROFILE, group.id().value()));
    }

    private void wanted(Customer customer) {
        boolean old =
                customer.profileAt() == null || customer.profileAt().plus(FRESH).isBefore(clock.instant());
        if (old) {
            signals.send(Signals.Kind.PROFILE, customer.id().value());
        }
    }

    public Customer customer(UUID id) {
        return customers.find(new CustomerId(id)).orElseThrow();
    }

    /** Gives where LINE tells a customer's name; a room has none, and its own id leads to nothing there. */
    public String path(Customer customer) {
        return customer.kind().equals("group")
                ? "/v2/bot/group/" + customer.lineUserId() + "/summary"
                : "/v2/bot/profile/" + customer.lineUserId();
    }

    /** Gives where LINE tells how many people are in a group or room, the account not among them. */
    public String membersPath(Customer customer) {
        return "/v2/bot/" + customer.kind() + "/" + customer.lineUserId() + "/members/count";
    }

    /** Appends LINE's count to the ledger, whatever LINE says of the name; without one the count known before stays. */
    public void counted(Exchange exchange) throws JsonProcessingException {
        Customer customer = exchange.getProperty("customer", Customer.class);
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        if (status != 200) {
            return;
        }
        JsonNode count =
                json.readTree(exchange.getMessage().getBody(String.class)).path("count");
        if (count.canConvertToInt()) {
            append(customer, "members", json.createObjectNode().put("members", count.intValue()));
        }
    }

    /** Appends LINE's answer to the ledger; one that tells nothing (blocked, no consent) counts as told. */
    public void told(Exchange exchange) throws JsonProcessingException {
        Customer customer = exchange.getProperty("customer", Customer.class);
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        if (status != 200 && status != 404) {
            return;
        }
        JsonNode profile =
                status == 200 ? json.readTree(exchange.getMessage().getBody(String.class)) : json.createObjectNode();
        ObjectNode kept = json.createObjectNode();
        String name =
                profile.path("displayName").asText(profile.path("groupName").asText(null));
        kept.put("displayName", CardNumbers.mask(name));
        kept.put("pictureUrl", profile.path("pictureUrl").asText(null));
        append(customer, "profile", kept);
    }

    private void append(Customer customer, String what, ObjectNode kept) throws JsonProcessingException {
        ledger.append(List.of(new Ledger.Arrival(
                customer.account(),
                EVENT + " " + what + " " + customer.id() + " " + clock.instant().toEpochMilli(),
                customer.kind(),
                customer.lineUserId(),
                EVENT,
                clock.instant(),
                json.writeValueAsBytes(kept))));
    }

    /** Lets a profile that came back take effect. */
    public void takeEffect(LedgerEvent event) throws IOException {
        JsonNode profile = json.readTree(event.json());
        CustomerId customer = Customers.idOf(event.account(), event.kind(), event.source());
        if (profile.has("members")) {
            turn.members(customer, profile.path("members").intValue());
        } else {
            turn.profile(
                    customer,
                    profile.path("displayName").asText(null),
                    profile.path("pictureUrl").asText(null));
        }
    }
}
