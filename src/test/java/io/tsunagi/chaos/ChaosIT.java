package io.tsunagi.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged hub, twice on one PostgreSQL and once on H2, under load and under blows; the short version of {@code make
 * chaos}, which does the same more often and for longer.
 */
class ChaosIT {
    private static final Run.Size SIZE = new Run.Size(30, 6, 2, 6);

    @TempDir
    static Path temp;

    private static World world;

    private static World.Built built() {
        Path build = Path.of(System.getProperty("tsunagi.build"));
        String name = System.getProperty("tsunagi.name");
        return new World.Built(
                build.resolve(name + "-standalone.jar"),
                build.resolve(name + "-sandbox.jar"),
                List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    }

    @BeforeAll
    static void start() throws Exception {
        world = World.open(World.Kind.POSTGRESQL, temp.resolve("two"), temp.resolve("database"), built(), 2, Map.of());
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static void assertThatAllPromisesHold(World world, Fault fault) throws Exception {
        long seed = System.nanoTime();
        Run.Outcome outcome = new Run(world, fault, seed, SIZE).judge();
        System.out.println(Chaos.HEAD);
        Chaos.print(outcome);

        assertThat(outcome.violations())
                .as("%s, seed %d: %s", fault.title(), seed, outcome.did())
                .isEmpty();
        assertThat(outcome.counts().effects()).isPositive();
        assertThat(outcome.counts().shown()).isPositive();
    }

    /** F36 */
    @Test
    void an_event_that_comes_five_times_to_both_hubs_has_one_effect() throws Exception {
        assertThatAllPromisesHold(world, Fault.F36);
    }

    /** F05 */
    @Test
    void nothing_answered_200_is_lost_when_postgresql_is_killed() throws Exception {
        assertThatAllPromisesHold(world, Fault.F05);
    }

    /** F01; Scenario 11, 68 */
    @Test
    void a_killed_hub_loses_doubles_and_reorders_nothing() throws Exception {
        assertThatAllPromisesHold(world, Fault.F01);
    }

    /** F12; Scenario 69 */
    @Test
    void the_work_of_a_frozen_hub_goes_on_at_the_other_and_nothing_is_doubled_when_it_wakes() throws Exception {
        assertThatAllPromisesHold(world, Fault.F12);
    }
}
