package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HandOffRulesTest {
    private static final String ONE_RULE = """
            rules:
              - name: lost
                reason: lost-phone
                skill: security
                phrases:
                  ja: ["スマホ*落と"]
                  en: ["lost * phone", "fraud*"]
                unless:
                  ja: [引き落と]
            """;

    private final HandOffRules rules = HandOffRules.parse(ONE_RULE);

    @Test
    void a_rule_gives_its_reason_and_skill() {
        assertThat(rules.match("ja", "スマホを落としました")).hasValueSatisfying(rule -> {
            assertThat(rule.name()).isEqualTo("lost");
            assertThat(rule.reason()).isEqualTo("lost-phone");
            assertThat(rule.skill()).isEqualTo("security");
        });
    }

    @Test
    void japanese_is_found_in_any_kana_width_and_spacing() {
        assertThat(rules.match("ja", "ｽﾏﾎ 落とし た")).isPresent();
        assertThat(rules.match("ja", "すまほを　落とした")).isPresent();
        assertThat(rules.match("ja", "スマーホ落とした")).isPresent();
    }

    @Test
    void a_star_does_not_reach_into_the_next_sentence_or_too_far() {
        assertThat(rules.match("ja", "スマホを使っています。肩を落とした")).isEmpty();
        assertThat(rules.match("ja", "スマホで買い物をしたのは先週の土曜日のことですが肩を落とした")).isEmpty();
    }

    @Test
    void what_stands_under_unless_is_read_over() {
        assertThat(rules.match("ja", "スマホ料金の引き落としはいつ？")).isEmpty();
        assertThat(rules.match("ja", "スマホを落とした。引き落としを止めて")).isPresent();
    }

    @Test
    void other_languages_are_found_as_whole_words_with_capitals_of_any_country() {
        assertThat(rules.match("en", "I LOST MY IPHONE PHONE")).isPresent();
        assertThat(rules.match("en", "FRAUDULENT payment")).isPresent();
        assertThat(rules.match("en", "I lost my headphone")).isEmpty();
    }

    @Test
    void phrases_count_whatever_the_accounts_language_is() {
        assertThat(rules.match("ja", "I lost my phone")).isPresent();
    }

    @Test
    void the_first_rule_of_the_file_decides() {
        HandOffRules two = HandOffRules.parse("""
                rules:
                  - {name: first, phrases: {en: [person]}}
                  - {name: second, phrases: {en: [person]}}
                """);

        assertThat(two.match("en", "a person")).map(HandOffRules.Rule::reason).hasValue("first");
    }

    @Test
    void an_unknown_key_is_named_with_its_line_and_rule() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse(ONE_RULE.replace("skill:", "skil:")))
                .withMessageContaining("line 4")
                .withMessageContaining("\"skil\"")
                .withMessageContaining("rule \"lost\"");
    }

    @Test
    void a_phrase_that_would_match_everything_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse(ONE_RULE.replace("スマホ*落と", " * ")))
                .withMessageContaining("line 6")
                .withMessageContaining("would match every message");
    }

    @Test
    void a_rule_without_phrases_or_name_and_two_of_one_name_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse("rules:\n  - name: a\n"))
                .withMessageContaining("line 2: rule \"a\" has no \"phrases\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse("rules:\n  - reason: a\n    phrases: {en: [b]}\n"))
                .withMessageContaining("a rule has no \"name\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse(
                        "rules:\n  - {name: a, phrases: {en: [b]}}\n  - {name: a, phrases: {en: [c]}}\n"))
                .withMessageContaining("line 3: a second rule is called \"a\"");
    }

    @Test
    void what_is_not_yaml_is_refused_with_its_line() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse("rules:\n  - name: [a\n"))
                .withMessageContaining("not YAML")
                .withMessageContaining("line");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HandOffRules.parse(""))
                .withMessageContaining("empty");
    }

    @Test
    void the_shipped_rules_know_every_reason_that_must_not_wait() throws IOException {
        HandOffRules shipped = HandOffRules.parse(Files.readString(Path.of("config/handoff-rules.yaml")));

        assertThat(shipped.reasons())
                .containsExactlyInAnyOrder(
                        "self-harm", "fraud", "lost-phone", "legal", "anger", "asked-for-call", "asked-for-person");
        assertThat(shipped.match("ja", "もう死にたいです"))
                .map(HandOffRules.Rule::skill)
                .hasValue("care");
    }
}
