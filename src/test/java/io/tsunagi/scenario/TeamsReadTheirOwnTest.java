package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** S15: with reading bound to teams, nobody is shown the inquiry of another team, in no list either. */
class TeamsReadTheirOwnTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";
    private static final String KENICHI = "U" + "0".repeat(31) + "2";

    private static TestHub hub;
    private static Operator aoi;
    private static Operator ren;
    private static Operator sakura;
    private static String inquiry;

    @BeforeAll
    static void aoi_has_an_inquiry_and_one_waits() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.access.reading", "team", "hub.access.person.ren.team", "loan"));
        hub.awaitKnowledge();
        ren = hub.operator("ren");
        sakura = hub.away("sakura");
        aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = aoi.awaitInquiry("みさき");
        aoi.call("PUT", "/api/me/presence", Map.of("presence", "away"));
        hub.askForPerson(KENICHI, "けんいち", "残高の確認方法");
        await("the one who waits")
                .atMost(Duration.ofMinutes(2))
                .until(() -> sakura.get("/api/workspace").path("waiting").size() == 1);
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    private static int read(Operator by, String path) {
        return by.call("GET", path, null).status();
    }

    @Test
    void a_chat_is_read_by_its_team_and_supervisors() {
        for (String path : new String[] {"", "/messages", "/draft"}) {
            assertThat(read(ren, "/api/inquiries/" + inquiry + path)).as(path).isEqualTo(403);
            assertThat(read(aoi, "/api/inquiries/" + inquiry + path)).as(path).isEqualTo(200);
            assertThat(read(sakura, "/api/inquiries/" + inquiry + path))
                    .as(path)
                    .isEqualTo(200);
        }
        assertThat(read(ren, "/api/cases/" + inquiry.replace("-", ""))).isEqualTo(403);
        assertThat(read(aoi, "/api/cases/" + inquiry.replace("-", ""))).isEqualTo(200);
    }

    @Test
    void a_screen_that_says_it_shows_a_chat_of_another_team_shows_none() {
        assertThat(ren.call("POST", "/api/me/heartbeat", Map.of("inquiry", inquiry))
                        .status())
                .isEqualTo(204);
        assertThat(aoi.inquiry(inquiry).path("viewers")).isEmpty();

        assertThat(aoi.call("POST", "/api/me/heartbeat", Map.of("inquiry", inquiry))
                        .status())
                .isEqualTo(204);
        assertThat(sakura.inquiry(inquiry).path("viewers")).hasSize(1);
    }

    @Test
    void lists_hold_nothing_of_another_team() {
        String customer = "/api/customers/"
                + aoi.inquiry(inquiry).path("customer").path("id").asText() + "/inquiries";
        JsonNode ofRen = ren.get("/api/workspace");

        assertThat(ofRen.path("waiting")).isEmpty();
        assertThat(aoi.get("/api/workspace").path("waiting")).hasSize(1);
        assertThat(ren.get(customer)).isEmpty();
        assertThat(aoi.get(customer)).hasSize(1);
        assertThat(ofRen.toString() + ren.get(customer) + ren.get("/api/find"))
                .doesNotContain("みさき")
                .doesNotContain("けんいち");
    }
}
