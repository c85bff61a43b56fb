package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class HeartbeatsTest {
    private static final String MISAKI = "U1";

    @Parameter
    Dialect dialect;

    private Office office;
    private Heartbeats heartbeats;
    private Person aoi;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        Signals signals = new Signals();
        heartbeats = new Heartbeats(
                office.store,
                signals,
                new InquiryVersions(office.store, signals, office.clock),
                office.desk,
                new Audit(office.store, office.clock),
                office.clock,
                Duration.ofSeconds(15),
                Duration.ofSeconds(45));
        aoi = office.operator("aoi", 3);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private void pass(int seconds) {
        office.clock.forward(Duration.ofSeconds(seconds));
        heartbeats.look();
    }

    /** Scenario 33 */
    @Test
    void who_is_back_within_the_grace_time_keeps_everything_and_was_given_nothing_meanwhile() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        heartbeats.beat(aoi.id(), inquiry.id());
        pass(16);
        office.waiting("U2");
        assertThat(office.dispatcher.assign()).isZero();
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.ASSIGNED);

        pass(40);
        heartbeats.beat(aoi.id(), inquiry.id());
        pass(10);
        assertThat(office.now(inquiry).operator()).isEqualTo(aoi.id());
        assertThat(office.dispatcher.assign()).isEqualTo(1);
    }

    /** Scenario 33 */
    @Test
    void what_a_lost_operator_had_is_first_in_line_with_its_old_age() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        Instant queued = inquiry.queuedAt();
        heartbeats.beat(aoi.id(), null);
        office.clock.forward(Duration.ofSeconds(5));
        Inquiry later = office.waiting("U2");
        pass(11);
        pass(46);

        assertThat(office.inquiries.waiting()).extracting(Inquiry::id).containsExactly(inquiry.id(), later.id());
        assertThat(office.now(inquiry).queuedAt()).isEqualTo(queued);
        assertThat(office.load(aoi)).isZero();
        assertThat(office.seats.of(aoi.id()).orElseThrow().presence()).isEqualTo("away");
        assertThat(office.seats.presence(aoi.id()).reason()).isEqualTo("lost");
    }

    @Test
    void it_goes_back_once_however_many_nodes_look_at_once() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        heartbeats.beat(aoi.id(), null);
        pass(16);
        office.clock.forward(Duration.ofSeconds(46));
        Callable<?> look = () -> {
            heartbeats.look();
            return true;
        };
        assertThat(Office.atOnce(List.of(look, look, look))).containsOnly(true);

        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.WAITING);
        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(message -> "requeued".equals(message.content().text()))
                .hasSize(1);
    }

    @Test
    void who_never_had_a_screen_is_not_watched() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        pass(3600);
        assertThat(office.now(inquiry).operator()).isEqualTo(aoi.id());
    }

    @Test
    void screens_are_told_who_comes_to_look_and_who_leaves() {
        Person ren = office.operator("ren", 3);
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        long before = office.now(inquiry).version();
        heartbeats.beat(aoi.id(), inquiry.id());
        heartbeats.beat(ren.id(), inquiry.id());
        heartbeats.beat(ren.id(), inquiry.id());
        assertThat(heartbeats.viewers(inquiry.id())).containsExactlyInAnyOrder(aoi.id(), ren.id());
        assertThat(office.now(inquiry).version()).isEqualTo(before + 2);

        office.clock.forward(Duration.ofSeconds(10));
        heartbeats.beat(aoi.id(), inquiry.id());
        pass(6);
        assertThat(heartbeats.viewers(inquiry.id())).containsExactly(aoi.id());
        assertThat(office.now(inquiry).version()).isEqualTo(before + 3);
    }
}
