package io.tsunagi.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import io.tsunagi.web.Embedding;
import io.tsunagi.web.Web;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S11, S18: what the console is made of, and what every answer says to browsers. */
class ConsoleFilesTest {
    private static final Path CONSOLE = Path.of("src/main/resources/console");

    private final HttpClient client = HttpClient.newHttpClient();
    private Web web;

    @BeforeEach
    void open() {
        Settings settings =
                Settings.of("", Map.of("hub.http.host", "127.0.0.1", "hub.http.port", "0", "hub.management.port", "0"));
        web = new Web(settings);
        new ConsoleFiles(Embedding.of(settings), web::isPublic, (name, bytes) -> true).mount(web.main());
        web.main().get("/api/broken").handler(ctx -> {
            throw new IllegalStateException("broken");
        });
        web.main().post("/api/forbidden").handler(ctx -> ctx.fail(403));
        web.management().get("/observe/health").handler(ctx -> ctx.end("UP"));
        web.listen();
    }

    @AfterEach
    void close() {
        web.stopListening();
        web.close();
    }

    private HttpResponse<String> ask(int port, String method, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void every_answer_carries_the_headers_that_guard_a_browser_errors_included() throws Exception {
        Map<String, Integer> asked = Map.of(
                "GET /", 200,
                "GET /console/app.js", 200,
                "GET /console/none.js", 404,
                "GET /lib/none", 404,
                "GET /api/none", 404,
                "GET /api/broken", 500,
                "POST /api/forbidden", 403,
                "GET /m/none", 404,
                "DELETE /console/", 404);
        for (Map.Entry<String, Integer> each : asked.entrySet()) {
            String[] parts = each.getKey().split(" ");
            HttpResponse<String> answer = ask(web.port(), parts[0], parts[1]);
            assertThat(answer.statusCode()).as(each.getKey()).isIn(each.getValue(), 405);
            guarded(answer, each.getKey());
        }
        guarded(ask(web.managementPort(), "GET", "/observe/health"), "health");
        guarded(ask(web.managementPort(), "GET", "/none"), "404 of operations");
        try (Socket socket = new Socket("127.0.0.1", web.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .toLowerCase(java.util.Locale.ROOT))
                    .startsWith("http/1.1 405")
                    .contains("x-content-type-options: nosniff");
        }
    }

    private static void guarded(HttpResponse<String> answer, String of) {
        assertThat(answer.headers().map())
                .as(of)
                .containsEntry("x-content-type-options", List.of("nosniff"))
                .containsEntry("referrer-policy", List.of("no-referrer"))
                .containsEntry("cross-origin-opener-policy", List.of("same-origin"))
                .containsEntry("cross-origin-resource-policy", List.of("same-origin"))
                .containsKey("cache-control");
        assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
                .as(of)
                .startsWith("default-src 'none'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
    }

    @Test
    void the_page_runs_no_script_but_its_own_files_and_the_list_of_them() throws Exception {
        HttpResponse<String> page = ask(web.port(), "GET", "/");
        String policy = page.headers().firstValue("content-security-policy").orElseThrow();
        Matcher scripts =
                Pattern.compile("<script([^>]*)>(.*?)</script>", Pattern.DOTALL).matcher(page.body());
        int found = 0;
        while (scripts.find()) {
            found++;
            String words = scripts.group(2);
            if (words.isEmpty()) {
                assertThat(scripts.group(1)).matches(".* src=\"/console/[a-z]+\\.js\"");
            } else {
                assertThat(scripts.group(1)).contains("importmap");
                String hash = Base64.getEncoder()
                        .encodeToString(
                                MessageDigest.getInstance("SHA-256").digest(words.getBytes(StandardCharsets.UTF_8)));
                assertThat(policy).contains("script-src 'self' 'sha256-" + hash + "';");
            }
        }
        assertThat(found).isEqualTo(3);
        assertThat(page.body()).doesNotContain("http:", "https:").doesNotContainPattern("\\s(on[a-z]+|style)=");
        assertThat(policy).contains("require-trusted-types-for 'script'; trusted-types lit-html;");
    }

    /** What an operator's screen runs before anything is pressed, Lit included, each file compressed by itself. */
    @Test
    void the_script_of_the_operators_screen_is_small_and_asked_for_at_once() throws Exception {
        Map<String, Integer> sizes = new HashMap<>();
        Matcher preload = Pattern.compile("<link rel=\"modulepreload\" href=\"([^\"]+)\">")
                .matcher(ask(web.port(), "GET", "/").body());
        while (preload.find()) {
            HttpResponse<String> file = ask(web.port(), "GET", preload.group(1));
            assertThat(file.statusCode()).as(preload.group(1)).isEqualTo(200);
            ByteArrayOutputStream small = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(small)) {
                out.write(file.body().getBytes(StandardCharsets.UTF_8));
            }
            sizes.put(preload.group(1), small.size());
        }
        assertThat(sizes)
                .containsKeys(
                        "/console/app.js",
                        "/console/view/desk.js",
                        "/console/core/feed.js",
                        "/lib/lit-html@3.3.2/lit-html.js",
                        "/lib/lit@3.3.1/directives/repeat.js")
                .doesNotContainKeys("/console/view/reports.js", "/console/view/people.js");
        assertThat(sizes.values().stream().mapToInt(Integer::intValue).sum()).isLessThan(120 * 1024);
    }

    @Test
    void no_file_of_it_makes_markup_or_code_of_a_text() throws Exception {
        try (Stream<Path> files = Files.walk(CONSOLE)) {
            List<Path> scripts =
                    files.filter(file -> file.toString().endsWith(".js")).toList();
            assertThat(scripts).hasSizeGreaterThan(20);
            for (Path script : scripts) {
                assertThat(Files.readString(script))
                        .as(script.toString())
                        .doesNotContainPattern(
                                "\\b(innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|srcdoc)\\b")
                        .doesNotContainPattern("document\\.write|\\beval\\(|new Function\\(|javascript:")
                        .doesNotContainPattern("import\\s[^;]*['\"]https?:");
            }
        }
    }
}
