package io.tsunagi.salesforce;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether Salesforce can be used right now, and keeps everyone from calling it while it cannot.
 *
 * <p>Before the first use, and again after each failure that concerns the whole org, one caller signs in by a plain
 * HTTP call with a time limit: camel-salesforce 4.18.0 never returns from a first login that is answered with 401. While
 * Salesforce is away the sign-in is tried after 1 s, then ever more seldom, at most every 30 s. Safe for many threads;
 * each node looks for itself.
 */
public final class SalesforceHealth {
    /** Where Salesforce stands. */
    public enum State {
        /** No login address is configured: work waits. */
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

    /** The sign-in of the component that makes the calls; does nothing when it is signed in. */
    @FunctionalInterface
    interface SignIn {
        void signIn() throws Exception;
    }

    private static final Logger LOG = LoggerFactory.getLogger(SalesforceHealth.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([a-z_]{1,60})\"");

    private final SalesforceSettings settings;
    private final SalesforceErrors errors;
    private final Clock clock;
    private final HttpClient http;
    private final ReentrantLock probing = new ReentrantLock();
    private volatile SignIn component = () -> {};
    private volatile Standing standing;
    private volatile boolean proven;
    private volatile Instant nextProbe;
    private volatile int failures;

    SalesforceHealth(SalesforceSettings settings, SalesforceErrors errors, Clock clock) {
        this.settings = settings;
        this.errors = errors;
        this.clock = clock;
        this.http = HttpClient.newBuilder()
                .connectTimeout(settings.callTimeout())
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        this.standing = new Standing(settings.off() ? State.OFF : State.OK, clock.instant(), "");
        this.nextProbe = clock.instant();
    }

    void signInWith(SignIn signIn) {
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
            return true;
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

    /** Says that the last sign-in or call went well and nothing failed since; never calls anybody. */
    public boolean usable() {
        return proven && standing.state() == State.OK;
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
        if (ready()) {
            succeeded();
        }
    }

    /** Notes a failed reading call, after which nobody waits; writes are judged by {@link CrmQueue#failed}. */
    public void failedBy(Throwable cause) {
        Failure failure = errors.judge(cause);
        if (failure.fate() == Failure.Fate.AWAY) {
            failed(failure.text());
        } else {
            LOG.warn("Salesforce refused to read: {}", failure.text());
        }
    }

    /** Notes a failure that concerns the whole org; {@code reason} holds no customer words. */
    synchronized void failed(String reason) {
        Instant now = clock.instant();
        proven = false;
        failures++;
        long wait = Math.min(LONGEST_WAIT.toMillis(), 1000L << Math.min(failures - 1, 10));
        nextProbe = now.plusMillis(wait);
        if (standing.state() == State.AWAY) {
            standing = new Standing(State.AWAY, standing.since(), reason);
        } else {
            standing = new Standing(State.AWAY, now, reason);
            LOG.warn("Salesforce is away: {}. Its work waits; chats go on", reason);
        }
    }

    private boolean probe() {
        String form = "grant_type=client_credentials&format=json&client_id=" + encoded(settings.clientId())
                + "&client_secret=" + encoded(settings.clientSecret().reveal());
        HttpRequest request = HttpRequest.newBuilder(URI.create(settings.loginUrl() + "/services/oauth2/token"))
                .timeout(settings.callTimeout())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                proven = componentSignedIn();
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

    /** Lets the component sign in here, where it can be given up, and not within a call. */
    private boolean componentSignedIn() throws InterruptedException {
        FutureTask<Void> attempt = new FutureTask<>(() -> {
            component.signIn();
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

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
