package io.tsunagi.survey;

import io.tsunagi.bot.Texts;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Bubble.Choice;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Outgoing;
import io.tsunagi.inquiry.Pressed;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Asks the customer, once after the close, how it was: one tap from 1 to 5, and after a low one why, by one tap more. Question
 * and answer are no part of the transcript; a second or a late tap changes nothing.
 */
public final class Survey {
    /** Up to this score the customer is asked why. */
    private static final int LOW = 2;

    private static final List<String> REASONS = List.of("slow", "repeated", "unsolved", "unclear", "manner");

    private final Store store;
    private final Outgoing outgoing;
    private final Texts texts;
    private final CrmWork crm;
    private final InquiryVersions versions;
    private final Clock clock;
    private final Duration open;

    public Survey(
            Store store,
            Outgoing outgoing,
            Texts texts,
            CrmWork crm,
            InquiryVersions versions,
            Clock clock,
            Duration open) {
        this.store = store;
        this.outgoing = outgoing;
        this.texts = texts;
        this.crm = crm;
        this.versions = versions;
        this.clock = clock;
        this.open = open;
    }

    /**
     * Asks in the running transaction, which closes the inquiry; asked before, or with nobody to hear it because the
     * customer blocked the account, it asks nothing.
     */
    public void ask(Inquiry inquiry) {
        Instant now = clock.instant();
        int fresh = store.jdbc()
                .sql("""
                        insert into surveys (id, inquiry, customer, asked_at, expires_at)
                        select cast(:id as uuid), cast(:inquiry as uuid), id, cast(:now as timestamp with time zone),
                            cast(:expires as timestamp with time zone)
                        from customers where id = :customer and not blocked
                        on conflict do nothing
                        """)
                .param("id", idOf(inquiry.id()))
                .param("inquiry", inquiry.id().value())
                .param("customer", inquiry.customer().value())
                .param("now", Store.at(now))
                .param("expires", Store.at(now.plus(open)))
                .update();
        if (fresh == 1) {
            List<Choice> scores = new ArrayList<>();
            for (int score = 5; score >= 1; score--) {
                scores.add(choice(
                        inquiry.language(),
                        "survey." + score + "-label",
                        inquiry.id(),
                        "score",
                        String.valueOf(score)));
            }
            outgoing.sayAside(
                    inquiry.customer(),
                    inquiry.id(),
                    "survey " + inquiry.id(),
                    List.of(Bubble.text(text(inquiry.language(), "survey.question"), scores)));
        }
    }

    private Choice choice(String language, String label, InquiryId inquiry, String name, String value) {
        return new Choice(
                text(language, label), Pressed.data("survey", Map.of("inquiry", inquiry.toString(), name, value)));
    }

    /** Takes a tap: a score, or the reason of a low one. */
    public void answer(Pressed pressed) {
        InquiryId inquiry;
        int score;
        try {
            inquiry = new InquiryId(UUID.fromString(pressed.value("inquiry")));
            score = pressed.value("reason").isEmpty() ? Integer.parseInt(pressed.value("score")) : 0;
        } catch (IllegalArgumentException e) {
            // Postback data comes back as it was sent, but anybody's rich menu may send something like it.
            return;
        }
        if (score == 0) {
            reason(pressed, inquiry);
        } else if (score >= 1 && score <= 5) {
            score(pressed, inquiry, score);
        }
    }

    private void score(Pressed pressed, InquiryId inquiry, int score) {
        Instant now = clock.instant();
        int counted = store.jdbc()
                .sql("""
                        update surveys set score = :score, answered_at = :now
                        where id = :id and customer = :customer and score is null and expires_at > :now
                        """)
                .param("score", score)
                .param("now", Store.at(now))
                .param("id", idOf(inquiry))
                .param("customer", pressed.customer().id().value())
                .update();
        if (counted == 1) {
            crm.add(inquiry.value(), CrmWork.Kind.SURVEY, inquiry.value(), "", Duration.ZERO);
            versions.next(inquiry);
        }
        String language = pressed.customer().language();
        if (counted == 1 && score <= LOW) {
            say(
                    pressed,
                    Bubble.text(
                            text(language, "survey.why"),
                            REASONS.stream()
                                    .map(reason ->
                                            choice(language, "survey." + reason + "-label", inquiry, "reason", reason))
                                    .toList()));
        } else {
            say(pressed, Bubble.text(text(language, counted == 1 ? "survey.thanks" : "survey.already-answered")));
        }
    }

    private void reason(Pressed pressed, InquiryId inquiry) {
        String reason = pressed.value("reason");
        if (!REASONS.contains(reason)) {
            return;
        }
        int counted = store.jdbc()
                .sql("""
                        update surveys set reason = :reason
                        where id = :id and customer = :customer and score <= :low and reason is null and expires_at > :now
                        """)
                .param("reason", reason)
                .param("low", LOW)
                .param("now", Store.at(clock.instant()))
                .param("id", idOf(inquiry))
                .param("customer", pressed.customer().id().value())
                .update();
        if (counted == 1) {
            versions.next(inquiry);
        }
        say(
                pressed,
                Bubble.text(text(
                        pressed.customer().language(), counted == 1 ? "survey.thanks" : "survey.already-answered")));
    }

    private void say(Pressed pressed, Bubble bubble) {
        if (!pressed.customer().blocked() && !pressed.incoming().silent()) {
            outgoing.sayAside(
                    pressed.customer().id(),
                    null,
                    "survey answer " + pressed.incoming().event(),
                    List.of(bubble));
        }
    }

    private String text(String language, String key) {
        return texts.say(language, key, Map.of());
    }

    private static UUID idOf(InquiryId inquiry) {
        return Ids.derived("survey", inquiry);
    }
}
