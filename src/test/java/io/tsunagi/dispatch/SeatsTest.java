package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.ArrayList;
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
class SeatsTest {
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

    @Test
    void nobody_carries_more_than_their_capacity_however_many_give_them_work_at_once() {
        Person aoi = office.operator("aoi", 5);
        List<Callable<?>> takes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            takes.add(() -> take(aoi, 2));
        }

        assertThat(Office.atOnce(takes)).filteredOn(Boolean.TRUE::equals).hasSize(2);
        assertThat(office.load(aoi)).isEqualTo(4);
        assertThat(take(aoi, 1)).isTrue();
        assertThat(take(aoi, 1)).isFalse();
    }

    private boolean take(Person person, int weight) {
        return office.store.inTransaction(() -> office.seats.take(person.id(), weight));
    }

    @Test
    void work_that_is_begun_or_ended_makes_the_idle_time_begin_anew_and_room_never_falls_below_nothing() {
        Person aoi = office.operator("aoi", 5);
        office.clock.forward(Duration.ofMinutes(1));
        take(aoi, 1);
        assertThat(seat(aoi).idleSince()).isEqualTo(office.clock.instant());

        office.clock.forward(Duration.ofMinutes(1));
        office.store.inTransaction(() -> office.seats.free(aoi.id(), 3));
        assertThat(seat(aoi).idleSince()).isEqualTo(office.clock.instant());
        assertThat(seat(aoi).load()).isZero();
    }

    private Seats.Seat seat(Person person) {
        return office.seats.of(person.id()).orElseThrow();
    }

    @Test
    void only_who_is_available_and_still_employed_is_offered_work() {
        Person aoi = office.operator("aoi", 5);
        Person ren = office.operator("ren", 5);
        Person mei = office.operator("mei", 5);
        Person gone = office.operator("gone", 5);
        office.seats.present(ren.id(), "busy");
        office.seats.present(mei.id(), "away");
        office.store
                .jdbc()
                .sql("update operators set disabled_at = created_at where id = ?")
                .param(gone.id().value())
                .update();

        assertThat(office.seats.available()).extracting(Seats.Seat::operator).containsExactly(aoi.id());
        assertThatThrownBy(() -> office.seats.present(aoi.id(), "asleep")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void load_is_changed_only_as_part_of_a_larger_step() {
        Person aoi = office.operator("aoi", 5);

        assertThatThrownBy(() -> office.seats.take(aoi.id(), 1)).isInstanceOf(IllegalStateException.class);
        assertThat(office.load(aoi)).isZero();
    }
}
