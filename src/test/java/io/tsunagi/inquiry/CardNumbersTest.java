package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CardNumbersTest {

    @ParameterizedTest
    @CsvSource({
        "4111111111111111,************1111",
        "5555555555554444,************4444",
        "2223003122003222,************3222",
        "378282246310005,***********0005",
        "3530111333300000,************0000",
        "30569309025904,**********5904",
        "6011111111111117,************1117",
        "4222222222222,*********2222",
        "4111 1111 1111 1111,**** **** **** 1111",
        "4111-1111-1111-1111,****-****-****-1111",
        "4111.1111.1111.1111,****.****.****.1111",
        "4111 - 1111 - 1111 - 1111,**** - **** - **** - 1111",
        "4111_1111_1111_1111,****_****_****_1111",
        "4111・1111・1111・1111,****・****・****・1111",
        "4111ー1111ー1111ー1111,****ー****ー****ー1111",
        "４１１１１１１１１１１１１１１１,************１１１１",
        "４１１１－１１１１－１１１１－１１１１,****－****－****－１１１１",
        "４１１１　１１１１　１１１１　１１１１,****　****　****　１１１１",
        "カードは4111111111111111です,カードは************1111です",
        "٤١١١١١١١١١١١١١١١,************١١١١",
    })
    void a_card_number_is_masked_up_to_its_last_four_digits(String written, String masked) {
        assertThat(CardNumbers.in(written)).isTrue();
        assertThat(CardNumbers.mask(written)).isEqualTo(masked).hasSameSizeAs(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$1\n", // line ends
                "$1\u200b", // invisible signs
                "$1\ufe0f\u20e3", // keycap emoji
            })
    void signs_behind_every_digit_hide_nothing(String digit) {
        String written = "4111111111111111".replaceAll("(.)", digit);

        assertThat(CardNumbers.in(written)).isTrue();
        assertThat(CardNumbers.mask(written)).hasSameSizeAs(written);
        assertThat(CardNumbers.in(CardNumbers.mask(written))).isFalse();
    }

    @Test
    void digits_of_two_units_keep_their_length() {
        String written = "4111111111111111"
                .chars()
                .mapToObj(digit -> Character.toString(0x1d7ce + digit - '0'))
                .reduce("", String::concat);

        assertThat(CardNumbers.in(written)).isTrue();
        assertThat(CardNumbers.mask(written)).hasSameSizeAs(written).startsWith("*".repeat(24));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4111111111111112",
                "9999999999999999",
                "411111111111",
                "090-1234-5678",
                "03-1234-5678",
                "2026-04-01 12:34:56",
                "4111 1111 and then 1111 1111",
                "注文 20260401-0001 の件",
                "😀😀 残高は 1,234,567 円",
            })
    void what_is_no_card_number_stays_as_it_is(String written) {
        assertThat(CardNumbers.in(written)).isFalse();
        assertThat(CardNumbers.mask(written)).isSameAs(written);
    }

    @Test
    void two_numbers_in_one_text_are_both_masked_and_emoji_keep_their_places() {
        String written = "😀4111111111111111 と 5555 5555 5555 4444😀$";

        assertThat(CardNumbers.mask(written))
                .isEqualTo("😀************1111 と **** **** **** 4444😀$")
                .hasSameSizeAs(written);
    }

    @Test
    void nothing_is_no_card_number() {
        assertThat(CardNumbers.in(null)).isFalse();
        assertThat(CardNumbers.mask(null)).isNull();
    }

    @Test
    void every_valid_number_of_every_length_is_found_between_any_separators() {
        Random random = new Random(56);
        String[] separators = {"", " ", "-", "　", ".", " - "};
        for (int i = 0; i < 2000; i++) {
            String number = valid(random, 13 + random.nextInt(7));
            String separator = separators[random.nextInt(separators.length)];
            String written = String.join(separator, number.split("(?<=\\G.{4})"));

            String masked = CardNumbers.mask("x" + written + "y");

            assertThat(masked).as(written).hasSameSizeAs("x" + written + "y").doesNotContain(written);
            assertThat(masked.chars().filter(Character::isDigit).count()).isLessThanOrEqualTo(4);
        }
    }

    private static String valid(Random random, int length) {
        StringBuilder number = new StringBuilder("4");
        while (number.length() < length - 1) {
            number.append(random.nextInt(10));
        }
        int sum = 0;
        for (int i = 0; i < number.length(); i++) {
            int value = number.charAt(number.length() - 1 - i) - '0';
            int doubled = i % 2 == 0 ? value * 2 : value;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return number.append((10 - sum % 10) % 10).toString();
    }
}
