package io.tsunagi.line;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The LINE official accounts this hub serves, as configured. Safe for many threads; nothing but a token that stands in a
 * file ever changes.
 */
public final class LineAccounts {
    /**
     * One account.
     *
     * @param secret the channel secret that signs its webhooks
     * @param secretOld the one before, while it is being replaced; may be empty
     * @param secretOldUntil from when on the one before no longer signs
     * @param quotaReserve the part of the month's messages that the bot may not spend
     */
    public record LineAccount(
            String name,
            String displayName,
            String language,
            ZoneId zone,
            Secret secret,
            Secret secretOld,
            Instant secretOldUntil,
            double quotaReserve,
            Secret token) {

        /** Gives the channel secrets that sign its webhooks at this time. */
        public List<Secret> secrets(Instant now) {
            return secretOld.isEmpty() || !now.isBefore(secretOldUntil) ? List.of(secret) : List.of(secret, secretOld);
        }

        private LineAccount withToken(Secret other) {
            return new LineAccount(
                    name, displayName, language, zone, secret, secretOld, secretOldUntil, quotaReserve, other);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(LineAccounts.class);

    private final Settings settings;
    private volatile Map<String, LineAccount> accounts;

    /** @throws SettingsException when an account lacks its secret or token */
    public LineAccounts(Settings settings) {
        this.settings = settings;
        Map<String, LineAccount> accounts = new LinkedHashMap<>();
        for (String name : settings.list("hub.line.accounts")) {
            if (!name.matches("[a-z0-9-]{1,64}")) {
                throw new SettingsException("The account '" + name
                        + "' in hub.line.accounts must be lower-case letters, digits and hyphens.");
            }
            String key = "hub.line.account." + name + ".";
            accounts.put(
                    name,
                    new LineAccount(
                            name,
                            settings.find(key + "display-name").orElse(name),
                            settings.find(key + "language").orElse("ja"),
                            settings.find(key + "zone").isPresent()
                                    ? settings.zone(key + "zone")
                                    : ZoneId.of("Asia/Tokyo"),
                            needed(settings, key + "secret"),
                            settings.secret(key + "secret-old"),
                            until(settings, key + "secret-old-until"),
                            settings.share(ownOrShared(settings, key, "quota-reserve")),
                            needed(settings, key + "token")));
        }
        this.accounts = accounts;
    }

    /** Gives the key of an account's own setting where it has one, of the one for all accounts otherwise. */
    private static String ownOrShared(Settings settings, String key, String name) {
        return settings.find(key + name).isPresent() ? key + name : "hub.line." + name;
    }

    private static Instant until(Settings settings, String key) {
        String value = settings.find(key).orElse("");
        try {
            return value.isEmpty() ? Instant.MAX : OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeException e) {
            throw new SettingsException("The setting " + key + " is '" + value
                    + "', which is not a time with its offset such as 2026-04-01T09:00:00+09:00.");
        }
    }

    private static Secret needed(Settings settings, String key) {
        Secret secret = settings.secret(key);
        if (secret.isEmpty()) {
            throw new SettingsException(
                    "The account needs " + key + ": set it in the environment, or name a file with " + key + "-file.");
        }
        return secret;
    }

    /**
     * Reads an account's token again after LINE refused it: whoever issues tokens replaces the file that {@code
     * hub.line.account.NAME.token-file} names, and no restart is needed.
     *
     * @return whether it is another one now, so that the call is worth repeating
     */
    public synchronized boolean renewToken(String name) {
        LineAccount account = get(name);
        Secret token;
        try {
            token = settings.secret("hub.line.account." + name + ".token");
        } catch (SettingsException e) {
            LOG.warn("LINE refused the token of account {}. {}", name, e.getMessage());
            return false;
        }
        if (token.isEmpty() || token.reveal().equals(account.token().reveal())) {
            return false;
        }
        Map<String, LineAccount> renewed = new LinkedHashMap<>(accounts);
        renewed.put(name, account.withToken(token));
        accounts = renewed;
        LOG.info("Account {} has a new token", name);
        return true;
    }

    public Optional<LineAccount> find(String name) {
        return Optional.ofNullable(accounts.get(name));
    }

    /** Gives an account that events or deliveries name. */
    public LineAccount get(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalStateException("The account " + name + " is no longer configured"));
    }

    public Map<String, LineAccount> all() {
        return Map.copyOf(accounts);
    }

    /** Gives the language an account's customers are met in. */
    public String languageOf(String account) {
        return get(account).language();
    }

    /** Gives the value of the Authorization header of an account's calls. */
    public String bearer(String account) {
        return "Bearer " + get(account).token().reveal();
    }
}
