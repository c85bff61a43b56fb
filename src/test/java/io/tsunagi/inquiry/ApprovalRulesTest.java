package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.inquiry.ApprovalRules.Matter;
import io.tsunagi.inquiry.ApprovalRules.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApprovalRulesTest {
    private static final ApprovalRules RULES = ApprovalRules.read("""
            rules:
              - { id: trainee, name: { ja: 研修中 }, skill: trainee }
              - { id: amount, name: { ja: 5万円超 }, amount-over: 50000 }
              - { id: refund, name: { ja: 返金 }, team: sales, topics: [返金], words: [補償, Refund, キャンペーン] }
            """);

    private static List<String> fitting(String skill, String team, String topic, String text) {
        return RULES.fitting(new Matter(List.of(skill), team, topic, List.of(text))).stream()
                .map(Rule::id)
                .toList();
    }

    @Test
    void a_rule_fits_when_all_that_it_names_fits() {
        assertThat(fitting("trainee", "support", null, "はい")).containsExactly("trainee");
        assertThat(fitting("care", "support", null, "はい")).isEmpty();
        assertThat(fitting("", "sales", "決済 › 返金", "ＲＥＦＵＮＤします")).containsExactly("refund");
        assertThat(fitting("", "sales", "返金", "ｷｬﾝﾍﾟｰﾝのお話")).containsExactly("refund");
        assertThat(fitting("", "sales", "決済 › 返金", "はい")).isEmpty();
        assertThat(fitting("", "sales", "ログイン", "補償します")).isEmpty();
        assertThat(fitting("", "support", "返金", "補償します")).isEmpty();
        assertThat(fitting("trainee", "sales", "返金", "補償は64,800円です")).containsExactly("trainee", "amount", "refund");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "64,800円",
                "¥64,800",
                "￥６４，８００",
                "６４８００ 円",
                "6万4800円",
                "六万四千八百円",
                "5.1万円",
                "億円",
                "JPY 50001",
                "50,001 yen",
                "¥ 50001.50",
                "万が一十万円なら",
                "12万円と3円"
            })
    void an_amount_is_read_as_people_write_it(String text) {
        assertThat(fitting("", "support", null, "代金は" + text + "です")).containsExactly("amount");
    }

    @ParameterizedTest
    @ValueSource(strings = {"50,000円", "¥50,000", "五万円", "4万9999円", "64,800", "64,800ポイント", "1.円", "円", "千円", ",.,.円"})
    void what_is_no_more_or_no_money_does_not_wait(String text) {
        assertThat(fitting("", "support", null, text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"代金６４，８００円と300円は | ６４，８００円", "はい |", "7万円か8万円 | 7万円/8万円"})
    void what_was_found_is_given_as_it_is_written(String text, String found) {
        assertThat(RULES.found(RULES.all(), List.of(text)))
                .isEqualTo(found == null ? List.of() : List.of(found.split("/")));
    }

    @Test
    void a_long_run_of_digits_is_read_in_no_time() {
        assertThat(fitting("", "support", null, "1".repeat(25_000))).isEmpty();
        assertThat(fitting("", "support", null, "千".repeat(25_000))).isEmpty();
    }

    @Test
    void a_mistake_is_named_with_its_rule() {
        for (String wrong : new String[] {
            "rules: [{ id: a, name: { ja: 甲 } }]",
            "rules: [{ id: A B, name: { ja: 甲 }, skill: x }]",
            "rules: [{ id: a, skill: x }]",
            "rules: [{ id: a, name: { ja: 甲 }, skil: x }]",
            "rules: [{ id: a, name: { ja: 甲 }, amount-over: viel }]",
            "rules: [{ id: a, name: { ja: 甲 }, words: [''] }]"
        }) {
            assertThatThrownBy(() -> ApprovalRules.read(wrong)).as(wrong).hasMessageStartingWith("Rule 1: ");
        }
        assertThatThrownBy(() -> ApprovalRules.read("[]")).hasMessageContaining("rules");
    }

    @Test
    void the_rules_as_shipped_ask_for_approval_of_trainees_only() throws IOException {
        assertThat(ApprovalRules.read(Files.readString(Path.of("config/approvals.yaml")))
                        .all())
                .extracting(Rule::id)
                .containsExactly("trainee");
    }
}
