package io.tsunagi.dispatch;

import io.tsunagi.bot.BotOutcome;
import io.tsunagi.bot.Texts;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Outgoing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts an inquiry into the waiting line as the route {@code hand-off} decided, and tells the customer. */
public final class HandOff {
    private final Inquiries inquiries;
    private final Outgoing outgoing;
    private final Texts texts;

    public HandOff(Inquiries inquiries, Outgoing outgoing, Texts texts) {
        this.inquiries = inquiries;
        this.outgoing = outgoing;
        this.texts = texts;
    }

    /**
     * @param ahead how many already wait in that team
     */
    public void queue(BotOutcome outcome, String team, String skill, Integer priority, Integer weight, Integer ahead) {
        Inquiry inquiry = outcome.inquiry();
        inquiries.queue(
                inquiry.id(),
                team,
                skill == null || skill.isBlank() ? null : skill,
                outcome.topic(),
                priority,
                weight,
                outcome.reason());
        List<Bubble> bubbles = new ArrayList<>();
        String first =
                switch (outcome.reason()) {
                    case "card-number" -> "hand-off.card-number";
                    case "self-harm" -> "hand-off.care";
                    case "media" -> "hand-off.media";
                    default -> null;
                };
        if (first != null) {
            bubbles.add(Bubble.text(text(inquiry, first, Map.of())));
        }
        bubbles.add(Bubble.text(text(inquiry, "hand-off.done", Map.of())
                + (ahead > 0
                        ? "\n" + text(inquiry, "waiting.position", Map.of("position", String.valueOf(ahead + 1)))
                        : "")));
        outgoing.say(
                inquiry, Outgoing.Speaker.BOT, "hand-off " + inquiry.version(), Duration.ZERO, List.copyOf(bubbles));
    }

    private String text(Inquiry inquiry, String key, Map<String, String> values) {
        return texts.say(inquiry.language(), key, values);
    }
}
