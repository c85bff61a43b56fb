package io.tsunagi.translate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Store;
import io.tsunagi.translate.NotTranslatedException.Cause;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the route {@code translate-words} asks of: how a call to the translation service looks, how long its words may be, and
 * whether it is worth making. After a call that failed nobody waits for the service for a while. Safe for many threads;
 * nodes share the characters of a day, and each finds out by itself that the service is away.
 *
 * <p>The shape of a call is LibreTranslate's {@code POST /translate} as its API document has it.
 */
public final class Translator {
    private static final Logger LOG = LoggerFactory.getLogger(Translator.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PAUSE = Duration.ofSeconds(15);
    private static final Duration DAYS_KEPT = Duration.ofDays(35);

    private final Store store;
    private final Clock clock;
    private final boolean on;
    private final String key;
    private final int mostCharacters;
    private final int mostOfDay;
    private volatile Instant pausedUntil = Instant.MIN;
    private volatile Cause trouble;

    public Translator(Store store, Settings settings, Clock clock) {
        this.store = store;
        this.clock = clock;
        String url = settings.text("hub.translate.url");
        if (!url.isEmpty() && !url.matches("https?://[^\\s?#]+[^\\s?#/]")) {
            throw new SettingsException(
                    "The setting hub.translate.url is '" + url
                            + "'; it must be an address such as https://translate.example.com, without a slash at the end, or empty.");
        }
        this.on = !url.isEmpty();
        this.key = settings.secret("hub.translate.key").reveal();
        this.mostCharacters = settings.whole("hub.translate.most-characters", 1, 100_000);
        this.mostOfDay = settings.whole("hub.translate.daily-characters", 0, Integer.MAX_VALUE);
        settings.whole("hub.translate.call-timeout-millis", 100, 600_000);
    }

    /** What the service made of words; {@code writtenIn} is null where it does not say. */
    public record Translated(String words, String writtenIn) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** Whether a service is configured. */
    public boolean on() {
        return on;
    }

    /**
     * Gives the body of a call, card numbers masked, and counts its characters (UTF-16 units) as used.
     *
     * @param source a language, or {@code auto} where the service is to tell
     * @throws NotTranslatedException when the call is not to be made
     */
    public Map<String, String> request(String words, String source, String target) {
        if (!on) {
            throw new NotTranslatedException(Cause.OFF, "hub.translate.url is empty");
        }
        if (clock.instant().isBefore(pausedUntil)) {
            throw new NotTranslatedException(Cause.PAUSED, "The translation service did not answer a moment ago");
        }
        if (words.length() > mostCharacters) {
            throw new NotTranslatedException(
                    Cause.TOO_LONG, "At most " + mostCharacters + " characters are translated in one call");
        }
        count(words.length());
        Map<String, String> request = new LinkedHashMap<>();
        request.put("q", CardNumbers.mask(words));
        request.put("source", source);
        request.put("target", target);
        request.put("format", "text");
        if (!key.isEmpty()) {
            request.put("api_key", key);
        }
        return request;
    }

    private void count(int characters) {
        LocalDate today = clock.instant().atOffset(ZoneOffset.UTC).toLocalDate();
        boolean room = store.inTransaction(() -> {
            store.jdbc()
                    .sql("insert into translated_days (utc_day, characters) values (?, 0) on conflict do nothing")
                    .param(today)
                    .update();
            store.jdbc()
                    .sql("delete from translated_days where utc_day < ?")
                    .param(today.minusDays(DAYS_KEPT.toDays()))
                    .update();
            return store.jdbc()
                            .sql(
                                    "update translated_days set characters = characters + ? where utc_day = ? and characters + ? <= ?")
                            .params(characters, today, characters, mostOfDay)
                            .update()
                    == 1;
        });
        if (!room) {
            trouble = Cause.DAILY_LIMIT;
            throw new NotTranslatedException(
                    Cause.DAILY_LIMIT, "The " + mostOfDay + " characters of hub.translate.daily-characters are used");
        }
    }

    /**
     * Reads the service's answer.
     *
     * @throws NotTranslatedException when it is not {@code {"translatedText": …}}
     */
    public Translated read(String body) {
        JsonNode answer;
        try {
            answer = JSON.readTree(body == null ? "" : body);
        } catch (JsonProcessingException e) {
            throw new NotTranslatedException(Cause.AWAY, "The translation service did not answer in JSON");
        }
        String words = answer.path("translatedText").asText("");
        if (words.isBlank()) {
            throw new NotTranslatedException(Cause.AWAY, "The translation service answered without translatedText");
        }
        return translated(
                words, answer.path("detectedLanguage").path("language").asText(""));
    }

    /**
     * Takes a translation from a route that reads another service's answer.
     *
     * @param writtenIn empty where the service does not say
     */
    public Translated translated(String words, String writtenIn) {
        trouble = null;
        pausedUntil = Instant.MIN;
        return new Translated(
                CardNumbers.mask(words),
                writtenIn == null || !Translations.isLanguage(writtenIn) ? null : writtenIn.toLowerCase(Locale.ROOT));
    }

    /** A person asks: the next call is made although the service was away a moment ago. */
    public void askAgain() {
        pausedUntil = Instant.MIN;
    }

    /** Notes why words were not translated, and gives it in one word; nobody waits for a service that is away. */
    public String failed(Throwable why) {
        if (why instanceof NotTranslatedException known && known.why() != Cause.AWAY) {
            return known.code();
        }
        trouble = Cause.AWAY;
        pausedUntil = clock.instant().plus(PAUSE);
        LOG.warn("Words were not translated: {}", why.getMessage());
        return "away";
    }

    /** Gives what to tell whoever looks after the hub; empty while all is well. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble)
                .map(cause -> cause == Cause.AWAY
                        ? "The translation service does not answer as agreed; chats go on without it."
                        : "Today's characters for translation are used (hub.translate.daily-characters).");
    }

    /** How many characters (UTF-16 units) went to the service today, in UTC, from all nodes. */
    public long charactersToday() {
        return store.jdbc()
                .sql("select characters from translated_days where utc_day = ?")
                .param(clock.instant().atOffset(ZoneOffset.UTC).toLocalDate())
                .query(Long.class)
                .optional()
                .orElse(0L);
    }
}
