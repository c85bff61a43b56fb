package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S15: what of some inquiries an operator may read, in both databases. */
@ParameterizedClass
@EnumSource(Dialect.class)
class TeamScopeTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private TeamScope scope;
    private Person aoi;
    private Person ren;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        scope = new TeamScope(office.store, Settings.of("", Map.of("hub.access.reading", "team")));
        aoi = office.operator("aoi", 10);
        ren = office.operator("ren", 10);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private void team(String of, String team, UUID id) {
        office.store
                .jdbc()
                .sql("update " + of + " = ? where " + (of.startsWith("seats") ? "operator" : "id") + " = ?")
                .params(team, id)
                .update();
    }

    @Test
    void it_goes_to_their_own_their_teams_and_those_a_note_calls_them_to() {
        Inquiry own = office.assigned("Uaaa", aoi);
        Inquiry ofTheTeam = office.assigned("Ubbb", ren);
        Inquiry called = office.assigned("Uccc", ren);
        Inquiry other = office.assigned("Uddd", ren);
        team("seats set team", "pay", aoi.id().value());
        for (Inquiry each : List.of(own, called, other)) {
            team("inquiries set team", "loan", each.id().value());
        }
        team("inquiries set team", "pay", ofTheTeam.id().value());
        office.store
                .jdbc()
                .sql("insert into mentions (id, inquiry, operator, author, at) values (?, ?, ?, ?, current_timestamp)")
                .params(
                        UUID.randomUUID(),
                        called.id().value(),
                        aoi.id().value(),
                        ren.id().value())
                .update();
        Set<UUID> all = Set.of(
                own.id().value(),
                ofTheTeam.id().value(),
                called.id().value(),
                other.id().value());

        assertThat(scope.within(aoi, all))
                .containsExactlyInAnyOrder(
                        own.id().value(), ofTheTeam.id().value(), called.id().value());
        assertThat(scope.within(aoi, Set.of())).isEmpty();
        assertThat(new TeamScope(office.store, Settings.of("", Map.of())).within(aoi, all))
                .isEqualTo(all);
    }

    @Test
    void who_has_no_team_reads_nothing_of_what_has_none() {
        Inquiry other = office.assigned("Uaaa", ren);
        team("seats set team", "", aoi.id().value());
        team("inquiries set team", "", other.id().value());

        assertThat(scope.within(aoi, Set.of(other.id().value()))).isEmpty();
        assertThat(scope.within(ren, Set.of(other.id().value()))).hasSize(1);
    }
}
