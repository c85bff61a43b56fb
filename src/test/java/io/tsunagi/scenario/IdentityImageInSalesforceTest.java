package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Scenario 54: an identity document goes through all that writes to Salesforce (contact, Case, transcript, comments at the
 * close, the verdict), and nothing of it arrives there: no byte, no small picture, no address, and no id to fetch it by.
 */
class IdentityImageInSalesforceTest {
    private static final String USER = "U" + "5".repeat(32);
    private static final String NAME = "証明 はな";

    /** How the files begin that a picture or a smaller one of it would be, in Base64. */
    private static final List<String> PICTURES = List.of("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "data:image");

    private static final List<String> OBJECTS = List.of(
            "Contact", "Case", "LineMessage__c", "CaseComment", "ContentVersion", "ContentDocumentLink", "Attachment");

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void nothing_of_an_identity_document_arrives_in_salesforce(Dialect dialect) throws IOException {
        try (TestHub hub = TestHub.start(
                dialect,
                Map.of(
                        "hub.salesforce.close-comment",
                        "transcript",
                        "hub.salesforce.case-opens",
                        "first-message",
                        "hub.salesforce.customer-read",
                        "first-message",
                        "hub.media.sweep-millis",
                        "200"))) {
            Operator aoi = hub.operator("aoi");
            hub.customer(USER, NAME);
            hub.line.write(USER, "main", "オペレーターと話したい");
            String inquiry = aoi.awaitInquiry(NAME);
            byte[] usual = picture(1);
            String usualId = sends(hub, usual);
            aoi.awaitMessage(inquiry, message -> isReady(message, usualId));
            aoi.act(inquiry, "identity-request", Map.of());
            byte[] document = picture(2);
            String documentId = sends(hub, document);
            JsonNode shown = aoi.awaitMessage(inquiry, message -> isReady(message, documentId));
            String media = shown.path("media").path("id").asText();
            assertThat(shown.path("media").path("identity").asBoolean()).isTrue();
            assertThat(aoi.bytes("/api/media/" + media)).isNotEmpty();
            aoi.post("/api/inquiries/" + inquiry + "/notes", Map.of("text", "書類を確認中"));
            assertThat(aoi.post("/api/media/" + media + "/decision", Map.of("verdict", "verified"))
                            .status())
                    .isBetween(200, 204);
            assertThat(aoi.say(inquiry, "ご本人と確認しました。").status()).isEqualTo(202);
            aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
            try (Rows rows = new Rows(hub.settings())) {
                await("all of Salesforce's work")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count("select count(*) from crm_work where state <> 'DONE'") == 0
                                && rows.count("select count(*) from crm_work where kind = 'CLOSE'") == 1);
            }

            String at = everything(hub);
            assertThat(at).as("the other picture's row").contains(usualId).contains("[image]");
            assertThat(hub.salesforce.records("CaseComment").toString())
                    .as("what was said, at the close")
                    .contains("ご本人と確認しました。");
            assertThat(at).doesNotContain(documentId).doesNotContain(media).doesNotContain(media.replace("-", ""));
            assertThat(at).doesNotContain("/media/").doesNotContain("VersionData");
            PICTURES.forEach(beginning -> assertThat(at).doesNotContain(beginning));
            for (byte[] picture : List.of(usual, document)) {
                pieces(picture).forEach(piece -> assertThat(at).doesNotContain(piece));
            }
            assertThat(hub.salesforce.records("ContentVersion")).isEmpty();
        }
    }

    private static boolean isReady(JsonNode message, String lineMessageId) {
        return message.path("lineMessageId").asText().equals(lineMessageId)
                && message.path("media").path("state").asText().equals("ready");
    }

    private static String sends(TestHub hub, byte[] picture) {
        return hub.line
                .write(
                        USER,
                        Webhook.JSON
                                .createObjectNode()
                                .put("account", "main")
                                .put("type", "image")
                                .put("contentType", "image/png")
                                .put("data", Base64.getEncoder().encodeToString(picture)))
                .messageId();
    }

    /** All calls that were made, with their bodies, and all records. */
    private static String everything(TestHub hub) {
        StringBuilder all = new StringBuilder(hub.salesforce.calls().toString());
        OBJECTS.forEach(object -> all.append(hub.salesforce.records(object)));
        return all.toString();
    }

    /** No two pictures of this kind share bytes behind their heads. */
    private static byte[] picture(int seed) throws IOException {
        BufferedImage picture = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(seed);
        for (int i = 0; i < 24 * 24; i++) {
            picture.setRGB(i % 24, i / 24, random.nextInt());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", bytes);
        return bytes.toByteArray();
    }

    /** Pieces of a file as Base64 shows them wherever it begins, and as hexadecimal digits. */
    private static List<String> pieces(byte[] file) {
        List<String> pieces = new ArrayList<>();
        for (int from = 200; from < 203; from++) {
            pieces.add(Base64.getEncoder().encodeToString(Arrays.copyOfRange(file, from, from + 24)));
        }
        pieces.add(HexFormat.of().formatHex(file, 200, 216));
        return pieces;
    }
}
