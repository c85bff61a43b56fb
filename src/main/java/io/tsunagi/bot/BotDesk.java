package io.tsunagi.bot;

import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Bubble.Choice;
import io.tsunagi.inquiry.ChatControl;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Outgoing;
import io.tsunagi.inquiry.Pressed;
import io.tsunagi.inquiry.Received;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The bot's part of an inquiry: asks {@link Bot} what to do for as long as a customer can wait, says it, and remembers. Runs inside the customer's turn and
 * uses nothing but the local index.
 */
public final class BotDesk {
    /** Longer article texts end with the link to the article. */
    private static final int LONGEST_ANSWER = 1200;

    /** Reasons that are the bot's, not the customer's: where another system speaks, it is no matter of the hub's. */
    private static final Set<String> OF_BOT = Set.of("unsure", "misses", "bot-unavailable", "media");

    private final Bot bot;
    private final BotInTime inTime;
    private final BotLimits limits;
    private final ArticleIndex index;
    private final Articles articles;
    private final Texts texts;
    private final Inquiries inquiries;
    private final Outgoing outgoing;
    private final Store store;
    private final Clock clock;
    private final int maxMisses;
    private final ChatControl control;

    public BotDesk(
            Bot bot,
            BotInTime inTime,
            BotLimits limits,
            ArticleIndex index,
            Articles articles,
            Texts texts,
            Inquiries inquiries,
            Outgoing outgoing,
            Store store,
            Clock clock,
            int maxMisses,
            ChatControl control) {
        this.bot = bot;
        this.inTime = inTime;
        this.limits = limits;
        this.index = index;
        this.articles = articles;
        this.texts = texts;
        this.inquiries = inquiries;
        this.outgoing = outgoing;
        this.store = store;
        this.clock = clock;
        this.maxMisses = maxMisses;
        this.control = control;
    }

    /** Answers what the customer said, or says that a person is needed. */
    public BotOutcome answer(Received received) {
        Inquiry inquiry = received.inquiry();
        if (received.message().unsentAt() != null) {
            return goOn(received.customer(), inquiry);
        }
        if (received.isSilent()) {
            return listen(received);
        }
        BotMessage message = messageOf(received.message());
        BotDecision decision = received.cardNumber()
                ? new BotDecision.HandOff("card-number", null, List.of(), 0)
                : received.sensitive()
                        ? new BotDecision.HandOff("sensitive-words", null, List.of(), 0)
                        : inTime.decide(
                                inquiry.language(), message, new BotMemory(inquiry.botMisses(), inquiry.botPrompts()));
        // What a rule gives to a person goes to the right one, however much was written.
        if (!(decision instanceof BotDecision.HandOff) && limits.tooMany(inquiry.customer())) {
            decision = new BotDecision.HandOff(BotLimits.REASON, null, List.of(), 0);
        }
        UUID cause = received.incoming().event();
        keepQuestion(inquiry, message, decision, cause);
        if (decision instanceof BotDecision.Answer answer) {
            answer(inquiry, cause, answer.article());
        } else if (decision instanceof BotDecision.Choose choose) {
            choose(inquiry, cause, choose.articles());
        } else if (decision instanceof BotDecision.Rephrase) {
            inquiries.botRemembers(
                    inquiry.id(), inquiry.botMisses(), inquiry.botPrompts() + 1, inquiry.botArticle(), null);
            String key = message.kind() == BotMessage.Kind.STICKER ? "bot.sticker" : "bot.rephrase";
            say(inquiry, cause, Bubble.text(text(inquiry, key), person(inquiry)));
        } else if (decision instanceof BotDecision.HandOff handOff) {
            return new BotOutcome(
                    received.customer(), inquiry, handOff.reason(), handOff.skill(), topic(inquiry, handOff));
        }
        return goOn(received.customer(), inquiry);
    }

    /** Where another system speaks the bot says nothing; whoever asks for a person is given to one, who takes the chat. */
    private BotOutcome listen(Received received) {
        Inquiry inquiry = received.inquiry();
        if (!received.customer().blocked() && control.shared(inquiry.account())) {
            BotDecision decision =
                    inTime.decide(inquiry.language(), messageOf(received.message()), new BotMemory(0, 0));
            if (decision instanceof BotDecision.HandOff handOff && !OF_BOT.contains(handOff.reason())) {
                return new BotOutcome(
                        received.customer(), inquiry, handOff.reason(), handOff.skill(), topic(inquiry, handOff));
            }
        }
        return goOn(received.customer(), inquiry);
    }

    /** Who asks for a person says nothing of the matter: what was spoken of before stays the topic. */
    private String topic(Inquiry inquiry, BotDecision.HandOff handOff) {
        return handOff.reason().equals("asked-for-person") || !bot.knowsTopic(handOff)
                ? inquiry.topic()
                : handOff.candidates().get(0).title();
    }

    private static BotMessage messageOf(Message message) {
        Content content = message.content();
        return switch (message.type()) {
            case "text" -> new BotMessage(BotMessage.Kind.TEXT, content.text() == null ? "" : content.spoken());
            case "sticker" -> new BotMessage(BotMessage.Kind.STICKER, "");
            case "image", "video", "audio", "file" -> new BotMessage(BotMessage.Kind.MEDIA, "");
            default -> new BotMessage(BotMessage.Kind.OTHER, "");
        };
    }

    private void answer(Inquiry inquiry, UUID cause, Article article) {
        inquiries.botRemembers(inquiry.id(), inquiry.botMisses(), 0, article.id(), article.title());
        articles.usedByBot(article.id(), inquiry.id(), inquiries.wantsCase(inquiry.id()));
        List<Choice> choices = List.of(
                choice(inquiry, "bot.yes-label", "solved", Map.of("article", article.id())),
                choice(inquiry, "bot.no-label", "not-solved", Map.of("article", article.id())),
                person(inquiry));
        say(inquiry, cause, Bubble.text(words(inquiry, article)), Bubble.text(text(inquiry, "bot.solved"), choices));
    }

    private String words(Inquiry inquiry, Article article) {
        String body = article.body() == null || article.body().isBlank() ? article.summary() : article.body();
        StringBuilder words = new StringBuilder("【").append(article.title()).append("】\n");
        if (body.length() <= LONGEST_ANSWER) {
            words.append(body);
        } else {
            int end = body.offsetByCodePoints(0, body.codePointCount(0, LONGEST_ANSWER) - 1);
            words.append(body, 0, end).append('…');
        }
        if (article.url() != null && article.url().startsWith("https://")) {
            words.append("\n\n").append(texts.say(inquiry.language(), "bot.source", Map.of("url", article.url())));
        }
        return words.toString();
    }

    private void choose(Inquiry inquiry, UUID cause, List<Article> articles) {
        inquiries.botRemembers(inquiry.id(), inquiry.botMisses(), 0, null, null);
        List<Choice> choices = new ArrayList<>();
        StringBuilder list = new StringBuilder(text(inquiry, "bot.choose"));
        for (Article article : articles) {
            list.append("\n・").append(article.title());
            choices.add(new Choice(
                    article.title(), Pressed.data("article", values(inquiry, Map.of("article", article.id())))));
        }
        choices.add(choice(inquiry, "bot.none-of-these-label", "not-solved", Map.of()));
        choices.add(person(inquiry));
        say(inquiry, cause, Bubble.text(list.toString(), choices));
    }

    /** Takes a button of the bot's; one that belongs to an older inquiry, or comes after the hand-off, says nothing. */
    public BotOutcome pressed(Pressed pressed) {
        Inquiry inquiry = pressed.inquiry();
        UUID cause = pressed.incoming().event();
        if (!pressed.current()
                || inquiry.state() != InquiryState.BOT
                || pressed.incoming().silent()
                || pressed.customer().blocked()) {
            return goOn(pressed.customer(), inquiry);
        }
        switch (pressed.act()) {
            case "solved" -> {
                solved(inquiry, true);
                say(inquiry, cause, Bubble.text(text(inquiry, "bot.solved-thanks")));
                inquiries.close(inquiry.id(), "solved-by-bot");
            }
            case "not-solved" -> {
                solved(inquiry, false);
                int misses = inquiry.botMisses() + 1;
                inquiries.botRemembers(inquiry.id(), misses, 0, inquiry.botArticle(), null);
                if (misses >= maxMisses) {
                    return handOff(pressed, "misses");
                }
                say(inquiry, cause, Bubble.text(text(inquiry, "bot.not-solved"), person(inquiry)));
            }
            case "article" -> {
                if (limits.tooMany(inquiry.customer())) {
                    return handOff(pressed, BotLimits.REASON);
                }
                index.article(pressed.value("article"), inquiry.language())
                        .filter(article -> !article.internal())
                        .ifPresentOrElse(
                                article -> answer(inquiry, cause, article),
                                () -> say(inquiry, cause, Bubble.text(text(inquiry, "bot.rephrase"), person(inquiry))));
            }
            case "person" -> {
                return handOff(pressed, "asked-for-person");
            }
            default -> {
                // A button of a rich menu or of another system: an integration team's route may take it.
            }
        }
        return goOn(pressed.customer(), inquiry);
    }

    private BotOutcome handOff(Pressed pressed, String reason) {
        return new BotOutcome(
                pressed.customer(),
                pressed.inquiry(),
                reason,
                null,
                pressed.inquiry().topic());
    }

    private static BotOutcome goOn(Customer customer, Inquiry inquiry) {
        return new BotOutcome(customer, inquiry, null, null, null);
    }

    /** Says words of the account to the customer, as the last of the turn. */
    public void say(Inquiry inquiry, UUID cause, Bubble... bubbles) {
        outgoing.say(inquiry, Outgoing.Speaker.BOT, "bot " + cause, Duration.ZERO, List.of(bubbles));
    }

    private String text(Inquiry inquiry, String key) {
        return texts.say(inquiry.language(), key, Map.of());
    }

    private Choice person(Inquiry inquiry) {
        return choice(inquiry, "bot.person-label", "person", Map.of());
    }

    private Choice choice(Inquiry inquiry, String key, String act, Map<String, String> values) {
        return new Choice(text(inquiry, key), Pressed.data(act, values(inquiry, values)));
    }

    private static Map<String, String> values(Inquiry inquiry, Map<String, String> more) {
        Map<String, String> values = new java.util.LinkedHashMap<>(more);
        values.put("inquiry", inquiry.id().toString());
        return values;
    }

    /** Keeps what was asked and decided, so that the FAQ can be made better. */
    private void keepQuestion(Inquiry inquiry, BotMessage message, BotDecision decision, UUID cause) {
        String kind = "rephrase";
        String reason = null;
        double confidence = 0;
        List<Article> candidates = List.of();
        if (decision instanceof BotDecision.Answer answer) {
            kind = "answer";
            confidence = answer.confidence();
            candidates = List.of(answer.article());
        } else if (decision instanceof BotDecision.Choose choose) {
            kind = "choose";
            confidence = choose.confidence();
            candidates = choose.articles();
        } else if (decision instanceof BotDecision.HandOff handOff) {
            kind = "hand-off";
            reason = handOff.reason();
            confidence = handOff.confidence();
            candidates = handOff.candidates();
        }
        UUID id = Ids.derived("question", cause);
        String ids = String.join(",", candidates.stream().map(Article::id).toList());
        store.later(
                """
                insert into questions (id, inquiry, language, question, decision, reason, confidence, candidates, asked_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                on conflict do nothing
                """,
                id,
                inquiry.id().value(),
                inquiry.language(),
                store.sealing().seal("questions", id, message.text()),
                kind,
                reason,
                confidence,
                ids.length() > 1000 ? ids.substring(0, 1000) : ids,
                Store.at(clock.instant()));
    }

    private void solved(Inquiry inquiry, boolean solved) {
        store.jdbc().sql("""
                        update questions set solved = ? where id = (
                            select id from questions where inquiry = ? order by asked_at desc limit 1)
                        """).params(solved, inquiry.id().value()).update();
    }
}
