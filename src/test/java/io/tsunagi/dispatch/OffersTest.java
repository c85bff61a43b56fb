package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Office;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Inquiries that are offered. */
@ParameterizedClass
@EnumSource(Dialect.class)
class OffersTest {
    private static final Duration WITHIN = Duration.ofSeconds(30);

    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Person ren;
    private Inquiry inquiry;

    @BeforeEach
    void offer() {
        office = Office.open(TestStores.settings(
                dialect, Map.of("hub.dispatch.accept-within", "PT30S", "hub.dispatch.decline-pause", "PT2M")));
        aoi = office.operator("aoi", 2);
        office.clock.forward(Duration.ofSeconds(1));
        ren = office.operator("ren", 2);
        inquiry = office.waiting("misaki");
        office.dispatcher.assign();
    }

    @AfterEach
    void close() {
        office.close();
    }

    private OperatorId operator() {
        return office.now(inquiry).operator();
    }

    private void timeIsOver() {
        office.clock.forward(WITHIN);
        office.offers.expire();
    }

    /** Scenario 32 */
    @Test
    void what_is_offered_takes_room_and_is_its_operators_once_they_accept() {
        assertThat(operator()).isEqualTo(aoi.id());
        assertThat(office.now(inquiry).offered()).isTrue();
        assertThat(office.load(aoi)).isEqualTo(1);
        assertThat(office.crm(inquiry)).doesNotContain("CASE_UPDATE");
        assertThatThrownBy(() -> office.drafts(aoi, inquiry, "はい")).hasMessageContaining("Accept");
        assertThatThrownBy(() -> office.desk.close(aoi, inquiry.id(), "solved", () -> {}))
                .hasMessageContaining("Accept");
        office.desk.read(aoi, inquiry.id(), 1);
        assertThat(office.now(inquiry).readSeq())
                .as("its customer is not told that it was read")
                .isZero();
        assertThatThrownBy(() -> office.offers.accept(ren, inquiry.id())).isInstanceOf(WrongStateException.class);

        office.offers.accept(aoi, inquiry.id());

        assertThat(office.now(inquiry).offered()).isFalse();
        assertThat(office.crm(inquiry)).contains("CASE_UPDATE");
        timeIsOver();
        assertThat(operator()).isEqualTo(aoi.id());
        assertThat(office.load(aoi)).isEqualTo(1);
        office.says(aoi, inquiry, "はい");
        assertThatThrownBy(() -> office.offers.decline(aoi, inquiry.id())).isInstanceOf(WrongStateException.class);
    }

    /** Scenario 32 */
    @Test
    void what_is_declined_or_not_taken_goes_to_the_next_with_its_age() {
        office.offers.decline(aoi, inquiry.id());
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.WAITING);
        assertThat(office.now(inquiry).queuedAt()).isEqualTo(inquiry.queuedAt());
        assertThat(office.load(aoi)).isZero();

        office.dispatcher.assign();
        assertThat(operator()).isEqualTo(ren.id());
        office.offers.expire();
        assertThat(operator()).as("before its time is over").isEqualTo(ren.id());
        timeIsOver();
        assertThat(office.load(ren)).isZero();
        assertThat(office.dispatcher.assign()).as("both are passed over").isZero();

        office.clock.forward(Duration.ofMinutes(2));
        office.offers.expire();
        assertThat(office.dispatcher.assign())
                .as("nobody else came: they are asked again")
                .isOne();
        assertThat(office.count("declines")).isZero();
    }

    @Test
    void who_lets_offers_go_by_in_a_row_is_away_and_who_accepts_between_is_not() {
        timeIsOver();
        Inquiry second = office.waiting("taro");
        office.dispatcher.assign();
        Inquiry aois = List.of(inquiry, second).stream()
                .filter(each -> aoi.id().equals(office.now(each).operator()))
                .findFirst()
                .orElseThrow();
        office.offers.accept(aoi, aois.id());
        timeIsOver();
        assertThat(office.seats.of(aoi.id()).orElseThrow().presence()).isEqualTo("available");

        office.seats.present(ren.id(), "away");
        for (String user : new String[] {"eins", "zwei"}) {
            Inquiry next = office.waiting(user);
            office.dispatcher.assign();
            assertThat(office.now(next).operator()).isEqualTo(aoi.id());
            timeIsOver();
        }
        assertThat(office.seats.of(aoi.id()).orElseThrow().presence()).isEqualTo("away");
        assertThat(office.seats.presence(aoi.id()).reason()).isEqualTo("missed");
    }

    @Test
    void of_accepting_declining_and_the_end_of_its_time_on_two_nodes_one_wins() {
        office.clock.forward(WITHIN);
        try (Office other = office.secondNode()) {
            List<Callable<?>> works = List.of(
                    () -> {
                        office.offers.accept(aoi, inquiry.id());
                        return "accepted";
                    },
                    () -> {
                        other.offers.decline(aoi, inquiry.id());
                        return "declined";
                    },
                    () -> {
                        other.offers.expire();
                        return "looked";
                    });
            List<Object> outcomes = Office.atOnce(works);
            boolean accepted = outcomes.contains("accepted");

            assertThat(accepted && outcomes.contains("declined")).isFalse();
            assertThat(office.now(inquiry).state()).isEqualTo(accepted ? InquiryState.ASSIGNED : InquiryState.WAITING);
            assertThat(office.load(aoi)).isEqualTo(accepted ? 1 : 0);
            assertThat(outcomes).allMatch(each -> each instanceof String || each instanceof WrongStateException);
        }
    }

    @Test
    void an_offer_outlives_its_node() {
        try (Office other = office.secondNode()) {
            office.clock.forward(WITHIN);
            other.offers.expire();
            other.dispatcher.assign();
        }
        assertThat(operator()).isEqualTo(ren.id());
        assertThat(office.load(aoi)).isZero();
    }

    @Test
    void a_supervisor_takes_what_is_offered_and_it_is_theirs_at_once() {
        Person sakura = office.operator("sakura", 2);
        office.desk.take(sakura, inquiry.id(), aoi.id());

        assertThat(office.now(inquiry).offered()).isFalse();
        assertThat(office.load(aoi)).isZero();
        assertThatThrownBy(() -> office.offers.accept(aoi, inquiry.id())).isInstanceOf(WrongStateException.class);
        timeIsOver();
        assertThat(operator()).isEqualTo(sakura.id());
    }
}
