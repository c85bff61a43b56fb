package io.tsunagi.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets threads that want the same done at the same time share one commit: whoever comes while nobody works does it at once;
 * who comes meanwhile is served with all others that came, by whoever is first then. Who cannot be served with others, or
 * when work for several fails, does it alone and in their own thread, so that nobody fails or waits for another. Safe for
 * many threads.
 */
final class Together<Q, A> {
    private static final Logger LOG = LoggerFactory.getLogger(Together.class);

    private final int most;
    private final Function<List<Q>, List<A>> forAll;
    private final Function<Q, A> forOne;
    private final Queue<Asked<Q, A>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock working = new ReentrantLock();

    /** A question and, guarded by the lock, what became of it. */
    private static final class Asked<Q, A> {
        private final Q question;
        private boolean done;
        private A answer;

        private Asked(Q question) {
            this.question = question;
        }
    }

    /**
     * @param most how many are served at once
     * @param forAll answers questions in their order, {@code null} for those that are to be done alone; must not wait long
     * @param forOne answers one question, and may wait
     */
    Together(int most, Function<List<Q>, List<A>> forAll, Function<Q, A> forOne) {
        this.most = most;
        this.forAll = forAll;
        this.forOne = forOne;
    }

    A ask(Q question) {
        Asked<Q, A> own = new Asked<>(question);
        waiting.add(own);
        working.lock();
        try {
            while (!own.done) {
                serve();
            }
        } finally {
            working.unlock();
        }
        return own.answer != null ? own.answer : forOne.apply(question);
    }

    /** How many wait to be served; for tests. */
    int waiting() {
        return waiting.size();
    }

    private void serve() {
        List<Asked<Q, A>> group = new ArrayList<>();
        while (group.size() < most && !waiting.isEmpty()) {
            Asked<Q, A> next = waiting.remove();
            // However the work for all ends, nobody waits for it again.
            next.done = true;
            group.add(next);
        }
        try {
            List<A> answers =
                    forAll.apply(group.stream().map(asked -> asked.question).toList());
            for (int i = 0; i < group.size(); i++) {
                group.get(i).answer = answers.get(i);
            }
        } catch (RuntimeException e) {
            LOG.debug("Work for {} failed, each is done alone", group.size(), e);
        }
    }
}
