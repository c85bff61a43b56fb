package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
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

    @Test
    void its_answer_is_let_go_without_reading_the_rest_and_nothing_is_shown() throws Exception {
        StickerPictures pictures = new StickerPictures(Settings.of(
                "",
                Map.of(
                        "hub.line.sticker-pictures",
                        "true",
                        "hub.line.sticker-address",
                        "https://stickershop.line-scdn.net")));
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(camel);
            exchange.setProperty("sticker", "1");
            exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
            exchange.getMessage()
                    .setBody(new EofSensorInputStream(new ByteArrayInputStream(new byte[5_000_000]), connection));

            pictures.keep(exchange);

            assertThat(exchange.getMessage().getBody(byte[].class)).isEmpty();
            assertThat(ends).containsExactly("let go");
        }
    }
}
