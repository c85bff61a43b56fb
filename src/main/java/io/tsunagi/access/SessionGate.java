package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import io.tsunagi.web.CallLimits;
import io.tsunagi.web.Callers;
import io.tsunagi.web.Doors;
import io.tsunagi.web.Embedding;
import io.tsunagi.web.Web;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Lets a request through to the routes only with a living session, a role that may make the call, and, when it changes
 * something, the session's own CSRF token.
 *
 * <p>Mounted before the routes it guards. To them it says who calls, as request headers that Camel makes message headers:
 * {@code tsunagi-operator} (id), {@code tsunagi-role}, {@code tsunagi-session} (hash) and {@code tsunagi-origin}
 * (address); to sign-in also {@code tsunagi-way}, what a browser brings back from a provider. A caller cannot set these: what arrives under such a name as a header is removed, as a query parameter
 * refused. Routes see neither the cookie nor the CSRF token, because Camel copies request headers to the answer. Handlers
 * find the {@link Person} and the {@link Sessions.Session} as {@code person} and {@code session} in the context.
 *
 * <p>The database is asked on a worker thread; the request's body waits meanwhile. Safe for many threads.
 */
public final class SessionGate implements Handler<RoutingContext> {
    /** Keys under which handlers behind the gate find who calls. */
    public static final String PERSON = "person";

    public static final String SESSION = "session";

    private static final Logger LOG = LoggerFactory.getLogger(SessionGate.class);
    private static final String PREFIX = "tsunagi-";
    private static final String CSRF = "X-Csrf-Token";
    private static final String SIGN_IN = "/api/sign-in";
    private static final Set<String> OPEN = Set.of(
            "POST " + SIGN_IN,
            "GET " + SIGN_IN,
            "GET " + SIGN_IN + "/provider",
            "GET " + SIGN_IN + "/provider/back",
            "POST /api/invitation",
            "POST /api/invitation/accept",
            "GET /api/openapi.json");
    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final List<String> FORMS = List.of("application/x-www-form-urlencoded", "multipart/form-data");

    private record Asked(
            String method,
            String path,
            String token,
            String way,
            String csrf,
            boolean foreign,
            String fetchSite,
            String origin) {}

    private sealed interface Verdict {
        record Pass(Person person, Sessions.Session session) implements Verdict {}

        /** @param retryAfter seconds after which to try again; 0 when that helps nothing */
        record Deny(int status, String code, String message, long retryAfter) implements Verdict {
            Deny(int status, String code, String message) {
                this(status, code, message, 0);
            }
        }
    }

    private record Caller(Person person, Sessions.Session session) {}

    private final Store store;
    private final Sessions sessions;
    private final Operators operators;
    private final Audit audit;
    private final SessionCookie cookie;
    private final SessionCookie framed;
    private final SessionCookie way;
    private final boolean framesAllowed;
    private final Callers callers;
    private final CallLimits ofAnAddress;
    private final CallLimits ofAPerson;
    private final TeamScope scope;
    private final String consoleOrigin;
    private final AtomicLong lastToldAway = new AtomicLong(Long.MIN_VALUE);

    public SessionGate(Store store, Sessions sessions, Operators operators, Audit audit, Settings settings) {
        this.store = store;
        this.sessions = sessions;
        this.operators = operators;
        this.audit = audit;
        this.cookie = SessionCookie.of(settings);
        this.framed = SessionCookie.embedded(settings);
        this.way = SessionCookie.ofWay(settings);
        this.framesAllowed = Embedding.of(settings).allowed();
        this.callers = Callers.of(settings);
        this.ofAnAddress = CallLimits.of(settings, "hub.access.calls-of-an-address");
        this.ofAPerson = CallLimits.of(settings, "hub.access.calls-of-a-person");
        this.scope = new TeamScope(store, settings);
        URI console = Doors.consoleUri(settings);
        this.consoleOrigin = console.getScheme() + "://" + console.getAuthority();
    }

    /** Guards {@code /api/*} by the rules of {@link Permissions}. */
    @Override
    public void handle(RoutingContext ctx) {
        Asked asked = takeIn(ctx);
        long wait = ofAnAddress.take(Callers.network(asked.origin()));
        if (wait > 0) {
            refuse(ctx, tooMany(wait));
            return;
        }
        if (refusedBeforeAsking(ctx, asked) || namedTwice(ctx, asked)) {
            return;
        }
        if (OPEN.contains(asked.method() + " " + asked.path())) {
            if (asked.token() != null) {
                ctx.request().headers().set("tsunagi-session", Sessions.hash(asked.token()));
            }
            if (asked.way() != null) {
                ctx.request().headers().set("tsunagi-way", asked.way());
            }
            ctx.next();
            return;
        }
        decide(ctx, () -> judgeApi(asked));
    }

    /**
     * Guards tools that know no CSRF token, such as Hawtio and Jolokia: a changing call must come from their own pages.
     */
    public Handler<RoutingContext> forRoles(Set<Role> roles) {
        Set<Role> allowed = Set.copyOf(roles);
        return ctx -> {
            Asked asked = takeIn(ctx);
            if (!refusedBeforeAsking(ctx, asked)) {
                decide(ctx, () -> judgeTool(asked, allowed));
            }
        };
    }

    /** Takes what the gate needs off the request, and all that only the gate may say. */
    private Asked takeIn(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        MultiMap headers = request.headers();
        String origin = callers.address(request);
        Asked asked = new Asked(
                request.method().name(),
                ctx.normalizedPath(),
                token(request),
                value(request.getCookie(way.name())),
                headers.get(CSRF),
                foreign(request),
                headers.get("Sec-Fetch-Site"),
                origin);
        headers.names().stream().filter(SessionGate::reserved).toList().forEach(headers::remove);
        headers.remove(HttpHeaders.COOKIE);
        headers.remove(CSRF);
        headers.set("tsunagi-origin", origin);
        ctx.addHeadersEndHandler(done -> {
            MultiMap answer = ctx.response().headers();
            answer.names().stream()
                    .filter(name -> reserved(name) && !name.equalsIgnoreCase(Web.LENGTH))
                    .toList()
                    .forEach(answer::remove);
        });
        return asked;
    }

    /**
     * A frame's cookie is sent with whatever calls the hub from that site. It counts only for calls of the frame itself,
     * which the browser marks (Fetch Metadata), so that no other page can act by it.
     */
    private String token(HttpServerRequest request) {
        String own = value(request.getCookie(cookie.name()));
        boolean byFrame = framesAllowed && "same-origin".equals(request.getHeader("Sec-Fetch-Site"));
        return own == null && byFrame ? value(request.getCookie(framed.name())) : own;
    }

    /**
     * Whether another site's page makes the call, as the browser says: by Fetch Metadata, or one that knows none by the page's
     * origin. That is ours when it is the console's address or the one that is called.
     */
    private boolean foreign(HttpServerRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        String page = request.getHeader(HttpHeaders.ORIGIN);
        if (site != null || page == null) {
            return "cross-site".equals(site);
        }
        return !page.equalsIgnoreCase(consoleOrigin)
                && !page.replaceFirst("^https?://", "").equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
    }

    private static String value(Cookie sent) {
        return sent == null || sent.getValue().isEmpty() ? null : sent.getValue();
    }

    private static boolean reserved(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith(PREFIX);
    }

    private boolean refusedBeforeAsking(RoutingContext ctx, Asked asked) {
        // Camel makes message headers of query parameters and form fields too.
        if (ctx.queryParams().names().stream().anyMatch(SessionGate::reserved)) {
            refuse(ctx, new Verdict.Deny(400, "bad-request", "A query parameter has a reserved name."));
            return true;
        }
        // PostgreSQL knows no text with a zero in it.
        if (ctx.queryParams().entries().stream()
                .anyMatch(each -> each.getValue().indexOf(0) >= 0)) {
            refuse(ctx, new Verdict.Deny(400, "bad-request", "A query parameter has a zero in it."));
            return true;
        }
        String type = Optional.ofNullable(ctx.request().getHeader(HttpHeaders.CONTENT_TYPE))
                .orElse("")
                .strip()
                .toLowerCase(Locale.ROOT);
        if (FORMS.stream().anyMatch(type::startsWith)) {
            refuse(ctx, new Verdict.Deny(415, "not-json", "The body must be JSON."));
            return true;
        }
        if (!READING.contains(asked.method()) && asked.foreign()) {
            refuse(ctx, new Verdict.Deny(403, "csrf", "The call came from another site."));
            return true;
        }
        return false;
    }

    /** Camel makes message headers of a path's values, of query parameters and of headers: what is judged must be what is done. */
    private boolean namedTwice(RoutingContext ctx, Asked asked) {
        boolean twice = Permissions.rule(asked.method(), asked.path()).stream()
                .flatMap(rule -> rule.parameters().stream())
                .anyMatch(name -> ctx.request().headers().contains(name)
                        || ctx.queryParams().names().stream().anyMatch(name::equalsIgnoreCase));
        if (twice) {
            refuse(ctx, new Verdict.Deny(400, "bad-request", "A value of the path stands beside it too."));
        }
        return twice;
    }

    private void decide(RoutingContext ctx, Callable<Verdict> judge) {
        HttpServerRequest request = ctx.request();
        boolean waits = !request.isEnded();
        if (waits) {
            request.pause();
        }
        ctx.vertx().executeBlocking(judge, false).onComplete(done -> {
            if (waits) {
                request.resume();
            }
            if (done.failed()) {
                fail(ctx, done.cause());
            } else if (done.result() instanceof Verdict.Pass pass) {
                MultiMap headers = request.headers();
                headers.set("tsunagi-operator", pass.person().id().toString());
                headers.set("tsunagi-role", pass.person().role().word());
                headers.set("tsunagi-session", pass.session().hash());
                ctx.put(PERSON, pass.person());
                ctx.put(SESSION, pass.session());
                ctx.next();
            } else {
                refuse(ctx, (Verdict.Deny) done.result());
            }
        });
    }

    private Verdict judgeApi(Asked asked) {
        Optional<Permissions.Rule> rule = Permissions.rule(asked.method(), asked.path());
        Optional<Caller> caller =
                caller(asked, rule.map(Permissions.Rule::activity).orElse(false));
        if (caller.isEmpty()) {
            return notSignedIn();
        }
        long wait = ofAPerson.take(caller.get().person().id().toString());
        if (wait > 0) {
            return tooMany(wait);
        }
        String what = rule.map(r -> r.method() + " " + r.path()).orElse("no rule");
        if (!READING.contains(asked.method()) && !csrfRight(asked, caller.get().session())) {
            return forged(caller.get(), what, "The session's token is missing or wrong.", asked);
        }
        boolean allowed = rule.isPresent()
                && rule.get().roles().contains(caller.get().person().role());
        if (!allowed) {
            return forbidden(caller.get(), what, "Your role may not do this.", asked);
        }
        return scope.allows(caller.get().person(), rule.get(), asked.path())
                ? pass(caller.get())
                : forbidden(caller.get(), what, "The inquiry is another team's.", asked);
    }

    private static Verdict.Deny tooMany(long wait) {
        return new Verdict.Deny(429, "too-many-calls", "Too many calls at once. Try again in " + wait + " s.", wait);
    }

    private Verdict judgeTool(Asked asked, Set<Role> roles) {
        boolean changes = !READING.contains(asked.method());
        Optional<Caller> caller = caller(asked, changes);
        if (caller.isEmpty()) {
            return notSignedIn();
        }
        if (changes
                && !"same-origin".equals(asked.fetchSite())
                && !csrfRight(asked, caller.get().session())) {
            return forged(caller.get(), "tool", "The call did not come from the tool's own page.", asked);
        }
        return roles.contains(caller.get().person().role())
                ? pass(caller.get())
                : forbidden(caller.get(), "tool", "Your role may not do this.", asked);
    }

    private Optional<Caller> caller(Asked asked, boolean active) {
        if (asked.token() == null) {
            return Optional.empty();
        }
        return sessions.find(Sessions.hash(asked.token()), active)
                .flatMap(session -> operators.find(session.operator()).map(person -> new Caller(person, session)));
    }

    private static boolean csrfRight(Asked asked, Sessions.Session session) {
        return asked.csrf() != null
                && Sealing.same(
                        asked.csrf().getBytes(StandardCharsets.UTF_8),
                        session.csrf().getBytes(StandardCharsets.UTF_8));
    }

    private static Verdict pass(Caller caller) {
        return new Verdict.Pass(caller.person(), caller.session());
    }

    private static Verdict notSignedIn() {
        return new Verdict.Deny(401, "not-signed-in", "Sign in first.");
    }

    private Verdict forbidden(Caller caller, String what, String why, Asked asked) {
        auditRefusal(
                caller,
                asked,
                Map.of("rule", what, "role", caller.person().role().word()));
        return new Verdict.Deny(403, "forbidden", why);
    }

    /** Who has a session's cookie and not its token is somebody else's page, or a screen that is older than its session. */
    private Verdict forged(Caller caller, String what, String why, Asked asked) {
        auditRefusal(
                caller,
                asked,
                Map.of("rule", what, "role", caller.person().role().word(), "code", "csrf"));
        return new Verdict.Deny(403, "csrf", why);
    }

    /** The rule is audited, not the path: a path that has no rule can hold any words. */
    private void auditRefusal(Caller caller, Asked asked, Map<String, String> detail) {
        store.inTransaction(() ->
                audit.write(caller.person().id().toString(), "call", "api", Audit.REFUSED, asked.origin(), detail));
    }

    /** With the database away every call of every screen ends here: one line a second tells it well enough. */
    private void fail(RoutingContext ctx, Throwable cause) {
        if (!(cause instanceof DataAccessResourceFailureException)
                && !(cause instanceof CannotCreateTransactionException)) {
            String id = answer(ctx, 500, "internal", "Something went wrong in the hub.");
            LOG.error("A call could not be judged ({})", id, cause);
            return;
        }
        String id = answer(ctx, 503, "unavailable", "The hub cannot reach its database. Try again.");
        long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
        if (lastToldAway.getAndSet(second) != second) {
            LOG.warn("Calls cannot be judged, the database is away ({}): {}", id, cause.getMessage());
        }
    }

    private void refuse(RoutingContext ctx, Verdict.Deny deny) {
        if (deny.retryAfter() > 0 && !ctx.response().headWritten()) {
            ctx.response().putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(deny.retryAfter()));
        }
        String id = answer(ctx, deny.status(), deny.code(), deny.message());
        LOG.debug("Refused {} with {} {} ({})", ctx.request().method(), deny.status(), deny.code(), id);
    }

    private static String answer(RoutingContext ctx, int status, String code, String message) {
        String id = UUID.randomUUID().toString();
        if (!ctx.response().ended() && !ctx.response().closed()) {
            ctx.response()
                    .setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .end(new JsonObject()
                            .put(
                                    "error",
                                    new JsonObject()
                                            .put("code", code)
                                            .put("message", message)
                                            .put("id", id))
                            .encode());
        }
        return id;
    }
}
