package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class SilenceTest {
    @Parameter
    Dialect dialect;

    private Office office;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    /** Scenario 9 */
    @Test
    void what_an_operator_has_is_closed_when_its_customer_blocked_the_account_for_so_long_and_gives_its_room_back() {
        Person aoi = office.operator("aoi", 4);
        Inquiry blocked = office.assigned("misaki", aoi);
        Inquiry held = office.held("yuki", aoi);
        Inquiry back = office.assigned("souta", aoi);
        Inquiry friend = office.assigned("emma", aoi);
        for (String customer : new String[] {"misaki", "yuki", "souta"}) {
            Incoming unfollow = office.incoming(customer, "unfollow", null, null, null, office.clock.instant(), null);
            office.atTurn(customer, () -> {
                office.turn.unfollow(unfollow);
                return null;
            });
        }
        office.clock.forward(Office.BLOCKED.minusSeconds(1));
        Incoming follow = office.incoming("souta", "follow", null, null, null, office.clock.instant(), null);
        office.atTurn("souta", () -> {
            office.turn.follow(follow);
            return null;
        });
        assertThat(office.silence.closeBlocked()).as("to the second").isZero();
        office.clock.forward(Duration.ofSeconds(1));

        assertThat(office.silence.closeBlocked()).isEqualTo(2);

        assertThat(office.now(blocked).closeReason()).isEqualTo("blocked");
        assertThat(office.now(held).closeReason()).isEqualTo("blocked");
        assertThat(office.now(back).state()).isEqualTo(InquiryState.ASSIGNED);
        assertThat(office.now(friend).state()).isEqualTo(InquiryState.ASSIGNED);
        assertThat(office.load(aoi)).isEqualTo(2);
        assertThat(office.silence.closeBlocked()).isZero();
    }

    @Test
    void an_inquiry_with_the_bot_is_closed_when_nothing_was_said_for_long_and_no_other_one_is() {
        Person aoi = office.operator("aoi", 4);
        Inquiry silent = office.withBot("misaki");
        Inquiry waiting = office.waiting("yuki");
        Inquiry assigned = office.assigned("souta", aoi);
        Inquiry held = office.held("emma", aoi);
        office.clock.forward(Duration.ofHours(12));
        Inquiry talking = office.withBot("goro");
        office.clock.forward(Office.SILENCE.minusHours(12));
        assertThat(office.silence.closeSilent()).as("to the second").isZero();
        office.clock.forward(Duration.ofSeconds(1));

        assertThat(office.silence.closeSilent()).isOne();

        assertThat(office.now(silent).state()).isEqualTo(InquiryState.CLOSED);
        assertThat(office.now(silent).closeReason()).isEqualTo("silent");
        for (Inquiry open : new Inquiry[] {waiting, assigned, held, talking}) {
            assertThat(office.now(open).state()).isEqualTo(open.state());
        }
        assertThat(office.silence.closeSilent()).isZero();
        assertThat(office.crm(silent)).as("no Case was made").isEmpty();
    }
}
