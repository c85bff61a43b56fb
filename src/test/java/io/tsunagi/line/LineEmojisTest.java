package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LineEmojisTest {
    private static final String SUNS = "5ac21184040ab15980c9b43a";

    @Test
    void only_what_line_lets_an_account_send_is_sendable() {
        assertThat(LineEmojis.sendable(SUNS, "001")).isTrue();
        assertThat(LineEmojis.sendable(SUNS, "234")).isTrue();
        for (String id : new String[] {"000", "235", "1", "0001", "", "abc", null}) {
            assertThat(LineEmojis.sendable(SUNS, id)).as("%s", id).isFalse();
        }
        assertThat(LineEmojis.sendable("5ac21184040ab15980c9b43b", "001")).isFalse();
        assertThat(LineEmojis.sendable(null, "001")).isFalse();
    }

    /** The console knows by itself what it can offer; all of it, and nothing else, is taken from it. */
    @Test
    void the_console_offers_what_is_sendable() throws IOException {
        String script = Files.readString(Path.of("src/main/resources/console/core/line-emoji.js"));
        String sets = script.substring(script.indexOf("SETS"), script.indexOf("const FIRST"));

        Map<String, Integer> offered = Pattern.compile("\\['([0-9a-f]{24})', (\\d+)\\]")
                .matcher(sets)
                .results()
                .collect(Collectors.toMap((MatchResult set) -> set.group(1), set -> Integer.valueOf(set.group(2))));
        assertThat(offered).isEqualTo(LineEmojis.sets());

        String named = script.substring(script.indexOf("NAMED"), script.indexOf("flatMap"));
        String product = null;
        int seen = 0;
        for (MatchResult part : Pattern.compile("'([0-9a-f]{24})': \\[|\\['([0-9]{3})', ")
                .matcher(named)
                .results()
                .toList()) {
            if (part.group(1) != null) {
                product = part.group(1);
            } else {
                assertThat(LineEmojis.sendable(product, part.group(2)))
                        .as(part.group(2))
                        .isTrue();
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(50);
    }
}
