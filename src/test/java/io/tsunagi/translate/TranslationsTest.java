package io.tsunagi.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.Incoming;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.MessageId;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes to the translation service, and what is kept of its answers for how long. */
@ParameterizedClass
@EnumSource(Dialect.class)
class TranslationsTest {
    @Parameter
    Dialect dialect;

    private static final String MISAKI = "misaki";

    private Office office;
    private Translations translations;
    private Erase erase;
    private InquiryId inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        translations = new Translations(
                office.store,
                office.messages,
                new InquiryVersions(office.store, new Signals(), office.clock),
                office.clock);
        // No picture is taken back here.
        erase = new Erase(office.store, office.messages, office.drafts, null);
        inquiry = office.withBot(MISAKI).id();
    }

    @AfterEach
    void close() {
        office.close();
    }

    private Translator translator(Map<String, String> more) {
        Map<String, String> all = new java.util.HashMap<>(Map.of("hub.translate.url", "https://translate.example.com"));
        all.putAll(more);
        return new Translator(office.store, Office.SENSITIVE, Settings.of("", all), office.clock);
    }

    private MessageId said(Message.Sender sender, String type, Content content) {
        UUID id = UUID.randomUUID();
        office.atTurn(
                MISAKI,
                () -> office.messages.add(
                        inquiry,
                        office.customer(MISAKI),
                        new Messages.Addition(
                                id, sender, null, type, content, null, null, null, office.clock.instant())));
        return new MessageId(id);
    }

    private MessageId said(String words) {
        return office.writes(MISAKI, words).message().id();
    }

    private List<Translations.Piece> wanted(MessageId... ids) {
        return translations.wanted(inquiry, List.of(ids), "ja");
    }

    private List<Translations.Kept> kept(MessageId id) {
        return translations.of(List.of(office.messages.find(id).orElseThrow())).getOrDefault(id.value(), List.of());
    }

    private MessageId translated(String words) {
        MessageId id = said(words);
        translations.keep(wanted(id).get(0), new Translator.Translated("訳 " + words, "en"));
        assertThat(kept(id)).containsExactly(new Translations.Kept("ja", "en", "訳 " + words));
        return id;
    }

    @Test
    void only_words_that_somebody_said_in_the_inquiry_go_out_and_only_once() {
        MessageId text = said("How do I see my balance?");
        MessageId note = said(Message.Sender.NOTE, "note", Content.ofText("ask Aoi"));
        MessageId event = said(Message.Sender.SYSTEM, "event", Content.ofText("closed:solved"));
        MessageId sticker = said(Message.Sender.CUSTOMER, "sticker", Content.ofText("hello"));

        assertThat(wanted(text, text, note, event, sticker, new MessageId(UUID.randomUUID())))
                .extracting(Translations.Piece::message)
                .containsExactly(text);
        assertThat(translations.wanted(new InquiryId(UUID.randomUUID()), List.of(text), "ja"))
                .isEmpty();

        translations.keep(wanted(text).get(0), new Translator.Translated("残高", "en"));
        assertThat(wanted(text)).isEmpty();
        assertThat(translations.wanted(inquiry, List.of(text), "ko")).hasSize(1);
    }

    @Test
    void nobody_who_is_mentioned_is_named() {
        MessageId text = said(
                Message.Sender.CUSTOMER,
                "text",
                Content.ofText("@Yamada Taro please ask @Mei")
                        .change()
                        .mentions(List.of(new Content.Mention(0, 12, false), new Content.Mention(24, 4, false)))
                        .done());

        assertThat(wanted(text).get(0).words()).isEqualTo("@ please ask @");
    }

    @Test
    void what_is_written_in_the_language_already_is_remembered_without_words() {
        MessageId text = said("残高");

        translations.keep(wanted(text).get(0), new Translator.Translated("残高", "ja"));

        assertThat(kept(text)).containsExactly(new Translations.Kept("ja", "ja", null));
        assertThat(wanted(text)).isEmpty();
    }

    @Test
    void a_translation_lies_sealed_and_the_screens_are_told() {
        long before = version();
        MessageId id = translated("PLANTED marker");

        assertThat(version()).isGreaterThan(before + 1);
        assertThat(office.messages.find(id).orElseThrow().version()).isEqualTo(version());
        byte[] stored = office.store
                .jdbc()
                .sql("select words from translations where message = ?")
                .param(id.value())
                .query(byte[].class)
                .single();
        assertThat(new String(stored, java.nio.charset.StandardCharsets.UTF_8)).doesNotContain("PLANTED");
    }

    private long version() {
        return office.store
                .jdbc()
                .sql("select version from inquiries where id = ?")
                .param(inquiry.value())
                .query(Long.class)
                .single();
    }

    private void happens(String type, String lineMessageId, String text) {
        Incoming incoming = office.incoming(MISAKI, type, text, lineMessageId, null, office.clock.instant(), null);
        office.atTurn(MISAKI, () -> {
            if (type.equals("unsend")) {
                office.turn.unsend(incoming);
            } else {
                office.turn.edit(incoming);
            }
            return null;
        });
    }

    private MessageId translatedAt(String lineMessageId, String words) {
        MessageId id = office.writes(MISAKI, words, lineMessageId).message().id();
        translations.keep(wanted(id).get(0), new Translator.Translated("訳 " + words, "en"));
        assertThat(kept(id)).hasSize(1);
        return id;
    }

    /** Whoever takes words out takes out what was made of them. */
    @Test
    void a_translation_goes_with_the_words_it_says() {
        MessageId purged = translated("purged");
        MessageId unsent = translatedAt("line-1", "unsent");
        MessageId edited = translatedAt("line-2", "first");
        MessageId stays = translated("stays");
        MessageId part = translatedAt("line-3", "4111 1111");
        said("1111 1111");

        office.store.inTransaction(() -> erase.messages(List.of(purged.value())));
        happens("unsend", "line-1", null);
        happens("messageEdited", "line-2", "second");

        assertThat(kept(purged)).isEmpty();
        assertThat(kept(unsent)).isEmpty();
        assertThat(kept(edited)).isEmpty();
        assertThat(wanted(edited)).extracting(Translations.Piece::words).containsExactly("second");
        assertThat(kept(part)).isEmpty();
        assertThat(kept(stays)).hasSize(1);
        assertThat(office.count("translations")).isEqualTo(1);
    }

    @Test
    void an_answer_that_comes_after_the_words_were_erased_is_not_kept() {
        MessageId id = said("too late");
        Translations.Piece piece = wanted(id).get(0);
        office.store.inTransaction(() -> erase.messages(List.of(id.value())));

        translations.keep(piece, new Translator.Translated("遅い", "en"));

        assertThat(kept(id)).isEmpty();
        assertThat(office.count("translations")).isZero();
    }

    @Test
    void card_numbers_leave_masked_and_the_key_goes_along() {
        Map<String, String> request =
                translator(Map.of("hub.translate.key", "k-1")).request("My card 4111 1111 1111 1111", "auto", "ja");

        assertThat(request)
                .containsEntry("source", "auto")
                .containsEntry("target", "ja")
                .containsEntry("api_key", "k-1");
        assertThat(request.get("q")).startsWith("My card").doesNotContain("4111 1111");
        assertThat(translator(Map.of()).request("x", "en", "ja")).doesNotContainKey("api_key");
    }

    @Test
    void a_call_and_a_day_have_their_limits_and_the_next_day_is_a_new_one() {
        Translator small =
                translator(Map.of("hub.translate.most-characters", "10", "hub.translate.daily-characters", "15"));

        assertThatThrownBy(() -> small.request("x".repeat(11), "en", "ja"))
                .isInstanceOfSatisfying(NotTranslatedException.class, e -> assertThat(small.failed(e))
                        .isEqualTo("too-long"));
        small.request("x".repeat(10), "en", "ja");
        assertThatThrownBy(() -> small.request("x".repeat(6), "en", "ja"))
                .isInstanceOfSatisfying(NotTranslatedException.class, e -> assertThat(small.failed(e))
                        .isEqualTo("daily-limit"));
        assertThat(small.trouble())
                .hasValueSatisfying(words -> assertThat(words).contains("hub.translate.daily-characters"));
        small.request("x".repeat(5), "en", "ja");
        assertThat(small.charactersToday()).isEqualTo(15);

        office.clock.forward(Duration.ofDays(1));
        assertThat(small.trouble()).as("a new day").isEmpty();
        small.request("x".repeat(10), "en", "ja");
        assertThat(small.charactersToday()).isEqualTo(10);
    }

    @Test
    void nobody_waits_for_a_service_that_was_away_a_moment_ago_unless_they_ask() {
        Translator translator = translator(Map.of());
        assertThat(translator.failed(new IOException("Read timed out"))).isEqualTo("away");
        assertThat(translator.trouble()).isPresent();

        assertThatThrownBy(() -> translator.request("x", "en", "ja"))
                .isInstanceOfSatisfying(NotTranslatedException.class, e -> assertThat(translator.failed(e))
                        .isEqualTo("away"));
        translator.askAgain();
        translator.request("x", "en", "ja");
        translator.failed(new IOException("Read timed out"));
        office.clock.forward(Duration.ofSeconds(16));
        translator.request("x", "en", "ja");

        assertThat(translator.read("{\"translatedText\":\"訳\",\"detectedLanguage\":{\"language\":\"EN\"}}", 200))
                .isEqualTo(new Translator.Translated("訳", "en"));
        assertThat(translator.trouble()).isEmpty();
    }

    @Test
    void words_that_the_service_refuses_keep_no_others_from_it() {
        Translator translator = translator(Map.of());
        assertThatThrownBy(() -> translator.read("{\"error\":\"th is not supported\"}", 400))
                .isInstanceOfSatisfying(NotTranslatedException.class, e -> assertThat(translator.failed(e))
                        .isEqualTo("refused"));
        assertThat(translator.trouble())
                .hasValueSatisfying(words -> assertThat(words).contains("refused"));

        translator.request("x", "en", "ja");
        translator.translated("訳", "en");
        assertThat(translator.trouble()).isEmpty();
    }

    @Test
    void only_so_many_wait_for_the_service_at_once() {
        Translator translator = translator(Map.of());
        for (int i = 0; i < Translator.MOST_AT_ONCE; i++) {
            translator.enter();
        }
        assertThatThrownBy(translator::enter)
                .isInstanceOfSatisfying(
                        NotTranslatedException.class, e -> assertThat(e.code()).isEqualTo("crowded"));
        translator.leave();
        translator.enter();
    }

    @Test
    void an_answer_that_is_no_translation_is_none() {
        Translator translator = translator(Map.of());
        for (String answer :
                new String[] {null, "", "<html>", "[]", "{\"error\":\"x\"}", "{\"translatedText\":\" \"}"}) {
            assertThatThrownBy(() -> translator.read(answer, 200))
                    .as(answer)
                    .isInstanceOf(NotTranslatedException.class);
        }
        assertThatThrownBy(() -> translator.read("{\"translatedText\":\"x\"}", 500))
                .isInstanceOfSatisfying(NotTranslatedException.class, e -> assertThat(translator.failed(e))
                        .isEqualTo("away"));
        assertThat(translator.translated("訳", "not a language!").writtenIn()).isNull();
    }

    @Test
    void a_wrong_address_is_said_at_the_start_and_none_is_off() {
        for (String wrong : new String[] {"translate.example.com", "https://example.com/", "ftp://x.example.com"}) {
            assertThatThrownBy(() -> translator(Map.of("hub.translate.url", wrong)))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("hub.translate.url");
        }
        Translator off = translator(Map.of("hub.translate.url", ""));
        assertThat(off.on()).isFalse();
        assertThatThrownBy(() -> off.request("x", "en", "ja"))
                .isInstanceOfSatisfying(
                        NotTranslatedException.class, e -> assertThat(e.code()).isEqualTo("off"));
    }
}
