package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S03 */
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

    /** PCI DSS 3.4.1: 2,000 cards, all masked. */
    @Test
    void a_number_of_every_brand_and_length_is_masked_in_every_usual_grouping_and_width() {
        Random random = new Random(3041);
        String[] separators = {" ", "-", "　", ".", "・", "－", " - ", "\n"};
        for (int i = 0; i < 2000; i++) {
            Brand brand = BRANDS.get(i % BRANDS.size());
            String number = brand.number(random);
            List<int[]> groupings = new ArrayList<>(List.of(new int[] {4}, new int[] {1}, new int[] {2}, new int[] {}));
            groupings.addAll(brand.groupings(number.length()));
            String separator = separators[random.nextInt(separators.length)];
            String written = grouped(number, groupings.get(random.nextInt(groupings.size())), separator);
            written = "番号は" + (random.nextInt(3) == 0 ? wide(written) : written) + "です";

            String masked = CardNumbers.mask(written);

            assertThat(masked).as(written).hasSameSizeAs(written);
            assertThat(masked.chars().filter(Character::isDigit).count())
                    .as(written)
                    .isEqualTo(4);
        }
    }

    @Test
    void a_number_that_two_or_three_messages_hold_is_masked_wherever_it_is_broken() {
        Random random = new Random(3042);
        for (int i = 0; i < 2000; i++) {
            String number = BRANDS.get(i % BRANDS.size()).number(random);
            int first = 1 + random.nextInt(number.length() - 2);
            int second = first + random.nextInt(number.length() - first - 1);
            List<String> messages = first == second
                    ? List.of(number.substring(0, first), number.substring(first))
                    : List.of(
                            number.substring(0, first),
                            number.substring(first, second),
                            number.substring(second) + "です");

            assertThat(String.join("", CardNumbers.maskAcross(messages)))
                    .as(messages.toString())
                    .startsWith("*".repeat(number.length() - 4));
        }
    }

    /** Of 10,000 other numbers 0.1 % at most are masked. */
    @Test
    void numbers_that_are_none_of_a_card_stay_but_for_one_in_a_thousand() {
        Random random = new Random(3043);
        List<String> masked = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            String written = other(random, i % 11);
            if (CardNumbers.in(written)) {
                masked.add(written);
            }
        }

        assertThat(masked).hasSizeLessThanOrEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // A valid number amid more digits.
                "94111111111111111",
                "41111111111111110000",
                "注文 1234411111111111111100",
                "x 0000411111111111111 1",
                // Of a brand, but not as long as its numbers are.
                "55555555555544442",
                "3782822463100058",
                "371449635398430",
                // No brand's.
                "1111111111111117",
                "7000000000000005",
                // Telephone numbers, in one line and in two.
                "090-4111-1111 090-1111-1111",
                "09041111111 09011111111",
                "03-4111-1111\n03-1111-1111",
                "+81 90 4111 1111\n+81 90 1111 1111",
                "〒411-1111 03-1111-1111",
            })
    void what_only_holds_the_digits_of_a_card_number_stays_as_it_is(String written) {
        assertThat(CardNumbers.mask(written)).isSameAs(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4111 1111 1111 1111 0127 123",
                "2026 4111 1111 1111 1111",
                "4111 11111111-1111",
                "41111111 11111111",
                "411111111111 1111",
                "3782 822463 10005",
                "3056 930902 5904",
                "4222 222 222 222",
                "411111 1111111111",
                "41111\n11111\n111111",
                "4111\n1111\n1111\n1111",
                "3782 82246310005",
                "3782822463 10005",
                "6212 3456 7890 1234569",
                "4111 11\n11 1111 1111 123",
                "411111\n1111111111 12/27",
                "4​1​1111​1111111​111",
            })
    void card_numbers_are_found_amid_other_groups_and_in_each_way_people_break_them(String written) {
        assertThat(CardNumbers.in(written)).isTrue();
    }

    @Test
    void long_rows_of_digits_take_no_longer_than_their_length() {
        for (String part : List.of("4", "4 ", "4111 ", "4\n", "4111111111111112 ", "4111111111111111 ")) {
            String written = part.repeat(200_000 / part.length());

            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> CardNumbers.mask(written), part);
        }
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> CardNumbers.mask(chain(10_000)), "a chain");
    }

    @Test
    void each_number_that_begins_with_the_last_four_of_the_one_before_is_masked() {
        String chain = chain(5);

        assertThat(CardNumbers.mask(chain))
                .isEqualTo("*".repeat(16) + " ************".repeat(4) + " ********" + chain.substring(77));
    }

    /** A number, then groups of twelve digits, each of which makes another with the four digits before it. */
    private static String chain(int groups) {
        Random random = new Random(groups);
        StringBuilder chain = new StringBuilder("4111111111154111");
        for (int i = 0; i < groups; i++) {
            String four = chain.substring(chain.length() - 4);
            chain.append(' ').append(valid(random, four + "000000004", 16).substring(4));
        }
        return chain.toString();
    }

    private record Brand(List<String> prefixes, List<Integer> lengths) {
        String number(Random random) {
            return valid(
                    random, prefixes.get(random.nextInt(prefixes.size())), lengths.get(random.nextInt(lengths.size())));
        }

        List<int[]> groupings(int length) {
            return switch (length) {
                case 13 -> List.of(new int[] {4, 3, 3, 3});
                case 14 -> List.of(new int[] {4, 6, 4});
                case 15 -> List.of(new int[] {4, 6, 5});
                case 16 -> List.of(new int[] {6, 10}, new int[] {8, 8});
                case 19 -> List.of(new int[] {6, 13});
                default -> List.of();
            };
        }
    }

    private static final List<Brand> BRANDS = List.of(
            new Brand(List.of("4"), List.of(13, 16, 19)),
            new Brand(List.of("51", "52", "53", "54", "55", "2221", "2229", "2300", "2699", "2720"), List.of(16)),
            new Brand(List.of("34", "37"), List.of(15)),
            new Brand(List.of("300", "305", "3095"), List.of(14)),
            new Brand(List.of("36", "38", "39"), List.of(14, 16, 17, 18, 19)),
            new Brand(List.of("3528", "3540", "3589"), List.of(16, 17, 18, 19)),
            new Brand(List.of("6011", "644", "649", "65"), List.of(16, 17, 18, 19)),
            new Brand(List.of("62", "81"), List.of(16, 17, 18, 19)),
            new Brand(List.of("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6763"), List.of(13, 16, 19)));

    /** The number with the separator between groups: of these lengths, or all of the one given; whole without any. */
    private static String grouped(String number, int[] lengths, String separator) {
        if (lengths.length == 0) {
            return number;
        }
        if (lengths.length == 1) {
            return String.join(separator, number.split("(?<=\\G.{" + lengths[0] + "})"));
        }
        List<String> groups = new ArrayList<>();
        int at = 0;
        for (int length : lengths) {
            groups.add(number.substring(at, Math.min(number.length(), at + length)));
            at = Math.min(number.length(), at + length);
        }
        groups.removeIf(String::isEmpty);
        return String.join(separator, groups);
    }

    private static String wide(String written) {
        StringBuilder wide = new StringBuilder();
        for (char c : written.toCharArray()) {
            wide.append(c >= '0' && c <= '9' ? (char) (c - '0' + '０') : c);
        }
        return wide.toString();
    }

    private static String other(Random random, int kind) {
        return switch (kind) {
            case 0 -> "注文番号 " + digits(random, 8 + random.nextInt(13));
            case 1 -> phone(random);
            case 2 -> phone(random) + (random.nextBoolean() ? " " : "\n") + phone(random);
            case 3 -> day(random) + " " + digits(random, 8);
            case 4 -> "〒" + digits(random, 3) + "-" + digits(random, 4) + " " + phone(random);
            case 5 -> "普通 " + digits(random, 3) + " " + digits(random, 7);
            case 6 -> "追跡番号 " + (random.nextBoolean() ? digits(random, 12) : fours(random));
            case 7 -> day(random) + " " + String.format("%02d:%02d:%02d", random.nextInt(24), random.nextInt(60), 7);
            case 8 -> String.format("%,d 円と %d 円", random.nextInt(100_000_000), random.nextInt(10_000_000));
            case 9 -> "受付 " + day(random).replaceAll("\\D", "") + digits(random, 8);
            default -> digits(random, 4) + " " + digits(random, 3) + " " + digits(random, 7) + " " + phone(random);
        };
    }

    private static String fours(Random random) {
        return digits(random, 4) + "-" + digits(random, 4) + "-" + digits(random, 4);
    }

    private static String day(Random random) {
        String separator = List.of("", "-", "/", ".").get(random.nextInt(4));
        return String.format(
                "%d%s%02d%s%02d",
                2020 + random.nextInt(8), separator, 1 + random.nextInt(12), separator, 1 + random.nextInt(28));
    }

    private static String phone(Random random) {
        String separator = random.nextBoolean() ? "-" : "";
        return switch (random.nextInt(6)) {
            case 0 ->
                "0" + List.of("9", "8", "7").get(random.nextInt(3)) + "0" + separator + digits(random, 4) + separator
                        + digits(random, 4);
            case 1 -> "03" + separator + digits(random, 4) + separator + digits(random, 4);
            case 2 -> "045" + separator + digits(random, 3) + separator + digits(random, 4);
            case 3 -> "0467" + separator + digits(random, 2) + separator + digits(random, 4);
            case 4 -> "0120" + separator + digits(random, 3) + separator + digits(random, 3);
            default -> "+81 90 " + digits(random, 4) + " " + digits(random, 4);
        };
    }

    private static String digits(Random random, int length) {
        StringBuilder digits = new StringBuilder();
        while (digits.length() < length) {
            digits.append(random.nextInt(10));
        }
        return digits.toString();
    }

    private static String valid(Random random, int length) {
        return valid(random, "4", length);
    }

    private static String valid(Random random, String prefix, int length) {
        StringBuilder number = new StringBuilder(prefix);
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
