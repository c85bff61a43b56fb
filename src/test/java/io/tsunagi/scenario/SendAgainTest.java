package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The operator's line breaks after the press and before the answer; F47. */
class SendAgainTest {

    @Test
    void a_send_pressed_again_after_the_line_broke_reaches_the_customer_once() throws Exception {
        try (TcpProxy proxy = new TcpProxy();
                TestHub hub = TestHub.start(Dialect.H2, Map.of())) {
            proxy.lead(URI.create(hub.base()).getPort());
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            hub.customer(user, "Nana");
            hub.line.write(user, "main", "オペレーターと話したい");
            Operator direct = hub.operator("aoi");
            String inquiry = direct.awaitInquiry("Nana");
            Operator remote = new Operator(proxy.address(), "aoi");
            JsonNode draft =
                    remote.put("/api/inquiries/" + inquiry + "/draft", Map.of("text", "一度だけ届きます。", "version", 0));
            int seen = remote.newest(inquiry);
            long version = draft.path("version").asLong();
            UUID press = UUID.randomUUID();

            proxy.is(TcpProxy.Line.ANSWERS_LOST);
            assertThatThrownBy(() -> remote.send(inquiry, version, seen, press))
                    .isInstanceOf(UncheckedIOException.class);
            hub.awaitBubble(user, "一度だけ届きます。"::equals);
            proxy.is(TcpProxy.Line.WHOLE);

            assertThat(remote.send(inquiry, version, seen, press).status())
                    .as("the screen is told that it is sent")
                    .isBetween(200, 299);
            assertThat(remote.send(inquiry, version, seen, press).status()).isBetween(200, 299);

            assertThat(direct.say(inquiry, "次の言葉").status()).isEqualTo(202);
            hub.awaitBubble(user, "次の言葉"::equals);
            assertThat(hub.chat(user))
                    .extracting(bubble -> bubble.path("text").asText())
                    .containsOnlyOnce("一度だけ届きます。");
            await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(direct.messages(inquiry))
                    .extracting(message -> message.path("text").asText())
                    .containsOnlyOnce("一度だけ届きます。"));
        }
    }
}
