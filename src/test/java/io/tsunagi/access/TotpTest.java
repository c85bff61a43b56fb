package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.bouncycastle.util.encoders.Base32;
import org.junit.jupiter.api.Test;

/** S27 */
class TotpTest {
    private static final String SECRET = Base32.toBase32String("12345678901234567890".getBytes());

    /** The last six of the eight digits that RFC 6238 gives in appendix B. */
    @Test
    void codes_are_those_of_the_standard() {
        Map.of(
                        59L, "287082",
                        1111111109L, "081804",
                        1111111111L, "050471",
                        1234567890L, "005924",
                        2000000000L, "279037",
                        20000000000L, "353130")
                .forEach((second, code) -> assertThat(Totp.code(SECRET, Instant.ofEpochSecond(second)))
                        .as("at " + second)
                        .isEqualTo(code));
    }

    @Test
    void a_clock_may_be_one_step_off_and_not_two() {
        Instant now = Instant.ofEpochSecond(1_000_000_000);
        long step = now.getEpochSecond() / 30;
        for (int off = -1; off <= 1; off++) {
            String code = Totp.code(SECRET, now.plusSeconds(30L * off));
            assertThat(Totp.step(SECRET, code, now, 0)).hasValue(step + off);
        }
        assertThat(Totp.step(SECRET, Totp.code(SECRET, now.plusSeconds(60)), now, 0))
                .isEmpty();
        assertThat(Totp.step(SECRET, Totp.code(SECRET, now.minusSeconds(60)), now, 0))
                .isEmpty();
    }

    @Test
    void a_step_that_was_taken_and_those_before_it_are_over() {
        Instant now = Instant.ofEpochSecond(1_000_000_000);
        long step = now.getEpochSecond() / 30;

        assertThat(Totp.step(SECRET, Totp.code(SECRET, now), now, step)).isEqualTo(OptionalLong.empty());
        assertThat(Totp.step(SECRET, Totp.code(SECRET, now.plusSeconds(30)), now, step))
                .hasValue(step + 1);
    }

    @Test
    void nonsense_is_no_code() {
        for (String code : new String[] {"", "0", "abcdef", "２８７０８２", "287082 287082"}) {
            assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(59), 0))
                    .as(code)
                    .isEmpty();
        }
    }

    @Test
    void an_authenticator_is_told_whose_secret_it_is() {
        assertThat(Totp.uri("ABC", "Tsunagi", "a b@c"))
                .isEqualTo(
                        "otpauth://totp/Tsunagi:a%20b%40c?secret=ABC&issuer=Tsunagi&algorithm=SHA1&digits=6&period=30");
    }
}
