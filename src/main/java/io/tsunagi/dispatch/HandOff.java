package io.tsunagi.dispatch;

import io.tsunagi.bot.BotOutcome;
import io.tsunagi.bot.Texts;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Outgoing;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts an inquiry into the waiting line as the route {@code hand-off} decided, and tells the customer. */
public final class HandOff {
    private final Inquiries inquiries;
    private final Outgoing outgoing;
    private final Texts texts;
    private final OpeningHours hours;

    public HandOff(Inquiries inquiries, Outgoing outgoing, Texts texts, OpeningHours hours) {
        this.hours = hours;
        this.inquiries = inquiries;
        this.outgoing = outgoing;
        this.texts = texts;
    }

    /**
     * @param ahead how many already wait in that team
     * @param opens when a person answers again, null when one does now: the customer is told, and the inquiry waits
     */
    public void queue(
            BotOutcome outcome,
            String team,
            String skill,
            Integer priority,
            Integer weight,
            Integer ahead,
            ZonedDateTime opens) {
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
                    case "sensitive-words" -> "hand-off.sensitive-words";
                    case "self-harm" -> "hand-off.care";
                    case "media" -> "hand-off.media";
                    default -> null;
                };
        if (first != null) {
            bubbles.add(Bubble.text(text(inquiry, first, Map.of())));
        }
        bubbles.add(Bubble.text(opens == null ? soon(inquiry, ahead) : later(inquiry, opens)));
        if (opens != null) {
            inquiries.note(inquiry.id(), "outside-hours");
        }
        outgoing.say(
                inquiry, Outgoing.Speaker.BOT, "hand-off " + inquiry.version(), Duration.ZERO, List.copyOf(bubbles));
    }

    private String soon(Inquiry inquiry, int ahead) {
        String done = text(inquiry, "hand-off.done", Map.of());
        return ahead == 0
                ? done
                : done + "\n" + text(inquiry, "waiting.position", Map.of("position", String.valueOf(ahead + 1)));
    }

    private String later(Inquiry inquiry, ZonedDateTime opens) {
        String spoken = texts.spoken(inquiry.language(), "hand-off.outside-hours");
        return text(
                inquiry,
                "hand-off.outside-hours",
                Map.of(
                        "hours", hours.usual(inquiry.account(), spoken),
                        "opens", OpeningHours.moment(opens, spoken)));
    }

    private String text(Inquiry inquiry, String key, Map<String, String> values) {
        return texts.say(inquiry.language(), key, values);
    }
}
