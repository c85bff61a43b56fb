package io.tsunagi.bot;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides what becomes of a customer's message while the inquiry is with the bot.
 *
 * <p>A wrong answer given with confidence costs more than a hand-off, so the order is: what only a
 * person can handle (a card number, the hand-off rules, media, anything while there are no articles), then the limit of
 * misses, then the search. It quotes approved public articles only and takes no orders from the text. Safe for many
 * threads; it decides from its arguments and the articles alone, so every node decides alike, and a
 * decision takes milliseconds.
 */
public final class Bot {
    private static final int CANDIDATES = 5;
    private static final int FEW_WORDS = 3;

    /** A title this far below the best is no choice worth offering. */
    private static final double WORTH_OFFERING = 0.25;

    private final ArticleIndex index;
    private final HandOffRules rules;
    private final BotSettings settings;

    public Bot(ArticleIndex index, HandOffRules rules, BotSettings settings) {
        this.index = Objects.requireNonNull(index);
        this.rules = Objects.requireNonNull(rules);
        this.settings = Objects.requireNonNull(settings);
    }

    /**
     * Decides.
     *
     * @param language whose articles are searched; {@link MessageText#languageOf} guesses it
     */
    public BotDecision decide(String language, BotMessage message, BotMemory memory) {
        return switch (message.kind()) {
            case MEDIA -> new BotDecision.HandOff("media", null, List.of(), 0);
            case STICKER, OTHER -> index.size(language) == 0 ? unavailable() : promptOnce(memory);
            case TEXT -> decideText(language, message.text(), memory);
        };
    }

    /** Whether the best candidate is near enough to be named as what the customer asks about. */
    boolean knowsTopic(BotDecision.HandOff handOff) {
        return !handOff.candidates().isEmpty() && handOff.confidence() >= settings.chooseThreshold();
    }

    private static BotDecision promptOnce(BotMemory memory) {
        return memory.prompts() == 0
                ? new BotDecision.Rephrase()
                : new BotDecision.HandOff("unsure", null, List.of(), 0);
    }

    /** Other words cannot help a customer while there are no articles: nothing was loaded yet, or none is published. */
    private static BotDecision unavailable() {
        return new BotDecision.HandOff(BotInTime.REASON, null, List.of(), 0);
    }

    private BotDecision decideText(String language, String text, BotMemory memory) {
        if (CardNumber.isIn(text)) {
            return new BotDecision.HandOff("card-number", null, List.of(), 0);
        }
        Optional<Shelf> shelf = index.shelf(language);
        Question question = shelf.map(s -> s.question(text)).orElse(Question.of(text, List.of()));
        Finding finding = shelf.map(s -> s.find(question, CANDIDATES)).orElse(Finding.NOTHING);
        Optional<HandOffRules.Rule> rule = rules.match(language, text);
        if (rule.isPresent()) {
            return handOff(rule.get().reason(), rule.get().skill(), finding);
        }
        if (index.size(language) == 0) {
            return unavailable();
        }
        if (memory.misses() >= settings.maxMisses()) {
            return handOff("misses", null, finding);
        }
        if (!finding.hits().isEmpty() && finding.confidence() >= settings.answerThreshold()) {
            return new BotDecision.Answer(finding.hits().get(0).article(), finding.confidence());
        }
        if (!finding.hits().isEmpty() && finding.confidence() >= settings.chooseThreshold()) {
            double best = finding.hits().get(0).score();
            List<Article> worthOffering = finding.hits().stream()
                    .filter(hit -> hit.score() >= best * WORTH_OFFERING)
                    .limit(settings.choices())
                    .map(Hit::article)
                    .toList();
            return new BotDecision.Choose(worthOffering, finding.confidence());
        }
        if (question.terms().size() < FEW_WORDS && memory.prompts() == 0) {
            return new BotDecision.Rephrase();
        }
        return handOff("unsure", null, finding);
    }

    private BotDecision handOff(String reason, String skill, Finding finding) {
        return new BotDecision.HandOff(reason, skill, finding.articles(CANDIDATES), finding.confidence());
    }
}
