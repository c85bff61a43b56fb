package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, 14.1.2 and 14.2. */
class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=0-99, 0, 99",
        "bytes=10-, 10, 99",
        "bytes=10-5000, 10, 99",
        "bytes=-10, 90, 99",
        "bytes=-5000, 0, 99",
        "bytes=99-99, 99, 99"
    })
    void one_part_is_given_as_far_as_the_file_goes(String header, long first, long last) throws Exception {
        assertThat(ByteRange.of(header, 100)).contains(new ByteRange(first, last));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=0-1,5-6",
                "bytes=-",
                "bytes=9-3",
                "lines=1-2",
                "bytes=a-b",
                "bytes=99999999999999999999-",
                ""
            })
    void what_is_no_single_part_is_answered_with_the_whole(String header) throws Exception {
        assertThat(ByteRange.of(header, 100)).isEmpty();
        assertThat(ByteRange.of(null, 100)).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=200-300", "bytes=-0"})
    void what_lies_outside_is_said_to_be_so(String header) {
        assertThatThrownBy(() -> ByteRange.of(header, 100)).isInstanceOf(ByteRange.OutsideException.class);
    }

    @Test
    void an_empty_file_has_no_part() {
        assertThatThrownBy(() -> ByteRange.of("bytes=0-", 0)).isInstanceOf(ByteRange.OutsideException.class);
        assertThatThrownBy(() -> ByteRange.of("bytes=-5", 0)).isInstanceOf(ByteRange.OutsideException.class);
    }
}
