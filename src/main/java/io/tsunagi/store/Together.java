package io.tsunagi.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Lets threads that want the same done at the same time share one commit: whoever comes while nobody works does it at once;
 * who comes meanwhile is served with all others that came, by whoever is first then. When work for several fails, it is done
 * for each alone, so that nobody fails for another. Safe for many threads.
 */
final class Together<Q, A> {
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
        private RuntimeException failure;

        private Asked(Q question) {
            this.question = question;
        }
    }

    /**
     * @param most how many are served at once
     * @param forAll answers questions in their order
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
        if (own.failure != null) {
            throw own.failure;
        }
        return own.answer;
    }

    private void serve() {
        List<Asked<Q, A>> group = new ArrayList<>();
        while (group.size() < most && !waiting.isEmpty()) {
            group.add(waiting.remove());
        }
        if (group.size() == 1 || !serveAll(group)) {
            group.forEach(this::serveOne);
        }
    }

    private boolean serveAll(List<Asked<Q, A>> group) {
        List<A> answers;
        try {
            answers = forAll.apply(group.stream().map(asked -> asked.question).toList());
        } catch (RuntimeException e) {
            return false;
        }
        for (int i = 0; i < group.size(); i++) {
            group.get(i).answer = answers.get(i);
            group.get(i).done = true;
        }
        return true;
    }

    private void serveOne(Asked<Q, A> asked) {
        try {
            asked.answer = forOne.apply(asked.question);
        } catch (RuntimeException e) {
            asked.failure = e;
        }
        asked.done = true;
    }
}
