package io.tsunagi.sandbox.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.linecorp.bot.client.base.BlobContent;
import com.linecorp.bot.client.base.Result;
import com.linecorp.bot.client.base.channel.FixedChannelTokenSupplier;
import com.linecorp.bot.messaging.client.MessagingApiBlobClient;
import com.linecorp.bot.messaging.client.MessagingApiClient;
import com.linecorp.bot.messaging.client.MessagingApiClientException;
import com.linecorp.bot.messaging.model.PushMessageRequest;
import com.linecorp.bot.messaging.model.PushMessageResponse;
import com.linecorp.bot.messaging.model.ReplyMessageRequest;
import com.linecorp.bot.messaging.model.ReplyMessageResponse;
import com.linecorp.bot.messaging.model.ShowLoadingAnimationRequest;
import com.linecorp.bot.messaging.model.StickerMessage;
import com.linecorp.bot.messaging.model.TestWebhookEndpointRequest;
import com.linecorp.bot.messaging.model.TextMessage;
import com.linecorp.bot.parser.FixedSkipSignatureVerificationSupplier;
import com.linecorp.bot.parser.LineSignatureValidator;
import com.linecorp.bot.parser.WebhookParser;
import com.linecorp.bot.webhook.model.CallbackRequest;
import com.linecorp.bot.webhook.model.FollowEvent;
import com.linecorp.bot.webhook.model.ImageMessageContent;
import com.linecorp.bot.webhook.model.MessageEvent;
import com.linecorp.bot.webhook.model.PostbackEvent;
import com.linecorp.bot.webhook.model.StickerMessageContent;
import com.linecorp.bot.webhook.model.TextMessageContent;
import com.linecorp.bot.webhook.model.UnknownEvent;
import com.linecorp.bot.webhook.model.UnsendEvent;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The real line-bot-sdk-java, unchanged, finds in the simulator what it expects of the platform. */
class OfficialClientTest {
    private static final String AOI = "U0123456789abcdef0123456789abcdef";

    private final RecordingHub hub = new RecordingHub();
    private final LineSimulator line = LineSimulator.builder().build();
    private final WebhookParser parser = new WebhookParser(
            new LineSignatureValidator("sandbox-main-secret".getBytes(StandardCharsets.UTF_8)),
            FixedSkipSignatureVerificationSupplier.of(false));
    private MessagingApiClient api;
    private MessagingApiBlobClient blobs;

    @BeforeEach
    void start() {
        line.start();
        line.webhook("main", hub.uri("/line/main"));
        api = MessagingApiClient.builder(FixedChannelTokenSupplier.of("sandbox-main-token"))
                .apiEndPoint(line.baseUri())
                .usingDefaultLogger(false)
                .build();
        blobs = MessagingApiBlobClient.builder(FixedChannelTokenSupplier.of("sandbox-main-token"))
                .apiEndPoint(line.baseUri())
                .usingDefaultLogger(false)
                .build();
    }

    @AfterEach
    void stop() {
        line.close();
        hub.close();
    }

    @Test
    void its_parser_accepts_the_signature_and_knows_the_events() throws Exception {
        line.write(AOI, "main", "残高は?");
        line.write(
                AOI,
                Json.of("{\"type\":\"sticker\",\"packageId\":\"446\",\"stickerId\":\"1988\",\"keywords\":[\"hi\"]}"));
        line.write(AOI, Json.of("{\"type\":\"image\",\"imageSet\":{\"id\":\"s\",\"index\":1,\"total\":2}}"));
        line.happen(AOI, Json.of("{\"type\":\"unsend\"}"));
        line.happen(AOI, Json.of("{\"type\":\"postback\",\"data\":\"a=1\",\"params\":{\"date\":\"2026-04-01\"}}"));
        line.happen(AOI, Json.of("{\"type\":\"follow\"}"));
        line.happen(AOI, Json.of("{\"type\":\"messageEdited\",\"messageId\":\"1\",\"text\":\"x\"}"));

        assertThat(event(0)).isInstanceOfSatisfying(MessageEvent.class, event -> {
            assertThat(event.source().userId()).isEqualTo(AOI);
            assertThat(event.replyToken()).isNotEmpty();
            assertThat(event.message()).isInstanceOfSatisfying(TextMessageContent.class, text -> assertThat(text.text())
                    .isEqualTo("残高は?"));
        });
        assertThat(((MessageEvent) event(1)).message()).isInstanceOf(StickerMessageContent.class);
        assertThat(((MessageEvent) event(2)).message())
                .isInstanceOfSatisfying(
                        ImageMessageContent.class,
                        image -> assertThat(image.imageSet().total()).isEqualTo(2));
        assertThat(event(3)).isInstanceOf(UnsendEvent.class);
        assertThat(event(4)).isInstanceOfSatisfying(PostbackEvent.class, event -> assertThat(
                        event.postback().params())
                .containsEntry("date", "2026-04-01"));
        assertThat(event(5)).isInstanceOfSatisfying(FollowEvent.class, event -> assertThat(
                        event.follow().isUnblocked())
                .isFalse());
        assertThat(event(6)).isInstanceOf(UnknownEvent.class);
    }

    @Test
    void its_client_replies_pushes_and_is_told_of_an_accepted_retry_key() throws Exception {
        String token = line.write(AOI, "main", "残高は?").replyToken();

        Result<ReplyMessageResponse> reply = api.replyMessage(
                        new ReplyMessageRequest.Builder(token, List.of(new TextMessage("こちらです"))).build())
                .get();
        UUID key = UUID.randomUUID();
        PushMessageRequest push =
                new PushMessageRequest.Builder(AOI, List.of(new StickerMessage("446", "1988"))).build();
        Result<PushMessageResponse> first = api.pushMessage(key, push).get();
        MessagingApiClientException second =
                refusal(() -> api.pushMessage(key, push).get());
        MessagingApiClientException used = refusal(
                () -> api.replyMessage(new ReplyMessageRequest.Builder(token, List.of(new TextMessage("もう一度"))).build())
                        .get());

        assertThat(reply.body().sentMessages()).hasSize(1);
        assertThat(first.body().sentMessages().get(0).quoteToken()).isNotEmpty();
        assertThat(second.getCode()).isEqualTo(409);
        assertThat(second.getHeader("x-line-accepted-request-id")).isEqualTo(first.requestId());
        assertThat(second.getSentMessages()).hasSize(1);
        assertThat(used.getCode()).isEqualTo(400);
        assertThat(used.getError()).isEqualTo("Invalid reply token");
        assertThat(line.chat(AOI, "main"))
                .extracting(entry -> entry.path("type").asText())
                .containsExactly("text", "text", "sticker");
    }

    @Test
    void its_client_reads_profile_quota_bot_and_content() throws Exception {
        line.put(AOI, Json.of("{\"displayName\":\"葵\",\"language\":\"ja\"}"));
        String image = line.write(AOI, Json.of("{\"type\":\"image\",\"sample\":\"card-front\"}"))
                .messageId();

        assertThat(api.getProfile(AOI).get().body().displayName()).isEqualTo("葵");
        assertThat(api.getMessageQuota().get().body().value()).isEqualTo(30_000);
        assertThat(api.getMessageQuotaConsumption().get().body().totalUsage()).isZero();
        assertThat(api.getBotInfo().get().body().userId()).matches("U[0-9a-f]{32}");
        api.showLoadingAnimation(new ShowLoadingAnimationRequest(AOI, 5)).get();
        BlobContent content = blobs.getMessageContent(image).get().body();
        try (InputStream bytes = content.byteStream()) {
            assertThat(content.mimeType()).isEqualTo("image/jpeg");
            assertThat(bytes.readNBytes(2)).containsExactly(0xFF, 0xD8);
        }
    }

    @Test
    void its_client_tests_the_webhook_with_a_signed_body_without_events() throws Exception {
        assertThat(api.testWebhookEndpoint(new TestWebhookEndpointRequest(null))
                        .get()
                        .body()
                        .success())
                .isTrue();

        CallbackRequest request = parsed(0);
        assertThat(request.events()).isEmpty();
        assertThat(request.destination()).matches("U[0-9a-f]{32}");
    }

    private com.linecorp.bot.webhook.model.Event event(int index) throws Exception {
        return parsed(index).events().get(0);
    }

    private CallbackRequest parsed(int index) throws Exception {
        RecordingHub.Received webhook = hub.received.get(index);
        return parser.handle(webhook.signature(), webhook.body());
    }

    private static MessagingApiClientException refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        ExecutionException failure = catchThrowableOfType(ExecutionException.class, call);
        return (MessagingApiClientException) failure.getCause();
    }
}
