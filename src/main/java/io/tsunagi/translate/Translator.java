package io.tsunagi.translate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.SensitiveWords;
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
import java.util.Set;
import java.util.concurrent.Semaphore;
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
    private static final Set<Integer> REFUSALS = Set.of(400, 413, 415, 422);
    private static final Duration DAYS_KEPT = Duration.ofDays(35);
    /** Well below the 20 threads that serve the console's calls: a slow service does not take them all. */
    static final int MOST_AT_ONCE = 6;

    private final Store store;
    private final Clock clock;
    private final SensitiveWords sensitive;
    private final boolean on;
    private final String key;
    private final int mostCharacters;
    private final int mostOfDay;
    private final Semaphore room = new Semaphore(MOST_AT_ONCE);
    private volatile Instant pausedUntil = Instant.MIN;
    private volatile Cause trouble;
    private volatile LocalDate fullOn;

    public Translator(Store store, SensitiveWords sensitive, Settings settings, Clock clock) {
        this.sensitive = sensitive;
        this.store = store;
        this.clock = clock;
        String url = settings.text("hub.translate.url");
        if (!url.isEmpty() && !url.matches("https?://[^\\s?#]+[^\\s?#/]")) {
            throw new SettingsException(
                    "The setting hub.translate.url is '" + url
                            + "'; it must be an address such as https://translate.example.com, without a slash at the end, or empty.");
        }
        Outgoing.refuseClear(settings, "hub.translate.url");
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
     * Takes room for one who has words translated; each that was taken is given back by {@link #leave}.
     *
     * @throws NotTranslatedException when so many wait for the service on this node that others' chats would wait with them
     */
    public void enter() {
        if (!room.tryAcquire()) {
            throw new NotTranslatedException(
                    Cause.CROWDED, "The translation service has much to do; try again in a moment");
        }
    }

    public void leave() {
        room.release();
    }

    /**
     * Gives the body of a call, card numbers and sensitive words masked, and counts its characters (UTF-16 units) as used.
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
        request.put("q", sensitive.mask(words));
        request.put("source", source);
        request.put("target", target);
        request.put("format", "text");
        if (!key.isEmpty()) {
            request.put("api_key", key);
        }
        return request;
    }

    private void count(int characters) {
        LocalDate today = today();
        boolean counted = store.inTransaction(() -> {
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
        if (!counted) {
            fullOn = today;
            throw new NotTranslatedException(
                    Cause.DAILY_LIMIT, "The " + mostOfDay + " characters of hub.translate.daily-characters are used");
        }
    }

    private LocalDate today() {
        return clock.instant().atOffset(ZoneOffset.UTC).toLocalDate();
    }

    /**
     * Reads the service's answer.
     *
     * @param status its status; 400, 413, 415 and 422 concern these words only, as where the service lacks a language
     * @throws NotTranslatedException when it is not {@code {"translatedText": …}}
     */
    public Translated read(String body, int status) {
        if (status >= 300) {
            throw new NotTranslatedException(
                    REFUSALS.contains(status) ? Cause.REFUSED : Cause.AWAY,
                    "The translation service answered with status " + status);
        }
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
                sensitive.mask(words),
                writtenIn == null || !Translations.isLanguage(writtenIn) ? null : writtenIn.toLowerCase(Locale.ROOT));
    }

    /** A person asks: the next call is made although the service was away a moment ago. */
    public void askAgain() {
        pausedUntil = Instant.MIN;
    }

    /** Notes why words were not translated, and gives it in one word; nobody waits for a service that is away. */
    public String failed(Throwable why) {
        Cause cause = why instanceof NotTranslatedException known ? known.why() : Cause.AWAY;
        if (cause == Cause.AWAY || cause == Cause.REFUSED) {
            trouble = cause;
            LOG.warn("Words were not translated: {}", why.getMessage());
        }
        if (cause == Cause.AWAY) {
            pausedUntil = clock.instant().plus(PAUSE);
        }
        return cause.code();
    }

    /** Gives what to tell whoever looks after the hub; empty while all is well. */
    public Optional<String> trouble() {
        if (today().equals(fullOn)) {
            return Optional.of("Today's characters for translation are used (hub.translate.daily-characters).");
        }
        return Optional.ofNullable(trouble)
                .map(cause -> cause == Cause.REFUSED
                        ? "The translation service refused the last call, as where it lacks a language; the log says more."
                        : "The translation service did not answer the last call as agreed; chats go on without it.");
    }

    /** How many characters (UTF-16 units) went to the service today, in UTC, from all nodes. */
    public long charactersToday() {
        return store.jdbc()
                .sql("select characters from translated_days where utc_day = ?")
                .param(today())
                .query(Long.class)
                .optional()
                .orElse(0L);
    }
}
