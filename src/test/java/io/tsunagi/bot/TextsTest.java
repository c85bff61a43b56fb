package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class TextsTest {
    @Test
    void a_sentence_is_said_in_the_customers_language_with_its_values() {
        Texts texts = Texts.load(Map.of("ja", of("hello", "{name}様"), "en", of("hello", "Dear {name}")));

        assertThat(texts.say("ja-JP", "hello", Map.of("name", "青井"))).isEqualTo("青井様");
        assertThat(texts.say("en_US", "hello", Map.of("name", "$1 {name}"))).isEqualTo("Dear $1 {name}");
    }

    @Test
    void what_a_language_lacks_is_said_in_the_accounts_language_then_in_english() {
        Texts texts = Texts.load(
                Map.of("ja", of("both", "両方"), "en", of("both", "both", "only", "only English"), "th", of("x", "x")));

        assertThat(texts.forAccount("ja").say("th", "both", Map.of())).isEqualTo("両方");
        assertThat(texts.forAccount("ja").say("th", "only", Map.of())).isEqualTo("only English");
        assertThat(texts.say("ko", "both", Map.of())).isEqualTo("both");
        assertThat(texts.forAccount("ja").spoken("th", "both")).isEqualTo("ja");
        assertThat(texts.forAccount("ja").spoken("th", "only")).isEqualTo("en");
        assertThat(texts.spoken("ja_JP", "both")).isEqualTo("ja");
    }

    @Test
    void loading_says_which_key_is_missing_in_which_language() {
        Texts texts = Texts.load(Map.of("ja", of("a", "あ"), "en", of("a", "a", "b", "b")));

        assertThat(texts.missing()).containsExactly("Text b is missing in ja");
    }

    @Test
    void a_key_that_no_language_has_is_refused_by_name() {
        Texts texts = Texts.load(Map.of("en", of("a", "a")));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> texts.say("ja", "b", Map.of()))
                .withMessageContaining("key b");
    }

    @Test
    void a_value_that_is_not_given_is_refused_by_name() {
        Texts texts = Texts.load(Map.of("en", of("a", "until {opens}")));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> texts.say("en", "a", Map.of()))
                .withMessageContaining("{opens}");
    }

    @Test
    void languages_that_fill_in_different_values_are_refused_at_load() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Texts.load(Map.of("ja", of("a", "{time}まで"), "en", of("a", "until {opens}"))))
                .withMessage("Text a fills in [time] in ja but [opens] in en");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Texts.load(Map.of("en", of("a", " "))))
                .withMessage("Text a in en is empty");
    }

    @Test
    void the_shipped_languages_are_whole_and_their_labels_fit_a_quick_reply() {
        Map<String, Properties> shipped =
                Map.of("ja", file("config/texts_ja.properties"), "en", file("config/texts_en.properties"));

        assertThat(Texts.load(shipped).missing()).isEmpty();
        shipped.values()
                .forEach(texts -> texts.forEach((key, text) -> {
                    if (key.toString().endsWith("-label")) {
                        assertThat(text.toString()).as(key.toString()).hasSizeLessThanOrEqualTo(20);
                    }
                }));
    }

    private static Properties file(String name) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(name))) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static Properties of(String... keysAndTexts) {
        Properties properties = new Properties();
        for (int i = 0; i < keysAndTexts.length; i += 2) {
            properties.setProperty(keysAndTexts[i], keysAndTexts[i + 1]);
        }
        return properties;
    }
}
