package io.tsunagi.salesforce;

import io.tsunagi.config.Outgoing;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether Salesforce can be used right now, and keeps everyone from calling it while it cannot.
 *
 * <p>Before the first use, and again after each failure that concerns the whole org, one caller signs in by a plain
 * HTTP call with a time limit: camel-salesforce 4.18.0 never returns from a first login that is answered with 401. While
 * Salesforce is away the sign-in is tried after 1 s, then ever more seldom, at most every 30 s. When the org's API calls
 * run out, {@link ApiBudget} decides who may still call. Safe for many threads; each node looks for itself.
 */
public final class SalesforceHealth {
    /** Where Salesforce stands. */
    public enum State {
        /** No login address is configured, and no other system takes its place: work waits. */
        OFF,
        /** The last call succeeded, or none was needed yet. */
        OK,
        /** Calls fail: work waits and chats go on. */
        AWAY
    }

    /**
     * Where Salesforce stands, and since when.
     *
     * @param reason why it is away, without any customer words; empty otherwise
     */
    public record Standing(State state, Instant since, String reason) {}

    /** The sign-in of the component that makes the calls; does nothing when its token is another than the old one. */
    @FunctionalInterface
    interface SignIn {
        void signIn(String old) throws Exception;
    }

    private static final Logger LOG = LoggerFactory.getLogger(SalesforceHealth.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([a-z_]{1,60})\"");

    private final SalesforceSettings settings;
    private final SalesforceErrors errors;
    private final Clock clock;
    private HttpClient http;
    private final ApiBudget budget;
    private final ReentrantLock probing = new ReentrantLock();
    private final ReentrantLock renewing = new ReentrantLock();
    private volatile Supplier<String> token = () -> null;
    private volatile SignIn component = old -> {};
    private volatile Standing standing;
    private volatile boolean proven;
    private volatile Instant nextProbe;
    private volatile int failures;

    SalesforceHealth(SalesforceSettings settings, SalesforceErrors errors, Clock clock) {
        this.settings = settings;
        this.errors = errors;
        this.clock = clock;
        this.budget = new ApiBudget(clock);
        this.standing =
                new Standing(settings.off() && !settings.replaced() ? State.OFF : State.OK, clock.instant(), "");
        this.nextProbe = clock.instant();
    }

    void signInWith(Supplier<String> presentToken, SignIn signIn) {
        token = presentToken;
        component = signIn;
    }

    public Standing standing() {
        return standing;
    }

    /** Says whether a call is worth making now; may sign in to find out, for no longer than the call time limit. */
    public boolean ready() {
        if (settings.off()) {
            return false;
        }
        if (proven) {
            return budget.open(true);
        }
        if (clock.instant().isBefore(nextProbe) || !probing.tryLock()) {
            return false;
        }
        try {
            return proven || probe();
        } finally {
            probing.unlock();
        }
    }

    /**
     * Says whether what inquiries left may be written now, to Salesforce or to what takes its place. To that nobody signs
     * in first: after a failure the work itself is tried again when its time has come.
     */
    boolean readyToWrite() {
        return settings.replaced() ? !clock.instant().isBefore(nextProbe) : ready();
    }

    /** Says whether a read that can wait may be made now; may sign in to find out. Who asks makes it. */
    public boolean readyToRead() {
        return ready() && budget.admits(false);
    }

    /** Says whether work is worth taking now, and not only that which opens Cases. */
    boolean readyForAll() {
        return budget.open(false);
    }

    /** Says whether a write may be made now; who asks makes it. */
    boolean admits(boolean opensCase) {
        return budget.admits(opensCase);
    }

    /** Says that the last sign-in or call went well, nothing failed since and calls are left; never calls anybody. */
    public boolean usable() {
        return proven && standing.state() == State.OK && budget.admits(false);
    }

    /** Notes what an answer said about the API calls that are left. */
    void told(String limitInfo) {
        budget.told(limitInfo);
    }

    /** How many API calls the org used in the last 24 h, as Salesforce said last; 0 before it did. */
    public long apiCallsUsed() {
        return budget.used();
    }

    /** How many API calls the org may use in 24 h; 0 before Salesforce said so. */
    public long apiCallsAllowed() {
        return budget.limit();
    }

    /**
     * Renews the session for a call that found it over. However many calls ask, one signs in; the others wait for it.
     *
     * @param old the token that is over
     * @throws IOException when nobody could sign in
     */
    void renew(String old) throws IOException {
        renewing.lock();
        try {
            String present = token.get();
            if (present != null && !present.equals(old)) {
                return;
            }
            if (!proven || !componentSignedIn(old)) {
                throw new IOException("The session is over and could not be renewed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } finally {
            renewing.unlock();
        }
    }

    /** Notes that a call was answered as it should be. */
    public synchronized void succeeded() {
        failures = 0;
        if (standing.state() == State.AWAY) {
            standing = new Standing(State.OK, clock.instant(), "");
            LOG.info("Salesforce is back");
        }
    }

    /** Notes that nothing waits to be retried: a sign-in that went well is then all there is to know. */
    void idle() {
        if (readyToWrite() && !budget.spent()) {
            succeeded();
        }
    }

    /** Notes a failed reading call, after which nobody waits; writes are judged by {@link CrmQueue#failed}. */
    public void failedBy(Throwable cause) {
        Failure failure = errors.judge(cause);
        if (failure.fate() == Failure.Fate.AWAY) {
            failed(failure);
        } else {
            LOG.warn("Salesforce refused to read: {}", failure.text());
        }
    }

    /** Notes a failure that concerns the whole org. At its limit of calls the session is good: nobody signs in anew. */
    void failed(Failure failure) {
        if ("REQUEST_LIMIT_EXCEEDED".equals(failure.code())) {
            budget.refused();
            away(failure.text());
        } else {
            failed(failure.text());
        }
    }

    /** {@code reason} holds no customer words. */
    private synchronized void failed(String reason) {
        Instant now = clock.instant();
        proven = false;
        failures++;
        long wait = Math.min(LONGEST_WAIT.toMillis(), 1000L << Math.min(failures - 1, 10));
        nextProbe = now.plusMillis(wait);
        away(reason);
    }

    private synchronized void away(String reason) {
        Instant now = clock.instant();
        if (standing.state() == State.AWAY) {
            standing = new Standing(State.AWAY, standing.since(), reason);
        } else {
            standing = new Standing(State.AWAY, now, reason);
            LOG.warn("Salesforce is away: {}. Its work waits; chats go on", reason);
        }
    }

    private boolean probe() {
        String form;
        try {
            form = settings.credentials().form(clock.instant());
        } catch (SettingsException e) {
            failed("sign-in impossible: " + e.getMessage());
            return false;
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(settings.loginUrl() + "/services/oauth2/token"))
                .timeout(settings.callTimeout())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        try {
            HttpResponse<String> answer = http().send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                proven = componentSignedIn(null);
                return proven;
            }
            Matcher error = ERROR.matcher(answer.body());
            failed("sign-in refused with " + answer.statusCode() + (error.find() ? " " + error.group(1) : ""));
        } catch (IOException e) {
            failed("sign-in failed: " + e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Made when it is first needed: its TLS would hold up the start. */
    private synchronized HttpClient http() {
        if (http == null) {
            http = Outgoing.http(settings.callTimeout()).build();
        }
        return http;
    }

    /** Lets go of its connections, for a hub that stops: a client of the JDK ends when nobody has it any more. */
    synchronized void close() {
        http = null;
    }

    /** Lets the component sign in here, where it can be given up, and not within a call. */
    private boolean componentSignedIn(String old) throws InterruptedException {
        FutureTask<Void> attempt = new FutureTask<>(() -> {
            component.signIn(old);
            return null;
        });
        Thread thread = new Thread(attempt, "salesforce-sign-in");
        thread.setDaemon(true);
        thread.start();
        try {
            attempt.get(settings.callTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            failed(errors.judge(e).text());
        } catch (TimeoutException e) {
            attempt.cancel(true);
            failed("sign-in without an end");
        }
        return false;
    }
}
