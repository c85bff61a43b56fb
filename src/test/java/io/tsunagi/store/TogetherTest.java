package io.tsunagi.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** Who asks together shares the work, and nobody fails or waits for another. */
class TogetherTest {
    private static final Executor OWN_THREAD = task -> new Thread(task).start();

    private final List<List<String>> groups = Collections.synchronizedList(new ArrayList<>());
    private final List<String> alone = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch go = new CountDownLatch(1);

    @Test
    void those_who_come_while_somebody_works_are_served_in_one_go() throws Exception {
        Together<String, String> together = new Together<>(8, this::answers, this::answer);
        CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> together.ask("first"), OWN_THREAD);
        await().until(() -> groups.size() == 1);
        List<CompletableFuture<String>> later = others(together);
        await().until(() -> together.waiting() == later.size());

        go.countDown();

        assertThat(first.get(10, SECONDS)).isEqualTo("FIRST");
        for (int i = 0; i < later.size(); i++) {
            assertThat(later.get(i).get(10, SECONDS)).isEqualTo("OTHER " + i);
        }
        assertThat(groups).hasSize(2);
        assertThat(alone).isEmpty();
    }

    @Test
    void one_that_fails_fails_alone() throws Exception {
        Together<String, String> together = new Together<>(
                8,
                all -> {
                    answers(all);
                    if (all.contains("other 1")) {
                        throw new IllegalStateException("together");
                    }
                    return answers(all);
                },
                one -> {
                    if (one.equals("other 1")) {
                        throw new IllegalStateException("alone");
                    }
                    return answer(one);
                });
        go.countDown();

        assertThat(together.ask("other 0")).isEqualTo("OTHER 0");
        assertThatThrownBy(() -> together.ask("other 1")).hasMessage("alone");
        assertThat(together.ask("other 2")).isEqualTo("OTHER 2");
    }

    @Test
    void who_is_to_do_it_alone_holds_nobody_up() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Together<String, String> together = new Together<>(
                8, all -> all.contains("slow") ? Collections.nCopies(all.size(), null) : answers(all), one -> {
                    if (one.equals("slow")) {
                        blocked.countDown();
                        wait(over);
                    }
                    return answer(one);
                });
        go.countDown();
        CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> together.ask("slow"), OWN_THREAD);
        assertThat(blocked.await(10, SECONDS)).isTrue();

        assertThat(CompletableFuture.supplyAsync(() -> together.ask("quick"), OWN_THREAD)
                        .get(10, SECONDS))
                .isEqualTo("QUICK");
        assertThat(slow).isNotDone();
        over.countDown();
        assertThat(slow.get(10, SECONDS)).isEqualTo("SLOW");
    }

    @Test
    void nobody_waits_for_ever_when_the_work_ends_in_an_error() throws Exception {
        Together<String, String> together = new Together<>(
                8,
                all -> {
                    answers(all);
                    throw new StackOverflowError();
                },
                this::answer);
        CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> together.ask("first"), OWN_THREAD);
        await().until(() -> groups.size() == 1);
        List<CompletableFuture<String>> later = others(together);
        await().until(() -> together.waiting() == later.size());

        go.countDown();

        await().until(() -> first.isDone() && later.stream().allMatch(CompletableFuture::isDone));
        assertThatThrownBy(first::join).hasCauseInstanceOf(StackOverflowError.class);
    }

    private List<CompletableFuture<String>> others(Together<String, String> together) {
        List<CompletableFuture<String>> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String question = "other " + i;
            others.add(CompletableFuture.supplyAsync(() -> together.ask(question), OWN_THREAD));
        }
        return others;
    }

    private List<String> answers(List<String> questions) {
        groups.add(questions);
        wait(go);
        return questions.stream()
                .map(question -> question.toUpperCase(Locale.ROOT))
                .toList();
    }

    private String answer(String question) {
        alone.add(question);
        return question.toUpperCase(Locale.ROOT);
    }

    private static void wait(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
