package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * S09: words that mean something to a database, a query, a page, a table or a route are words, wherever they come in; none of
 * them is lost, and none makes the hub fail.
 */
@ParameterizedClass
@EnumSource(Dialect.class)
@Timeout(300)
class HostileWordsTest {
    /** What PostgreSQL keeps in no text, and Java's own encoding in none at all. */
    private static final String ZERO = "a\0b";

    private static final String LONE = "x\ud800y";

    private static final List<String> CORPUS = List.of(
            ZERO,
            "\0",
            LONE,
            "\udc00",
            "'",
            "\"",
            "\\",
            "'; drop table messages; --",
            "' or '1'='1",
            "\\' or Name like '%",
            "{FIND} RETURNING Contact(Id)",
            "*)(uid=*))(|(uid=*",
            "<b>x</b>&amp;<!--",
            "=cmd|'/c calc'!A0",
            "@SUM(1)",
            "a\r\nSet-Cookie: x=1",
            "%n%s%d%x",
            "{0} {1,number}",
            "${7*7}",
            "#{7*7}",
            "{{hub.store.url}}",
            "{{env:HOME}}",
            "${env:HOME}",
            "${sys:user.home}",
            "${bean:lineAccounts?method=bearer(main)}",
            "${header.Authorization}",
            "${exception.stacktrace}",
            "${jndi:ldap://127.0.0.1:1/a}",
            "$simple{body}",
            "RESOURCE:classpath:config/hub.properties",
            "\u202egnp.exe\u2066\u2069",
            "\ufeff\u200b\u2028\u2029",
            "\u0001\u0007\u001b[31m\u007f\u0085",
            "\ufffe\uffff",
            "e\u0301\u0301\u0301\u0301",
            "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
            "../../etc/passwd",
            "1e999",
            "null",
            "true");

    /** Harmless, and long enough for a question. */
    private static final String WORDS = "引っ越しのときの住所変更の手続きについて";

    private static final Set<Integer> GOOD = Set.of(200, 201, 202, 204);

    @Parameter
    Dialect dialect;

    private static String user(int number) {
        return "U" + "%032x".formatted(0xb000 + number);
    }

    /** What Java makes of words on the way over the wire: half a character is none. */
    private static String overTheWire(String words) {
        return new String(words.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Test
    void words_are_words_wherever_they_come_in() throws Exception {
        try (TestHub hub = TestHub.start(
                dialect,
                Map.of(
                        "hub.dispatch.capacity",
                        "50",
                        "hub.access.people",
                        "sakura,aoi,ren,mei,admin,kenji",
                        "hub.access.person.kenji.display-name",
                        "監査 健二",
                        "hub.access.person.kenji.role",
                        "auditor",
                        "hub.access.person.kenji.password",
                        Operator.PASSWORD))) {
            fromLine(hub);
            fromTheConsole(hub);
            hub.stopHub();
            try (Rows rows = new Rows(hub.settings())) {
                assertThat(rows.count("select count(*) from events where state <> 'DONE'"))
                        .as("events without their effect")
                        .isZero();
            }
        }
    }

    private void fromLine(TestHub hub) throws Exception {
        String user = user(1);
        hub.customer(user, "山田");
        hub.line.write(user, "main", "オペレーターと話したい");
        Operator aoi = hub.operator("aoi");
        String inquiry = aoi.awaitInquiry("山田");
        List<Object> events = new ArrayList<>();
        for (String words : CORPUS) {
            events.add(asciiText(user, words));
            ObjectNode postback = Webhook.event(user, "postback");
            postback.put("replyToken", UUID.randomUUID().toString());
            postback.putObject("postback").put("data", words);
            events.add(asciiNode(postback));
            ObjectNode odd = Webhook.text(user, "odd");
            odd.put("replyToken", words);
            odd.put("webhookEventId", words + UUID.randomUUID());
            ((ObjectNode) odd.path("message"))
                    .put("id", words)
                    .put("quoteToken", words)
                    .put("markAsReadToken", words);
            events.add(asciiNode(odd));
            ObjectNode file = Webhook.event(user, "message");
            file.putObject("message")
                    .put("type", "file")
                    .put("id", "7" + Math.abs(words.hashCode()))
                    .put("fileName", words)
                    .put("fileSize", 3);
            events.add(asciiNode(file));
            ObjectNode unknown = Webhook.event(user, "message");
            unknown.put("type", words);
            unknown.putObject("source").put("type", words).put("userId", words);
            events.add(asciiNode(unknown));
        }
        for (Object event : events) {
            assertThat(Webhook.post(hub, Webhook.body(event))).as("%s", event).isEqualTo(200);
        }
        Set<String> wanted = new HashSet<>();
        CORPUS.forEach(words -> wanted.add(overTheWire(words)));
        await("every text is shown").atMost(TestHub.PATIENCE).untilAsserted(() -> {
            Set<String> left = new HashSet<>(wanted);
            all(aoi, inquiry)
                    .forEach(message -> left.remove(message.path("text").asText()));
            assertThat(left).isEmpty();
        });
        names(hub, aoi);
    }

    private static void names(TestHub hub, Operator aoi) {
        int number = 100;
        for (String words : CORPUS) {
            if (words.isBlank() || words.length() != overTheWire(words).length() || words.equals("null")) {
                continue;
            }
            String user = user(number++);
            hub.customer(user, words + number);
            hub.line.write(user, "main", "オペレーターと話したい");
        }
        int last = number - 100;
        await("everybody has come").atMost(TestHub.PATIENCE).untilAsserted(() -> {
            JsonNode slots = aoi.workspace().path("slots");
            assertThat(slots.size()).isEqualTo(last + 1);
        });
    }

    private static List<JsonNode> all(Operator aoi, String inquiry) {
        List<JsonNode> all = new ArrayList<>();
        aoi.get("/api/inquiries/" + inquiry + "/messages?limit=500")
                .path("messages")
                .forEach(all::add);
        return all;
    }

    private static String asciiText(String user, String words) {
        return asciiNode(Webhook.text(user, words));
    }

    private static String asciiNode(ObjectNode event) {
        StringBuilder plain = new StringBuilder();
        event.toString().chars().forEach(c -> plain.append(c < 0x7f ? "" + (char) c : "\\u%04x".formatted(c)));
        return plain.toString();
    }

    /**
     * A call with one place for words, everything else of it being right.
     *
     * @param path the words stand in it as {@code {words}}
     * @param body null for none
     * @param harmless words that are taken there; null where they would take the inquiry away
     */
    private record Call(Operator who, String method, String path, Function<String, Object> body, String harmless) {
        Operator.Reply with(String words) {
            String segment = URLEncoder.encode(words, StandardCharsets.UTF_8).replace("+", "%20");
            return who.call(method, path.replace("{words}", segment), body == null ? null : body.apply(words));
        }

        String name() {
            return method + " " + path.replaceAll("[0-9a-f-]{36}", "ID");
        }
    }

    private static Call sends(
            Operator who, String method, String path, String harmless, Function<String, Object> body) {
        return new Call(who, method, path, body, harmless);
    }

    private static Call asks(Operator who, String path, String harmless) {
        return new Call(who, "GET", path, null, harmless);
    }

    private static List<Call> calls(TestHub hub, String inquiry) {
        Operator aoi = hub.away("aoi");
        Operator sakura = hub.away("sakura");
        Operator admin = hub.away("admin");
        Operator kenji = hub.away("kenji");
        Operator ren = hub.away("ren");
        String me = aoi.me().path("id").asText();
        String other = sakura.me().path("id").asText();
        // Who is busy is given nothing, and may be passed something.
        sakura.put("/api/me/presence", Map.of("presence", "busy"));
        JsonNode shown = aoi.inquiry(inquiry);
        String at = "/api/inquiries/" + inquiry;
        List<Call> calls = new ArrayList<>(List.of(
                sends(aoi, "POST", at + "/notes", WORDS, words -> Map.of("text", words)),
                sends(aoi, "POST", at + "/help", WORDS, words -> Map.of("words", words)),
                sends(sakura, "POST", at + "/advice", WORDS, words -> Map.of("words", words)),
                sends(aoi, "POST", at + "/article-proposals", WORDS, words -> Map.of("words", words)),
                sends(aoi, "POST", at + "/article-proposals", "ja", words -> Map.of("words", WORDS, "language", words)),
                sends(aoi, "POST", at + "/knowledge-uses", article(aoi), words -> Map.of("articleId", words)),
                sends(aoi, "POST", at + "/transfer", WORDS, words -> Map.of("operator", other, "summary", words)),
                sends(sakura, "POST", at + "/transfer", WORDS, words -> Map.of("operator", me, "summary", words)),
                sends(aoi, "POST", at + "/transfer", other, words -> Map.of("operator", words)),
                sends(sakura, "POST", at + "/transfer", me, words -> Map.of("operator", words)),
                sends(aoi, "POST", at + "/transfer", null, words -> Map.of("team", words, "summary", WORDS)),
                sends(aoi, "POST", at + "/hold", WORDS, words -> Map.of("memo", words)),
                sends(aoi, "POST", at + "/resume", "", words -> Map.of()),
                sends(
                        aoi,
                        "POST",
                        at + "/hold",
                        "2126-04-01T09:00:00Z",
                        words -> Map.of("memo", WORDS, "until", words)),
                sends(aoi, "POST", at + "/resume", "", words -> Map.of()),
                sends(aoi, "POST", at + "/close", "solved", words -> Map.of("reason", words, "survey", false)),
                sends(aoi, "POST", at + "/reopen", "", words -> Map.of()),
                sends(aoi, "PUT", "/api/me/presence", "meal", words -> Map.of("presence", "busy", "reason", words)),
                sends(aoi, "PUT", "/api/me/presence", "available", words -> Map.of("presence", words)),
                sends(sakura, "POST", "/api/notices", WORDS, words -> Map.of("team", "support", "words", words)),
                sends(sakura, "POST", "/api/notices", "support", words -> Map.of("team", words, "words", WORDS)),
                sends(sakura, "PUT", "/api/canned", WORDS, words -> canned("a" + hash(words), words)),
                sends(sakura, "PUT", "/api/canned", "b-1", words -> canned(words, WORDS)),
                sends(admin, "POST", "/api/admin/people", "new-one", words -> person(words, WORDS, "words")),
                sends(admin, "POST", "/api/admin/people", WORDS, words -> person("y" + hash(words), words, "words")),
                sends(admin, "POST", "/api/admin/people", "skill", words -> person("z" + hash(words), WORDS, words)),
                sends(
                        admin,
                        "POST",
                        "/api/admin/holds",
                        WORDS,
                        words -> Map.of("scope", "inquiry", "inquiry", inquiry, "reason", words))));
        calls.addAll(List.of(
                sends(
                        ren,
                        "POST",
                        "/api/sign-in",
                        "aoi",
                        words -> Map.of("name", words, "password", Operator.PASSWORD)),
                sends(
                        ren,
                        "POST",
                        "/api/sign-in",
                        Operator.PASSWORD,
                        words -> Map.of("name", "ren", "password", words)),
                sends(
                        aoi,
                        "PUT",
                        "/api/me/shortcuts",
                        "Alt KeyB",
                        words -> Map.of("shortcuts", Map.of("chat.close", words))),
                sends(
                        aoi,
                        "PUT",
                        "/api/me/shortcuts",
                        "chat.close",
                        words -> Map.of("shortcuts", Map.of(words, "Alt KeyB"))),
                sends(aoi, "PUT", at + "/draft", WORDS, words -> draft(aoi, at, words)),
                asks(aoi, "/api/inquiries/{words}", inquiry),
                asks(aoi, at + "/messages?since={words}", "0"),
                asks(sakura, "/api/find?q={words}", "words"),
                asks(sakura, "/api/find?topic={words}", "words"),
                asks(sakura, "/api/find?team={words}", "support"),
                asks(sakura, "/api/find?operator={words}", me),
                asks(sakura, "/api/find?from={words}", "2026-04-01"),
                asks(sakura, "/api/find?after={words}", "1"),
                asks(sakura, "/api/knowledge?language=ja&q={words}", WORDS),
                asks(sakura, "/api/knowledge?q=x&language={words}", "ja"),
                asks(sakura, "/api/canned?language={words}", "ja"),
                asks(sakura, "/api/canned?language=ja&team={words}", "support"),
                asks(
                        sakura,
                        "/api/reports?from={words}",
                        // In no zone is it still to come.
                        LocalDate.now(ZoneOffset.UTC).minusDays(1).toString()),
                asks(
                        sakura,
                        "/api/customers/{words}/inquiries",
                        shown.path("customer").path("id").asText()),
                asks(sakura, "/api/cases/{words}", inquiry.replace("-", "")),
                asks(kenji, "/api/audit?act={words}", "sign-in"),
                asks(kenji, "/api/audit?object={words}", "inquiry/" + inquiry)));
        return calls;
    }

    private static String article(Operator aoi) {
        return aoi.get("/api/knowledge?language=ja&q=" + URLEncoder.encode("残高", StandardCharsets.UTF_8))
                .findValuesAsText("id")
                .get(0);
    }

    private static String hash(String words) {
        return "" + Math.abs(words.hashCode());
    }

    private static Map<String, Object> draft(Operator aoi, String at, String words) {
        Map<String, Object> draft = new HashMap<>();
        draft.put("text", words);
        draft.put("sticker", null);
        draft.put("version", aoi.get(at + "/draft").path("version").asLong());
        return draft;
    }

    private static void fromTheConsole(TestHub hub) {
        Operator aoi = hub.operator("aoi");
        String inquiry = aoi.awaitInquiry("山田");
        hub.awaitKnowledge();
        List<String> failed = new ArrayList<>();
        // A call that is refused whatever its words are shows nothing.
        for (Call call : calls(hub, inquiry)) {
            if (call.harmless() == null) {
                continue;
            }
            Operator.Reply reply = call.with(call.harmless());
            if (!GOOD.contains(reply.status())) {
                failed.add(reply.status() + " " + call.name() + " of " + call.harmless() + ": " + reply.body());
            }
        }
        assertThat(failed).as("harmless words").isEmpty();
        List<String> sent = new ArrayList<>();
        List<Call> calls = calls(hub, inquiry);
        for (String words : CORPUS) {
            for (Call call : calls) {
                Operator.Reply reply = call.with(words);
                if (reply.status() >= 500) {
                    failed.add(reply.status() + " " + call.name() + " of "
                            + words.codePoints().boxed().toList());
                }
                if (call.path().endsWith("/draft") && reply.status() == 200) {
                    String text = aoi.get(call.path()).path("text").asText();
                    assertThat(text).as("the draft").isEqualTo(kept(words));
                }
            }
            if (!kept(words).isBlank()) {
                sent.add(kept(words).strip());
            }
        }
        assertThat(failed).isEmpty();
        List<String> notes = new ArrayList<>();
        all(aoi, inquiry).forEach(message -> notes.add(message.path("text").asText()));
        assertThat(notes).as("notes").containsAll(sent);
        assertThat(aoi.inquiry(inquiry).path("holds").findValuesAsText("memo"))
                .as("memos")
                .containsAll(sent);
        JsonNode canned = aoi.get("/api/canned");
        assertThat(canned.findValuesAsText("body")).as("canned answers").containsAll(sent);
        assertThat(canned.findValuesAsText("title")).as("their titles").containsAll(sent);
    }

    /** What the console keeps of words: PostgreSQL takes no zero. */
    private static String kept(String words) {
        return overTheWire(words).replace('\0', '\ufffd');
    }

    private static Map<String, Object> canned(String shortcut, String words) {
        return Map.of(
                "shortcut", shortcut, "language", "ja", "team", "", "title", words, "reading", words, "body", words);
    }

    private static Map<String, Object> person(String name, String display, String skill) {
        return Map.of(
                "name",
                name,
                "displayName",
                display,
                "nickname",
                "",
                "role",
                "operator",
                "team",
                "support",
                "skills",
                List.of(skill),
                "languages",
                List.of("ja"),
                "language",
                "ja",
                "capacity",
                3);
    }
}
