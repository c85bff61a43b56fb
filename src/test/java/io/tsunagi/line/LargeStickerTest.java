package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import io.tsunagi.config.Settings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.hc.core5.http.io.EofSensorInputStream;
import org.apache.hc.core5.http.io.EofSensorWatcher;
import org.junit.jupiter.api.Test;

/** A host that answers with more than a sticker can have. */
class LargeStickerTest {
    private final List<String> ends = new ArrayList<>();

    private final EofSensorWatcher connection = new EofSensorWatcher() {
        @Override
        public boolean eofDetected(InputStream wrapped) {
            ends.add("read to its end");
            return true;
        }

        @Override
        public boolean streamClosed(InputStream wrapped) {
            ends.add("closed, which reads the rest");
            return true;
        }

        @Override
        public boolean streamAbort(InputStream wrapped) {
            ends.add("let go");
            return true;
        }
    };

    private final SettableClock clock = new SettableClock("2026-04-01T00:00:00Z");
    private final StickerPictures pictures = new StickerPictures(
            Settings.of(
                    "",
                    Map.of(
                            "hub.line.sticker-pictures",
                            "true",
                            "hub.line.sticker-address",
                            "https://stickershop.line-scdn.net")),
            clock);

    private Exchange answered(DefaultCamelContext camel, int status, InputStream body) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.setProperty("path", "/stickershop/v1/sticker/1/android/sticker.png");
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        exchange.getMessage().setBody(body);
        return exchange;
    }

    /** Whether the host would be asked for the picture now. */
    private boolean asks(DefaultCamelContext camel) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setHeader("id", "1");
        pictures.find(exchange);
        return exchange.getMessage().getBody() == null;
    }

    @Test
    void its_answer_is_let_go_without_reading_the_rest_and_nothing_is_shown() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = answered(
                    camel, 200, new EofSensorInputStream(new ByteArrayInputStream(new byte[5_000_000]), connection));

            pictures.keep(exchange);

            assertThat(exchange.getMessage().getBody(byte[].class)).isEmpty();
            assertThat(ends).containsExactly("let go");
        }
    }

    @Test
    void an_answer_that_trickles_is_let_go_when_its_time_is_over() throws Exception {
        InputStream slow = new InputStream() {
            @Override
            public int read() {
                clock.forward(Duration.ofSeconds(3));
                return 1;
            }

            @Override
            public int read(byte[] into, int from, int most) {
                into[from] = (byte) read();
                return 1;
            }
        };
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = answered(camel, 200, new EofSensorInputStream(slow, connection));

            pictures.keep(exchange);

            assertThat(exchange.getMessage().getBody(byte[].class)).isEmpty();
            assertThat(ends).containsExactly("let go");
        }
    }

    @Test
    void what_has_no_picture_is_not_asked_for_again_for_a_while() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            assertThat(asks(camel)).isTrue();
            pictures.keep(answered(camel, 404, null));
            assertThat(asks(camel)).isFalse();
            clock.forward(Duration.ofMinutes(10));
            assertThat(asks(camel)).isTrue();

            pictures.noAnswer(answered(camel, 0, null));
            assertThat(asks(camel)).isFalse();
            clock.forward(Duration.ofSeconds(30));
            assertThat(asks(camel)).isTrue();
        }
    }
}
