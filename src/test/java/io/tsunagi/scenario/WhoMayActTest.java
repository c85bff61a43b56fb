package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** S15: what operators and supervisors may do with an inquiry through the console's API, and what the audit says of it. */
class WhoMayActTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";
    private static final Map<String, Object> NOTHING = Map.of();

    private static TestHub hub;
    private static Operator aoi;
    private static Operator ren;
    private static Operator sakura;
    private static String inquiry;

    @BeforeAll
    static void aoi_has_an_inquiry() {
        hub = TestHub.start(Dialect.H2);
        hub.awaitKnowledge();
        ren = hub.away("ren");
        sakura = hub.away("sakura");
        aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = aoi.awaitInquiry("みさき");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    private static String at(String act) {
        return "/api/inquiries/" + inquiry + "/" + act;
    }

    private static void assertRefused(Operator by, String method, String path, Object body, int status, String code) {
        Operator.Reply reply = by.call(method, path, body);
        assertThat(reply.status()).as(method + " " + path + ": " + reply.body()).isEqualTo(status);
        assertThat(reply.body().path("error").path("code").asText())
                .as(method + " " + path)
                .isEqualTo(code);
    }

    @Test
    void an_operator_does_no_supervisors_act_even_with_an_inquiry_of_their_own() {
        assertRefused(aoi, "POST", at("take"), NOTHING, 403, "forbidden");
        assertRefused(ren, "POST", at("take"), NOTHING, 403, "forbidden");
        assertRefused(ren, "POST", at("advice"), Map.of("words", "こうしては"), 403, "forbidden");
        String approval = at("approvals/" + UUID.randomUUID());
        assertRefused(aoi, "POST", approval + "/approve", NOTHING, 403, "forbidden");
        assertRefused(aoi, "POST", approval + "/return", Map.of("note", "直して"), 403, "forbidden");
        assertRefused(aoi, "POST", approval + "/withdraw", NOTHING, 404, "not-found");
        assertRefused(ren, "POST", at("accept"), NOTHING, 409, "not-owner");
        assertRefused(ren, "POST", at("decline"), NOTHING, 409, "not-owner");
        assertRefused(aoi, "GET", "/api/wall", null, 403, "forbidden");
        assertRefused(aoi, "PUT", "/api/canned", Map.of("shortcut", "x"), 403, "forbidden");
        assertRefused(aoi, "DELETE", "/api/canned/" + UUID.randomUUID(), null, 403, "forbidden");
    }

    /** Scenario 39 */
    @Test
    void only_the_owner_acts_towards_the_customer_and_no_supervisor_beside_them() {
        long before = refused(ren) + refused(sakura);
        Map<String, Object> send = Map.of("clientId", UUID.randomUUID().toString(), "draftVersion", 0, "seenSeq", 0);
        Map<String, Object> message = Map.of("messageId", UUID.randomUUID().toString());
        for (Operator other : new Operator[] {ren, sakura}) {
            assertRefused(other, "POST", at("send"), send, 409, "not-owner");
            assertRefused(other, "PUT", at("draft"), Map.of("version", 0, "text", "横から"), 409, "not-owner");
            assertRefused(other, "POST", at("resend"), message, 409, "not-owner");
            assertRefused(other, "POST", at("identity-request"), NOTHING, 409, "not-owner");
            assertRefused(other, "POST", at("help"), NOTHING, 409, "not-owner");
            assertRefused(other, "POST", at("hand-back"), NOTHING, 409, "not-owner");
            assertRefused(other, "POST", at("advice/" + UUID.randomUUID()), Map.of("outcome", "TAKEN"), 409, "decided");
        }
        assertRefused(ren, "POST", at("transfer"), Map.of("team", "support"), 409, "not-owner");
        assertRefused(ren, "POST", at("images"), new byte[] {1}, 409, "not-owner");
        assertThat(refused(ren) + refused(sakura) - before)
                .as("a row for each refused call")
                .isEqualTo(2 * 6 + 2);
        for (String rule : new String[] {
            "POST /api/inquiries/{id}/send",
            "PUT /api/inquiries/{id}/draft",
            "POST /api/inquiries/{id}/resend",
            "POST /api/inquiries/{id}/identity-request",
            "POST /api/inquiries/{id}/help",
            "POST /api/inquiries/{id}/hand-back",
            "POST /api/inquiries/{id}/transfer",
            "POST /api/inquiries/{id}/images"
        }) {
            assertThat(refused(ren, rule)).as(rule).isEqualTo(1);
        }
        assertThat(hub.chat(MISAKI)).noneMatch(bubble -> bubble.toString().contains("横から"));
    }

    private static long refused(Operator by) {
        return refused(by, "");
    }

    private static long refused(Operator by, String rule) {
        try (Rows rows = new Rows(hub.settings())) {
            return rows.count(
                    "select count(*) from audit where act = 'call' and outcome = 'refused' and origin is not null"
                            + " and actor = ? and object = ? and detail like ? and detail like '%not-owner%'",
                    by.me().path("id").asText(), "inquiry/" + inquiry, "%" + rule + "%");
        }
    }

    @Test
    void what_is_wrong_with_a_call_is_said() {
        assertRefused(aoi, "POST", at("transfer"), Map.of("team", "nowhere"), 422, "team");
        assertRefused(
                aoi,
                "POST",
                at("transfer"),
                Map.of("operator", UUID.randomUUID().toString()),
                422,
                "operator");
        assertRefused(
                aoi, "POST", at("transfer"), Map.of("team", "support", "summary", "長".repeat(5001)), 422, "summary");
        assertRefused(aoi, "PUT", "/api/me/presence", Map.of("presence", "busy", "reason", "nap"), 422, "reason");
        assertRefused(sakura, "POST", at("advice"), NOTHING, 422, "words");
        assertRefused(aoi, "POST", at("advice/" + UUID.randomUUID()), Map.of("outcome", "MAYBE"), 422, "outcome");
        assertRefused(sakura, "PUT", "/api/canned", Map.of("shortcut", "a b"), 422, "canned");
    }

    @Test
    void who_did_what_stands_in_the_audit() {
        sakura.get("/api/inquiries/" + inquiry + "/messages");
        assertThat(aoi.post(at("identity-request"), NOTHING).status()).isEqualTo(200);
        assertThat(aoi.post(at("help"), Map.of("words", "返金できますか")).status()).isEqualTo(204);
        assertThat(sakura.post(at("advice"), Map.of("words", "できます")).status()).isEqualTo(204);
        String advice = aoi.inquiry(inquiry).path("advice").path(0).path("id").asText();
        assertThat(aoi.post(at("advice/" + advice), Map.of("outcome", "TAKEN")).status())
                .isEqualTo(204);

        try (Rows rows = new Rows(hub.settings())) {
            for (String act : new String[] {"ask-identity", "ask-help", "advice-taken"}) {
                assertThat(rows.count(
                                "select count(*) from audit where act = ? and actor = ? and object = ?",
                                act,
                                aoi.me().path("id").asText(),
                                "inquiry/" + inquiry))
                        .as(act)
                        .isEqualTo(1);
            }
            for (String act : new String[] {"view-inquiry", "advise"}) {
                assertThat(rows.count(
                                "select count(*) from audit where act = ? and actor = ? and object = ?",
                                act,
                                sakura.me().path("id").asText(),
                                "inquiry/" + inquiry))
                        .as(act)
                        .isEqualTo(1);
            }
        }
    }
}
