package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A bot that is slow, dead or broken; F48. */
class BotInTimeTest {
    private static final BotMessage WORDS = new BotMessage(BotMessage.Kind.TEXT, "残高");
    private static final BotMemory FRESH = new BotMemory(0, 0);
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void what_the_bot_decides_in_time_stands() {
        try (BotInTime bot = new BotInTime((language, message, memory) -> new BotDecision.Rephrase(), 1, LONG)) {
            assertThat(bot.decide("ja", WORDS, FRESH)).isInstanceOf(BotDecision.Rephrase.class);
        }
    }

    @Test
    void whoever_asks_right_after_an_answer_finds_the_thread_free() {
        try (BotInTime bot = new BotInTime((language, message, memory) -> new BotDecision.Rephrase(), 1, LONG)) {
            for (int i = 0; i < 2000; i++) {
                assertThat(bot.decide("ja", WORDS, FRESH)).isInstanceOf(BotDecision.Rephrase.class);
            }
        }
    }

    @Test
    void a_bot_that_fails_hands_off() {
        try (BotInTime bot = new BotInTime(
                (language, message, memory) -> {
                    throw new IllegalStateException("the index is broken");
                },
                1,
                LONG)) {
            handedOff(bot.decide("ja", WORDS, FRESH));
            handedOff(bot.decide("ja", WORDS, FRESH));
        }
    }

    @Test
    void a_bot_that_runs_out_of_stack_hands_off() {
        try (BotInTime bot = new BotInTime(
                (language, message, memory) -> {
                    throw new StackOverflowError();
                },
                1,
                LONG)) {
            handedOff(bot.decide("ja", WORDS, FRESH));
        }
    }

    /** Who asks while both threads hang is not made to wait for them, and no third thread is made. */
    @Test
    void a_bot_that_hangs_holds_no_more_threads_than_it_has_and_answers_again_when_it_is_mended() throws Exception {
        CountDownLatch mended = new CountDownLatch(1);
        AtomicInteger hanging = new AtomicInteger();
        try (BotInTime bot = new BotInTime(
                (language, message, memory) -> {
                    hanging.incrementAndGet();
                    while (mended.getCount() > 0) {
                        // As a search in memory does, it does not hear an interrupt.
                        Thread.onSpinWait();
                        Thread.yield();
                    }
                    return new BotDecision.Rephrase();
                },
                2,
                Duration.ofMillis(50))) {
            List<BotDecision> decisions = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                decisions.add(bot.decide("ja", WORDS, FRESH));
            }

            decisions.forEach(BotInTimeTest::handedOff);
            assertThat(hanging).hasValue(2);
            mended.countDown();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> bot.decide("ja", WORDS, FRESH) instanceof BotDecision.Rephrase);
        } finally {
            mended.countDown();
        }
    }

    private static void handedOff(BotDecision decision) {
        assertThat(decision).isInstanceOfSatisfying(BotDecision.HandOff.class, handOff -> assertThat(handOff.reason())
                .isEqualTo("bot-unavailable"));
    }
}
