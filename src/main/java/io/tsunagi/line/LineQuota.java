package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Sends;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;

/**
 * Knows what an account may still push this month: what LINE said last, and what the hub's own ledger counted since. The
 * bot may not spend the last part of it, the reserve; free replies are never limited. The month is that of the account's
 * zone. Safe for many threads and nodes.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#get-quota">Get the target limit for sending messages
 *     this month</a>
 */
public final class LineQuota implements Deliveries.Reserve {
    /** How long a standing is gone by; within it a busy bot may spend a little of the reserve. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** LINE's figure is looked at anew every quarter of an hour; older than this it warns. */
    private static final Duration STALE = Duration.ofHours(2);

    /** What somebody should know of an account's month, the worst last. */
    public enum Alert {
        NONE,
        /** Whether LINE still tells is not known. */
        UNREAD,
        /** At this pace the month's messages will not last. */
        FORECAST,
        /** Only the reserve is left: the bot pushes nothing more. */
        RESERVE,
        /** Nothing is left: pushes wait. */
        SPENT
    }

    /**
     * An account's month.
     *
     * @param allowed how many messages it may push; null when as many as it likes, or not known yet
     * @param used how many it has, as far as is known
     * @param forecast how many it will have at the month's end if it goes on so
     * @param reserved how many of them are kept for operators
     * @param readAt when LINE told; null when it has not yet
     */
    public record Standing(
            String account, Long allowed, long used, long forecast, long reserved, Instant readAt, Alert alert) {}

    private record Kept(Standing standing, Instant at) {}

    private final ObjectMapper json = new ObjectMapper();
    private final Store store;
    private final Sends sends;
    private final LineAccounts accounts;
    private final Clock clock;
    private final Instant begun;
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    public LineQuota(Store store, Sends sends, LineAccounts accounts, Clock clock) {
        this.store = store;
        this.sends = sends;
        this.accounts = accounts;
        this.clock = clock;
        this.begun = clock.instant();
    }

    @Override
    public boolean mayPush(String account, Deliveries.Origin origin, int messages) {
        if (origin == Deliveries.Origin.OPERATOR) {
            return true;
        }
        Standing now = recent(account);
        return now.allowed() == null || now.used() + messages <= now.allowed() - now.reserved();
    }

    /** Names the accounts whose quota is read. */
    public List<String> accounts() {
        return accounts.all().keySet().stream().sorted().toList();
    }

    /** Gives how every account stands. */
    public List<Standing> standings() {
        return accounts().stream().map(this::recent).toList();
    }

    /** Gives how an account stands, at most a second old. */
    public Standing recent(String account) {
        Instant now = clock.instant();
        Kept known = kept.get(account);
        if (known == null || Duration.between(known.at(), now).abs().compareTo(FRESH) > 0) {
            known = new Kept(look(account, now), now);
            kept.put(account, known);
        }
        return known.standing();
    }

    private record Told(Long allowed, long used, Instant at) {}

    private Standing look(String account, Instant now) {
        LineAccounts.LineAccount known = accounts.get(account);
        Instant month = monthOf(now, known.zone());
        Optional<Told> told = store.jdbc()
                .sql("select allowed, used, read_at from quotas where account = ?")
                .param(account)
                .query((row, i) -> new Told(
                        row.getObject("allowed", Long.class),
                        row.getLong("used"),
                        Store.instant(row.getTimestamp("read_at"))))
                .optional();
        boolean ofThisMonth = told.isPresent() && !told.get().at().isBefore(month);
        long used = ofThisMonth
                ? told.get().used() + sends.paid(account, told.get().at())
                : sends.paid(account, month.minusMillis(1));
        Long allowed = told.map(Told::allowed).orElse(null);
        long reserved = allowed == null ? 0 : (long) Math.ceil(allowed * known.quotaReserve());
        Instant readAt = told.map(Told::at).orElse(null);
        long forecast = forecast(used, month, now, known.zone());
        boolean unread = (readAt == null ? begun : readAt).isBefore(now.minus(STALE));
        return new Standing(
                account, allowed, used, forecast, reserved, readAt, alert(allowed, used, forecast, reserved, unread));
    }

    private static Alert alert(Long allowed, long used, long forecast, long reserved, boolean unread) {
        if (allowed != null && used >= allowed) {
            return Alert.SPENT;
        }
        if (allowed != null && used >= allowed - reserved) {
            return Alert.RESERVE;
        }
        if (allowed != null && forecast > allowed) {
            return Alert.FORECAST;
        }
        return unread ? Alert.UNREAD : Alert.NONE;
    }

    /** Gives the first instant of a zone's month. */
    public static Instant monthOf(Instant now, ZoneId zone) {
        return YearMonth.from(now.atZone(zone)).atDay(1).atStartOfDay(zone).toInstant();
    }

    /** As many a day as so far, where the first day counts whole: its morning tells little. */
    private static long forecast(long used, Instant month, Instant now, ZoneId zone) {
        Instant end = YearMonth.from(now.atZone(zone))
                .plusMonths(1)
                .atDay(1)
                .atStartOfDay(zone)
                .toInstant();
        double whole = Duration.between(month, end).toMillis();
        double gone = Math.max(
                Duration.between(month, now).toMillis(), Duration.ofDays(1).toMillis());
        return Math.round(used * whole / gone);
    }

    /**
     * Takes LINE's answer to the question for the limit and keeps it in the property {@code quota} until the other one comes.
     *
     * @throws IOException when LINE did not tell
     */
    public void limit(Exchange exchange) throws IOException {
        JsonNode answer = answer(exchange);
        exchange.setProperty(
                "quota",
                answer.path("type").asText("").equals("limited")
                        ? answer.path("value").asLong()
                        : null);
    }

    /**
     * Takes LINE's answer to the question for what was used, and notes both.
     *
     * @throws IOException when LINE did not tell
     */
    public void consumption(Exchange exchange) throws IOException {
        JsonNode answer = answer(exchange);
        String account = exchange.getProperty("account", String.class);
        Long allowed = exchange.getProperty("quota", Long.class);
        long used = answer.path("totalUsage").asLong();
        Instant now = clock.instant();
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("insert into quotas (account, used, read_at) values (?, ?, ?) on conflict do nothing")
                    .params(account, used, Store.at(now))
                    .update();
            store.jdbc()
                    .sql("update quotas set allowed = :allowed, used = :used, read_at = :now where account = :account")
                    .param("allowed", allowed, java.sql.Types.BIGINT)
                    .param("used", used)
                    .param("now", Store.at(now))
                    .param("account", account)
                    .update();
        });
        kept.remove(account);
    }

    private JsonNode answer(Exchange exchange) throws IOException {
        String account = exchange.getProperty("account", String.class);
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        if (status == 401) {
            accounts.renewToken(account);
        }
        if (status != 200) {
            throw new IOException("LINE does not tell the quota of account " + account + " (" + status + ")");
        }
        try {
            return json.readTree(exchange.getMessage().getBody(String.class));
        } catch (JsonProcessingException e) {
            throw new IOException("LINE's answer for the quota of account " + account + " is no JSON");
        }
    }
}
