package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.TextStyle;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A customer asks for a person when nobody is there. */
class OutsideHoursTest {
    @TempDir
    Path home;

    /** Opens every account on one day of the week only, which is neither today nor tomorrow. */
    private void open(DayOfWeek day) throws IOException {
        String word = day.getDisplayName(TextStyle.SHORT, Locale.ROOT).toLowerCase(Locale.ROOT);
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("config/hours.yaml"), """
                hours:
                  - account: "*"
                    open: {%s: [09:00-18:00]}
                """.formatted(word));
    }

    /** Scenario 24 */
    @Test
    void they_are_told_when_somebody_answers_and_their_question_waits_with_its_case() throws IOException {
        LocalDate opens = LocalDate.now(ZoneId.of("Asia/Tokyo")).plusDays(3);
        open(opens.getDayOfWeek());
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String other = "U" + UUID.randomUUID().toString().replace("-", "");
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of(), line -> {}, home)) {
            hub.customer(user, "夜野 静");
            hub.line.write(user, "main", "オペレーターと話したい");

            String told = hub.awaitBubble(user, text -> text.contains("受付時間外"))
                    .path("text")
                    .asText();
            assertThat(told)
                    .contains(opens.getMonthValue() + "月" + opens.getDayOfMonth() + "日")
                    .contains("9:00〜18:00")
                    .doesNotContain("おつなぎします");
            hub.line.write(other, "global", "I want to talk to a person");
            await().atMost(TestHub.PATIENCE).until(() -> hub.chat(other, "global").stream()
                    .anyMatch(bubble -> bubble.path("text").asText().startsWith("We are closed")
                            && bubble.path("text").asText().contains(", 9:00")));

            Operator aoi = hub.operator("aoi");
            String inquiry = aoi.awaitInquiry("夜野 静");
            assertThat(aoi.messages(inquiry).findValuesAsText("text")).contains("outside-hours");
            await("the Case")
                    .atMost(TestHub.PATIENCE)
                    .until(() ->
                            !aoi.inquiry(inquiry).path("caseNumber").asText("").isEmpty());
        }
    }
}
