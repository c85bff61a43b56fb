package io.tsunagi;

import io.tsunagi.bot.HandOffRules;
import io.tsunagi.bot.Texts;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.dispatch.OpeningHours;
import io.tsunagi.inquiry.ApprovalRules;
import io.tsunagi.inquiry.CannedAnswer;
import io.tsunagi.inquiry.CannedAnswers;
import io.tsunagi.inquiry.Cards;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.keeping.KeepingRules;
import io.tsunagi.line.CardRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Reads what stands beside {@code hub.properties}: texts, hand-off rules, canned answers. A file of the folder replaces
 * the one built in. Each method throws {@link SettingsException} that names the file when it cannot be used.
 */
final class ConfigFiles {
    private final Path folder;
    private final Settings settings;

    /** @param home what holds {@code config/} */
    ConfigFiles(Path home, Settings settings) {
        this.folder = home.resolve("config");
        this.settings = settings;
    }

    Texts texts() {
        Map<String, Properties> byLanguage = new LinkedHashMap<>();
        for (String language : settings.list("hub.texts.languages")) {
            Properties texts = new Properties();
            try {
                texts.load(new StringReader(text("texts_" + language + ".properties")));
            } catch (IOException | IllegalArgumentException e) {
                throw new SettingsException(
                        "config/texts_" + language + ".properties cannot be read: " + e.getMessage());
            }
            byLanguage.put(language, texts);
        }
        return Texts.load(byLanguage);
    }

    HandOffRules handOffRules() {
        try {
            return HandOffRules.parse(text("handoff-rules.yaml"));
        } catch (IllegalArgumentException e) {
            throw new SettingsException("config/handoff-rules.yaml: " + e.getMessage());
        }
    }

    List<CannedAnswer> cannedAnswers() {
        try {
            return CannedAnswers.read(text("canned-answers.yaml"));
        } catch (IllegalArgumentException e) {
            throw new SettingsException("config/canned-answers.yaml: " + e.getMessage());
        }
    }

    Cards cards() {
        try {
            return Cards.read(text("cards.yaml"), CardRules::check);
        } catch (IllegalArgumentException e) {
            throw new SettingsException("config/cards.yaml: " + e.getMessage() + ".");
        }
    }

    ApprovalRules approvalRules() {
        try {
            return ApprovalRules.read(text("approvals.yaml"));
        } catch (IllegalArgumentException e) {
            throw new SettingsException("config/approvals.yaml: " + e.getMessage() + ".");
        }
    }

    SensitiveWords sensitiveWords() {
        try {
            return SensitiveWords.read(text("sensitive.yaml"));
        } catch (IllegalArgumentException e) {
            throw new SettingsException("config/sensitive.yaml, " + e.getMessage() + ".");
        }
    }

    KeepingRules keepingRules() {
        return KeepingRules.parse(text("keeping.yaml"));
    }

    OpeningHours.Rules openingHours() {
        return OpeningHours.parse(text("hours.yaml")).of(settings.list("hub.line.accounts"));
    }

    /** Reads a file of the configuration folder, or the one built in. */
    String text(String name) {
        Path own = folder.resolve(name);
        try {
            if (Files.isRegularFile(own)) {
                return Files.readString(own);
            }
            try (InputStream in = ConfigFiles.class.getClassLoader().getResourceAsStream("config/" + name)) {
                if (in == null) {
                    throw new SettingsException("There is no " + own + ", and none is built in.");
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(own + " cannot be read", e);
        }
    }
}
