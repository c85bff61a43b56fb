package io.tsunagi.keeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** S01 */
class KeepingRulesTest {
    @Test
    void the_shipped_rules_keep_identity_images_as_promised() throws IOException {
        KeepingRules rules = KeepingRules.parse(Files.readString(Path.of("config/keeping.yaml")));

        assertThat(rules.all())
                .filteredOn(rule -> rule.purpose().equals("identity"))
                .extracting(KeepingRules.Rule::state, KeepingRules.Rule::keep)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("decided", Duration.ZERO),
                        org.assertj.core.groups.Tuple.tuple("closed", Duration.ofHours(72)),
                        org.assertj.core.groups.Tuple.tuple("any", Duration.ofDays(30)));
        assertThat(rules.identityDays(Duration.ofDays(90))).isEqualTo(30);
        assertThat(rules.identityDays(Duration.ofHours(25)))
                .as("no medium is kept longer")
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ id: a, of: photo, state: any, keep: P1D } | 'photo', which is no kind",
                "{ id: a, of: withheld, state: any, keep: P1D } | 'withheld', which is no kind",
                "{ id: a, of: message, state: parked, keep: P1D } | for the state 'parked'",
                "{ id: a, of: message, purpose: identity, state: any, keep: P1D } | for the purpose 'identity'",
                "{ id: a, of: media, purpose: other, state: decided, keep: P1D } | for the purpose 'other'",
                "{ id: a, of: message, state: any, keep: 30 days } | keep '30 days'",
                "{ id: a, of: message, state: any, keep: -P1D } | keep '-P1D'",
                "{ id: A B, of: message, state: any, keep: P1D } | whose id is 'A B'",
                "{ id: a, of: message, state: any, keep: P1D, when: now } | with \"when\"",
                "7 | no mapping"
            })
    void a_wrong_rule_is_one_sentence_that_names_it(String rule, String says) {
        assertThatThrownBy(() -> KeepingRules.parse("rules:\n  - " + rule + "\n"))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("config/keeping.yaml")
                .hasMessageContaining(says.strip());
    }

    @Test
    void two_rules_of_one_name_and_what_is_no_yaml_are_refused() {
        String rule = "  - { id: a, of: message, state: any, keep: P1D }\n";

        assertThatThrownBy(() -> KeepingRules.parse("rules:\n" + rule + rule)).hasMessageContaining("two rules a");
        assertThatThrownBy(() -> KeepingRules.parse("rules: [")).hasMessageContaining("not YAML");
        assertThatThrownBy(() -> KeepingRules.parse("other: []")).hasMessageContaining("\"rules\"");
    }
}
