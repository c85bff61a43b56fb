package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.io.ByteArrayInputStream;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** LINE's own pictures of stickers and emojis are shown only where the company wants it. */
class StickerPicturesTest {
    private static TestHub hub(String shown) {
        return TestHub.start(Dialect.H2, Map.of("hub.line.sticker-pictures", shown));
    }

    /** Scenario 4 */
    @Test
    void where_it_is_on_a_picture_is_fetched_once_and_what_has_none_is_drawn() throws Exception {
        try (TestHub hub = hub("true")) {
            Operator aoi = hub.operator("aoi");
            assertThat(aoi.get("/api/me").path("stickerPictures").asBoolean()).isTrue();

            byte[] picture = aoi.bytes("/api/stickers/52002734/picture");

            assertThat(ImageIO.read(new ByteArrayInputStream(picture)).getWidth())
                    .isPositive();
            assertThat(aoi.bytes("/api/stickers/52002734/picture")).isEqualTo(picture);
            assertThat(hub.line.calls("sticker"))
                    .as("the second time from memory")
                    .hasSize(1);
            String emojis = "/api/emojis/5ac21184040ab15980c9b43a/";
            byte[] emoji = aoi.bytes(emojis + "225/picture");
            assertThat(ImageIO.read(new ByteArrayInputStream(emoji)).getWidth()).isPositive();
            assertThat(aoi.bytes(emojis + "225/picture")).isEqualTo(emoji);
            assertThat(hub.line.calls("emoji")).hasSize(1);
            for (String none : new String[] {
                emojis + "2250/picture", emojis + "..%2f1/picture", "/api/emojis/5AC21184040ab15980c9b43a/225/picture"
            }) {
                assertThat(aoi.call("GET", none, null).status()).as(none).isIn(400, 404);
            }
            assertThat(hub.line.calls("emoji")).hasSize(1);
            for (String none : new String[] {"0", "..%2f..%2fsandbox%2fusers", "abc", "1234567890123456789"}) {
                assertThat(aoi.call("GET", "/api/stickers/" + none + "/picture", null)
                                .status())
                        .as(none)
                        .isIn(400, 404);
            }
            assertThat(hub.line.calls("sticker"))
                    .as("only what may be a sticker is asked for")
                    .hasSize(2);
        }
    }

    @Test
    void as_shipped_nothing_is_fetched() {
        try (TestHub hub = hub("false")) {
            Operator aoi = hub.operator("aoi");

            assertThat(aoi.get("/api/me").path("stickerPictures").asBoolean()).isFalse();
            assertThat(aoi.call("GET", "/api/stickers/52002734/picture", null).status())
                    .isEqualTo(404);
            assertThat(aoi.call("GET", "/api/emojis/5ac21184040ab15980c9b43a/225/picture", null)
                            .status())
                    .isEqualTo(404);
            assertThat(hub.line.calls("sticker")).isEmpty();
            assertThat(hub.line.calls("emoji")).isEmpty();
        }
    }
}
