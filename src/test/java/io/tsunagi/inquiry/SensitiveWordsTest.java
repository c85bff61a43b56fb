package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S38: what the rules of config/sensitive.yaml hide, and what they leave alone. */
class SensitiveWordsTest {
    private final SensitiveWords words = Office.SENSITIVE;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // My Number: 123456789018 has the check digit of the ordinance
                "マイナンバーは123456789018です|マイナンバーは************です",
                "マイナンバーは 1234-5678-9018 です|マイナンバーは ****-****-**** です",
                "個人番号：１２３４　５６７８　９０１８|個人番号：****　****　****",
                "123456789018（ﾏｲﾅﾝﾊﾞｰ）|************（ﾏｲﾅﾝﾊﾞｰ）",
                "My  Number is 1234 5678 9018.|My  Number is **** **** ****.",
                "my-number: 123456789018|my-number: ************",
                // Passwords
                "パスワードは abc123 です|パスワードは ****** です",
                "パスワードはabc-123です。|パスワードは*******です。",
                "パスワード：himitsu|パスワード：*******",
                "ﾊﾟｽﾜｰﾄﾞ=ｱ ﾊﾟｽﾜｰﾄﾞはＡｂｃ１２３|ﾊﾟｽﾜｰﾄﾞ=ｱ ﾊﾟｽﾜｰﾄﾞは******",
                "パスワード「Abc#defg」でした|パスワード「********」でした",
                "パスワードを abc12345 に変更して|パスワードを ******** に変更して",
                "my password is hunter2, help|my password is *******, help",
                "Password: correcthorse|Password: ************",
                "PW=S3cret!x|PW=********",
                "pwd abc12345|pwd ********",
                // Codes
                "認証コードは123456です|認証コードは******です",
                "認証コード 123-456|認証コード ***-***",
                "ワンタイムパスワード：１２３ ４５６|ワンタイムパスワード：*** ***",
                "確認コードは以下の通りです：482913|確認コードは以下の通りです：******",
                "暗証番号は1234|暗証番号は****",
                "My PIN is 1234|My PIN is ****",
                "ＰＩＮコードは1234です|ＰＩＮコードは****です",
                "one-time password: 482913|one-time password: ******",
                "The OTP is 482 913|The OTP is *** ***",
                "セキュリティコードは123です|セキュリティコードは***です",
                "CVV 123|CVV ***",
                "認証コード「𝟏𝟐𝟑𝟒」|認証コード「********」",
                // Card numbers as before
                "番号は4111111111111111です|番号は************1111です",
            })
    void what_a_rule_names_is_masked_in_its_place(String written, String masked) {
        assertThat(words.mask(written)).isEqualTo(masked).hasSameSizeAs(written);
        assertThat(words.mask(masked)).as("masked again").isSameAs(masked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "マイナンバーは123456789018です",
                "password: hunter2",
                "認証コードは123456です",
                "PIN 1234",
            })
    void what_is_left_of_it_tells_that_there_was_something(String written) {
        assertThat(words.in(written)).isTrue();
        assertThat(words.in(words.mask(written))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "パスワードを忘れました",
                "パスワードは8文字以上で設定してください",
                "パスワードは「設定」から変更できます",
                "パスワードをiPhone15で変更したい",
                "パスワードは2026-04-01に変更しました",
                "パスワードは https://example.com/reset1 で再設定できます",
                "パスワードは aoi1@example.com に送りました",
                "パスワードのご案内は 03-1234-5678 まで",
                "パスワードは1000円で再発行",
                "Password: Settings > Security",
                "the password is incorrect",
                "password reset in 2026",
                "password issue 12345",
                "認証コードが届きません",
                "認証コードは6桁です",
                "認証コードは10分で切れます",
                "認証コードは1000円ではありません",
                "認証コードは 2026-04-01 に届きました",
                "認証コードを 090-1234-5678 に送ってください",
                "確認コードは 2026年4月1日 まで",
                "暗証番号を変えたい 1234円引かれた",
                "pinned 2024 items",
                "opinion 1234",
                "cvvv 123",
                "注文番号は 123456789018 です",
                "注文 20260401-0001 の件",
                "お問い合わせ番号 123456",
                "マイナンバーの件、注文番号は 123456789012 です",
                "マイナンバーカードが届かない 03-1234-5678",
                "合計 12,345 円、ポイント 1234",
                "2026年4月1日 12:34",
                "電話は 090-1234-5678 です",
                "口座番号 1234567",
                "😀😀 残高は 1,234,567 円",
                "code 123456 for order 99",
                "https://example.com/?id=123456789018",
            })
    void what_only_looks_like_it_stays_as_it_is(String written) {
        assertThat(words.mask(written)).isSameAs(written);
        assertThat(words.in(written)).isFalse();
    }

    @Test
    void a_strict_rule_needs_no_word_but_the_check_digit() {
        SensitiveWords strict =
                SensitiveWords.read("rules: [{id: n, kind: my-number, words: [マイナンバー], within: 20, strict: true}]");

        assertThat(strict.mask("番号 123456789018")).isEqualTo("番号 ************");
        assertThat(strict.mask("番号 123456789012")).isEqualTo("番号 123456789012");
        assertThat(strict.mask("+81 90 1234 5678 と 8d7c0f6a-1b2c-4d3e-8f90-123456789018"))
                .isEqualTo("+81 90 1234 5678 と 8d7c0f6a-1b2c-4d3e-8f90-123456789018");
        assertThat(strict.mask("番号 1234567890180")).isEqualTo("番号 1234567890180");
    }

    @Test
    void a_word_too_far_away_says_nothing() {
        assertThat(words.mask("マイナンバー" + "あ".repeat(61) + " 123456789018")).contains("123456789018");
        assertThat(words.mask("マイナンバー" + "あ".repeat(40) + " 123456789018")).doesNotContain("123456789018");
    }

    /** The ministry's own example, and both cases of a rest below two. */
    @Test
    void the_check_digit_is_the_ordinances() {
        assertThat(MyNumber.checkDigit("12345678901")).isEqualTo(8);
        assertThat(MyNumber.checkDigit("00000000000")).as("rest 0").isZero();
        assertThat(MyNumber.checkDigit("00000000060")).as("rest 7").isEqualTo(4);
        assertThat(MyNumber.checkDigit("00000000004")).as("rest 8").isEqualTo(3);
        assertThat(MyNumber.checkDigit("00000000006")).as("rest 1").isZero();
    }

    @Test
    void whatever_is_written_keeps_its_length_and_every_letter_outside_what_is_masked() {
        Random random = new Random(38);
        String[] parts = {
            "パスワード",
            "は",
            "：",
            " ",
            "abc123",
            "１２３４",
            "-",
            "マイナンバー",
            "123456789018",
            "円",
            "。",
            "\n",
            "OTP",
            "is ",
            "\ud83d",
            "😀",
            "\u200b",
            "ﾊﾟｽﾜｰﾄﾞ",
            "4111111111111111",
            "「",
            "」",
            "*",
            "x",
            "を",
            "に",
            "PIN",
            "\u20e3",
            "가",
            "ﷺ",
            "İ",
            "ß"
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            String written = text.toString();

            String masked = words.mask(written);

            assertThat(masked).as(written).hasSameSizeAs(written);
            for (int at = 0; at < written.length(); at++) {
                assertThat(masked.charAt(at)).as(written).isIn(written.charAt(at), '*');
            }
            assertThat(words.mask(masked)).as(written).isEqualTo(masked);
        }
    }

    @Test
    void five_thousand_letters_made_to_hold_it_up_are_read_in_a_moment() {
        for (String piece : List.of("パスワード ", "認証コード「「「", "1 ", "マイナンバー1-", "password : = ", "* ")) {
            String written = piece.repeat(5000 / piece.length());
            long before = System.nanoTime();

            words.mask(written);

            assertThat(System.nanoTime() - before).as(piece).isLessThan(2_000_000_000L);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rules: [a|it is not YAML",
                "a: 1|line 1: the only key here is rules",
                "rules: {}|line 1: rules must be a list",
                "rules:\\n- 1|line 2: a rule must be keys with values",
                "rules:\\n- {kind: digits}|line 2: a rule has no id",
                "rules:\\n- {id: A}|line 2: an id has 1 to 64 of a-z, 0-9 and -",
                "rules:\\n- id: a\\n  kind: colour|line 3: rule a: there is no kind colour",
                "rules:\\n- id: a\\n  kind: digits\\n  strict: true|line 4: rule a: strict is not known for its kind",
                "rules:\\n- {id: a, kind: digits, words: []}|line 2: rule a: it has 1 to 100 words",
                "rules:\\n- {id: a, kind: digits, words: ['-'], from: 1, to: 2}|line 2: rule a: a word needs a letter",
                "rules:\\n- {id: a, kind: digits, words: [x], from: 1}|line 2: a rule has no to",
                "rules:\\n- id: a\\n  kind: digits\\n  words: [x]\\n  from: 9\\n  to: 8|line 6: rule a: to is smaller than from",
                "rules:\\n- {id: a, kind: digits, words: [x], from: x, to: 2}|line 2: rule a: from is a whole number from 1 to 256",
                "rules:\\n- {id: a, kind: my-number, words: [x], within: 9, strict: yes}|line 2: rule a: strict is true or false",
                "rules:\\n- {id: a, id: b}|line 2: id stands twice in one rule",
                "rules:\\n- &r {id: a, kind: digits, words: [x], from: 1, to: 2}\\n- *r|line 2: a second rule has the id a",
            })
    void a_rule_that_cannot_be_used_is_named_with_its_line(String yaml, String said) {
        assertThatThrownBy(() -> SensitiveWords.read(yaml.replace("\\n", "\n")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(said);
    }

    @Test
    void without_rules_card_numbers_are_masked_still() {
        SensitiveWords none = SensitiveWords.read("rules: []");

        assertThat(none.mask("パスワードは abc123")).isEqualTo("パスワードは abc123");
        assertThat(none.mask("4111111111111111")).isEqualTo("************1111");
        assertThat(none.mask(null)).isNull();
        assertThat(none.in(null)).isFalse();
    }
}
