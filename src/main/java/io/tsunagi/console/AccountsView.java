package io.tsunagi.console;

import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineQuota;
import io.tsunagi.store.AccountStandings;
import io.tsunagi.store.Sends;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;

/** Shows the LINE accounts and what sending costs. */
public final class AccountsView {
    /** What was sent this month by one kind of speaker: {@code bot}, {@code operator} or {@code system}. */
    public record Share(String origin, long free, long paid, long unclear) {}

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
    private final LineQuota quota;
    private final Sends sends;
    private final AccountStandings standings;
    private final Clock clock;

    public AccountsView(LineAccounts accounts, LineQuota quota, Sends sends, AccountStandings standings, Clock clock) {
        this.accounts = accounts;
        this.quota = quota;
        this.sends = sends;
        this.standings = standings;
        this.clock = clock;
    }

    public List<Row> list() {
        return quota.standings().stream().map(this::row).toList();
    }

    private Row row(LineQuota.Standing standing) {
        LineAccounts.LineAccount account = accounts.get(standing.account());
        Instant now = clock.instant();
        return new Row(
                account.name(),
                account.displayName(),
                account.language(),
                account.zone().getId(),
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
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
