package io.tsunagi.scenario;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Closed inquiries of the last seven days in Tokyo, today's too, and fewer of the seven before, as a house of the sandbox's
 * people would leave them: every other one solved by the bot, the others answered by a person, some late; some customers
 * say how satisfied they are. The same at each call but for its ids.
 */
final class Week {
    /** From six days ago to today: 420 in all. The week before had 50 a day. */
    private static final int[] DAYS = {51, 64, 68, 57, 66, 58, 56};

    private static final int A_DAY_BEFORE = 50;

    private static final ZoneId TOKYO = ZoneId.of("Asia/Tokyo");
    private static final List<String> NAMES =
            List.of("佐々木 美咲", "田村 健一", "中村 翔", "山口 恵", "Emma Wright", "林 匠", "三浦 芽衣", "吉田 結菜", "柴田 浩二", "岡田 ひなた");
    private static final List<String> TOPICS =
            List.of("ログイン・認証コード", "送金・受け取り", "ポイント・キャンペーン", "決済・返金", "本人確認", "チャージ・銀行口座", "カード登録");

    /** How the hours of a day share its inquiries. */
    private static final int[] HOURS = {
        0, 6, 7, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 15, 15, 15, 16,
        16, 16, 17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 19, 20, 20, 20, 21, 21, 22, 23
    };

    private final Store store;
    private final List<UUID> customers = new ArrayList<>();
    private final List<UUID> operators;
    private int made;

    private Week(Store store) {
        this.store = store;
        operators = store.jdbc()
                .sql("select operator from seats order by operator")
                .query(UUID.class)
                .list();
    }

    /** Puts them into a hub's database. */
    static void lived(Settings settings) {
        try (Rows rows = new Rows(settings)) {
            Week week = new Week(rows.store());
            week.store.inTransaction(() -> {
                NAMES.forEach(week::customer);
                LocalDate today = LocalDate.now(TOKYO);
                for (int back = 13; back >= 0; back--) {
                    for (int i = 0; i < (back < 7 ? DAYS[6 - back] : A_DAY_BEFORE); i++) {
                        week.inquiry(today.minusDays(back)
                                .atTime(HOURS[(i * 7 + back * 3) % HOURS.length], i % 60)
                                .atZone(TOKYO)
                                .toInstant());
                    }
                }
                return null;
            });
        }
    }

    private void customer(String name) {
        UUID id = UUID.randomUUID();
        Object at = Store.at(Instant.now());
        store.jdbc()
                .sql("""
                        insert into customers (id, account, kind, line_user_id, language, blocked, first_seen, last_seen, name, name_key)
                        values (?, 'main', 'user', ?, 'ja', false, ?, ?, ?, ?)
                        """)
                .params(
                        id,
                        "U" + id.toString().replace("-", ""),
                        at,
                        at,
                        store.sealing().seal("customers", id, name),
                        store.sealing().lookup(name))
                .update();
        customers.add(id);
    }

    private void inquiry(Instant opened) {
        int number = made++;
        boolean byBot = number % 2 == 0;
        UUID id = UUID.randomUUID();
        UUID customer = customers.get(number % customers.size());
        // Every eighth first answer or so comes after more than two minutes.
        Instant handedOff = byBot ? null : opened.plusSeconds(40);
        Instant answered = byBot ? null : handedOff.plusSeconds(30 + number * 53 % 104);
        Instant closed = byBot ? opened.plusSeconds(120) : answered.plus(Duration.ofMinutes(5 + number % 7));
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, team, topic, operator,
                            priority, weight, opened_at, changed_at, handed_off_at, assigned_at, first_answered_at, closed_at,
                            close_reason, case_number, read_seq, bot_misses, bot_prompts)
                        values (?, ?, 'main', 'CLOSED', 1, 0, ?, ?, ?, ?, 3, 1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
                        """)
                .params(
                        id,
                        customer,
                        number % 10 == 4 ? "en" : "ja",
                        byBot ? null : "support",
                        TOPICS.get(number * 13 % 53 % TOPICS.size()),
                        byBot ? null : operators.get(number % 3 % operators.size()),
                        Store.at(opened),
                        Store.at(closed),
                        Store.at(handedOff),
                        Store.at(handedOff),
                        Store.at(answered),
                        Store.at(closed),
                        byBot ? "solved-by-bot" : "solved",
                        byBot ? null : "%08d".formatted(120_000 + number))
                .update();
        if (number % 4 >= 2) {
            int luck = number * 37 % 100;
            Integer score = number % 5 >= 2
                    ? null
                    : luck < 52 ? 5 : luck < 80 ? 4 : luck < 91 ? 3 : luck < 97 ? 2 : (Integer) 1;
            store.jdbc()
                    .sql(
                            "insert into surveys (id, inquiry, customer, asked_at, expires_at, score, reason) values (?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            UUID.randomUUID(),
                            id,
                            customer,
                            Store.at(closed),
                            Store.at(closed),
                            score,
                            score == null || score > 2 ? null : number % 3 > 0 ? "slow" : "repeated")
                    .update();
        }
        String cost = number % 5 == 0 ? "PAID" : "FREE";
        store.jdbc()
                .sql("""
                        insert into sends (id, delivery, account, inquiry, origin, cost, counted, outcome, at)
                        values (?, ?, 'main', ?, 'BOT', ?, ?, 'SENT', ?)
                        """)
                .params(UUID.randomUUID(), UUID.randomUUID(), id, cost, cost.equals("PAID") ? 1 : 0, Store.at(closed))
                .update();
    }
}
