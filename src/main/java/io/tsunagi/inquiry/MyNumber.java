package io.tsunagi.inquiry;

/**
 * Tells an Individual Number ("My Number") by its check digit, as article 5 of the ordinance on Individual Numbers (the
 * Ministry of Internal Affairs and Communications' ordinance no. 85 of 2014) has it.
 */
final class MyNumber {
    private static final int DIGITS = 12;

    private MyNumber() {}

    /** @param digits twelve of 0 to 9 */
    static boolean valid(String digits) {
        return digits.length() == DIGITS
                && digits.charAt(DIGITS - 1) - '0' == checkDigit(digits.substring(0, DIGITS - 1));
    }

    /**
     * Sums the digits by their weights, 2 to 7 and 2 to 6 from the right.
     *
     * @param digits the first eleven
     */
    static int checkDigit(String digits) {
        int sum = 0;
        for (int n = 1; n <= digits.length(); n++) {
            int weight = n <= 6 ? n + 1 : n - 5;
            sum += (digits.charAt(digits.length() - n) - '0') * weight;
        }
        int rest = sum % 11;
        return rest <= 1 ? 0 : 11 - rest;
    }
}
