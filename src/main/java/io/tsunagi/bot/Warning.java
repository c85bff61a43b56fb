package io.tsunagi.bot;

import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Outgoing;
import io.tsunagi.inquiry.Received;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * Warns a customer whose message has a card number, or what a rule of {@code config/sensitive.yaml} hides, while a person has
 * the inquiry or is waited for; the bot warns as it hands over. Edits and what is tapped are masked, and not warned of. Runs
 * inside the customer's turn.
 *
 * <p>The warning is said by the free reply that the words brought, and never pushed; the chat shows it. The same one is not
 * said twice within ten minutes, the bot's included, so that who goes on writing does not cost the operator every free reply.
 */
public final class Warning {
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final Outgoing outgoing;
    private final Messages messages;
    private final Texts texts;
    private final Clock clock;
    private final boolean on;

    /** @param on whether anything is said at all */
    public Warning(Outgoing outgoing, Messages messages, Texts texts, Clock clock, boolean on) {
        this.outgoing = outgoing;
        this.messages = messages;
        this.texts = texts;
        this.clock = clock;
        this.on = on;
    }

    /** Warns of what was received, when there is something to warn of. */
    public void warn(Received received) {
        String said = received.message().content().text();
        boolean card = received.cardNumber() || said != null && CardNumber.isIn(said);
        Inquiry inquiry = received.inquiry();
        // Words that come late, behind their own edit, may belong to an inquiry that is closed.
        if (!on || received.isSilent() || inquiry.state() == InquiryState.CLOSED || !card && !received.sensitive()) {
            return;
        }
        String warning =
                texts.say(inquiry.language(), card ? "hand-off.card-number" : "hand-off.sensitive-words", Map.of());
        if (!messages.saidByBot(inquiry.id(), warning, clock.instant().minus(PAUSE))) {
            outgoing.warn(inquiry, "warning " + received.incoming().event(), Bubble.text(warning));
        }
    }
}
