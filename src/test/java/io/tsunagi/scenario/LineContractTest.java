package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Content;
import io.tsunagi.line.LineMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** LINE's OpenAPI document takes what the hub says and refuses what LINE would. Every whole hub of the tests is held to it too. */
class LineContractTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode call(String method, String path, JsonNode body) {
        ObjectNode call = JSON.createObjectNode().put("method", method).put("path", path);
        call.putObject("headers")
                .put("authorization", "Bearer [account main]")
                .put("content-type", "application/json")
                .put("x-line-retry-key", UUID.randomUUID().toString());
        if (body != null) {
            call.set("body", body);
        }
        return call;
    }

    private static List<String> push(String messages) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("to", "U1");
        body.set("messages", JSON.readTree(messages));
        return LineContract.complaints(call("POST", "/v2/bot/message/push", body));
    }

    @Test
    void every_bubble_the_hub_can_say_is_taken() throws IOException {
        Bubble.Choice said = new Bubble.Choice("はい", null);
        Bubble.Choice pressed = new Bubble.Choice("いいえ", "act?x=1");
        List<Bubble> bubbles = List.of(
                Bubble.text("こんにちは", said, pressed),
                new Bubble(
                        "$ です",
                        List.of(new Content.Emoji(0, 1, "5ac1bfd5040ab15980c9b435", "001")),
                        null,
                        null,
                        null,
                        new Bubble.Quote("1", "token"),
                        List.of()),
                Bubble.sticker("446", "1988"),
                Bubble.picture(
                        new Bubble.Picture(UUID.randomUUID(), false, "https://h.example/m/1", "https://h.example/m/2")),
                Bubble.picture(
                        new Bubble.Picture(UUID.randomUUID(), true, "https://h.example/m/3", "https://h.example/m/4")));

        assertThat(push(new LineMessages(account -> null).json("main", bubbles, null)))
                .isEmpty();
    }

    @Test
    void what_line_would_not_understand_is_refused() throws IOException {
        assertThat(push("[]")).isNotEmpty();
        assertThat(push("[{\"type\":\"text\"}]")).isNotEmpty();
        assertThat(push("[{\"type\":\"image\",\"originalContentUrl\":5,\"previewImageUrl\":\"https://h.example\"}]"))
                .isNotEmpty();
        assertThat(push("[{\"type\":\"text\",\"text\":\"a\",\"quickReply\":{\"items\":[{\"action\":{}}]}}]"))
                .isNotEmpty();
        assertThat(LineContract.complaints(call("POST", "/v2/bot/message/push", null)))
                .isNotEmpty();
        assertThat(LineContract.complaints(call("POST", "/v2/bot/message/pull", JSON.createObjectNode())))
                .isNotEmpty();
        assertThat(LineContract.complaints(call(
                        "POST",
                        "/v2/bot/chat/loading/start",
                        JSON.createObjectNode().put("loadingSeconds", 20))))
                .isNotEmpty();
        assertThat(LineContract.complaints(call("PUT", "/v2/bot/profile/U1", null)))
                .isNotEmpty();
    }

    /** A route that calls LINE at another place must be looked at: does a scenario make that call? */
    @Test
    void every_address_that_a_route_names_stands_in_the_document() throws IOException {
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("routes"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".yaml")).toList()) {
                Pattern.compile("(/v2/bot/[A-Za-z/]+?)(?=[\"\\s]|/?\\$)")
                        .matcher(Files.readString(file))
                        .results()
                        .forEach(found -> named.add(found.group(1)));
            }
        }
        String document = Files.readString(Path.of("src/test/resources/line-openapi/messaging-api.yml"));

        assertThat(named).hasSizeGreaterThan(5).allMatch(path -> document.contains(path));
    }
}
