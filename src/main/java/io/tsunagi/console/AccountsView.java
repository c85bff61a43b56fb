package io.tsunagi.console;

import io.tsunagi.audit.Audit;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineQuota;
import io.tsunagi.line.LineTokens;
import io.tsunagi.line.WebhookCheck;
import io.tsunagi.store.AccountStandings;
import io.tsunagi.store.Sends;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Header;

/** Shows the LINE accounts and what sending costs. */
public final class AccountsView {
    /** What was sent this month by one kind of speaker: {@code bot}, {@code operator} or {@code system}. */
    public record Share(String origin, long free, long paid, long unclear) {}

    /** What LINE said when it was asked to call the webhook; {@code wanted} is the hub's own address. */
    public record Webhook(String wanted, String outcome, String endpoint, Integer status, String reason, Instant at) {}

    /**
     * One account.
     *
     * @param month the month that is counted, as {@code 2026-04}
     * @param allowed null when there is no limit, or LINE has not told yet
     */
    public record Row(
            String account,
            String name,
            String language,
            String zone,
            String groups,
            String markAsRead,
            String tokenKind,
            Instant tokenEnd,
            Webhook webhook,
            Instant suspendedSince,
            String month,
            Long allowed,
            long used,
            long forecast,
            long reserved,
            String alert,
            Instant readAt,
            List<Share> sends) {}

    private final LineAccounts accounts;
    private final LineTokens tokens;
    private final WebhookCheck webhooks;
    private final LineQuota quota;
    private final Sends sends;
    private final AccountStandings standings;
    private final Audit audit;
    private final Store store;
    private final Clock clock;

    public AccountsView(
            LineAccounts accounts,
            LineTokens tokens,
            WebhookCheck webhooks,
            LineQuota quota,
            Sends sends,
            AccountStandings standings,
            Audit audit,
            Store store,
            Clock clock) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.webhooks = webhooks;
        this.audit = audit;
        this.store = store;
        this.quota = quota;
        this.sends = sends;
        this.standings = standings;
        this.clock = clock;
    }

    public List<Row> list() {
        return quota.standings().stream().map(this::row).toList();
    }

    /** Notes who has a webhook tested, and gives the account's name to the route that does it. */
    public String test(
            @Header("tsunagi-operator") String caller,
            @Header("tsunagi-origin") String origin,
            @Header("account") String account) {
        if (accounts.find(account).isEmpty()) {
            throw new BadRequestException(404, "not-found", "There is no account " + account);
        }
        store.inTransaction(
                () -> audit.write(caller, "test-webhook", "account/" + account, Audit.OK, origin, Map.of()));
        return account;
    }

    private Webhook webhook(String account) {
        return webhooks.of(account)
                .map(found -> new Webhook(
                        webhooks.wanted(account),
                        word(found.outcome()),
                        found.endpoint(),
                        found.status(),
                        found.reason(),
                        found.checkedAt()))
                .orElse(new Webhook(webhooks.wanted(account), null, null, null, null, null));
    }

    private Row row(LineQuota.Standing standing) {
        LineAccounts.LineAccount account = accounts.get(standing.account());
        Instant now = clock.instant();
        return new Row(
                account.name(),
                account.displayName(),
                account.language(),
                account.zone().getId(),
                word(account.groups()),
                word(account.markAsRead()),
                word(account.tokenKind()),
                tokens.endOf(account.name()).orElse(null),
                webhook(account.name()),
                standings.suspendedSince(account.name()).orElse(null),
                YearMonth.from(now.atZone(account.zone())).toString(),
                standing.allowed(),
                standing.used(),
                standing.forecast(),
                standing.reserved(),
                word(standing.alert()),
                standing.readAt(),
                sends.of(account.name(), LineQuota.monthOf(now, account.zone())).stream()
                        .map(share -> new Share(word(share.origin()), share.free(), share.paid(), share.unclear()))
                        .toList());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
