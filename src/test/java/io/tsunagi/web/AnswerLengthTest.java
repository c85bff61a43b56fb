package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long an answer is, says who answers: a proxy would take what is left over for the next caller's answer. */
class AnswerLengthTest {
    private Web web;

    /** Camel copies the headers of a request to the answer, as these do. */
    @BeforeEach
    void open() {
        web = new Web(Settings.of(
                "", Map.of("hub.http.host", "127.0.0.1", "hub.http.port", "0", "hub.management.port", "0")));
        for (String path : new String[] {"/m/:token", "/own"}) {
            web.main().get(path).handler(ctx -> ctx.response()
                    .putHeader(Web.LENGTH, ctx.request().getHeader(Web.LENGTH))
                    .setChunked(true)
                    .end("whole"));
        }
        web.listen();
    }

    @AfterEach
    void close() {
        web.stopListening();
        web.close();
    }

    private HttpResponse<String> ask(String path, int length) throws Exception {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
                                .header(Web.LENGTH, "" + length)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_medium_says_it_and_nothing_else_takes_it_from_the_caller() throws Exception {
        assertThat(ask("/m/secret", 5).headers().firstValue("content-length")).contains("5");

        HttpResponse<String> own = ask("/own", 2);

        assertThat(own.body()).isEqualTo("whole");
        assertThat(own.headers().map()).doesNotContainKeys("content-length", Web.LENGTH);
    }
}
