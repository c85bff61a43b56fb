package io.tsunagi.line;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The LINE official accounts this hub serves, as configured. Immutable. */
public final class LineAccounts {
    /**
     * One account.
     *
     * @param secrets channel secrets that sign its webhooks: the present one, and the one before while it is being replaced
     */
    public record LineAccount(
            String name, String displayName, String language, ZoneId zone, List<Secret> secrets, Secret token) {}

    private final Map<String, LineAccount> accounts = new LinkedHashMap<>();

    /** @throws SettingsException when an account lacks its secret or token */
    public LineAccounts(Settings settings) {
        for (String name : settings.list("hub.line.accounts")) {
            if (!name.matches("[a-z0-9-]{1,64}")) {
                throw new SettingsException("The account '" + name
                        + "' in hub.line.accounts must be lower-case letters, digits and hyphens.");
            }
            String key = "hub.line.account." + name + ".";
            Secret secret = needed(settings, key + "secret");
            Secret old = settings.secret(key + "secret-old");
            accounts.put(
                    name,
                    new LineAccount(
                            name,
                            settings.find(key + "display-name").orElse(name),
                            settings.find(key + "language").orElse("ja"),
                            settings.find(key + "zone").isPresent()
                                    ? settings.zone(key + "zone")
                                    : ZoneId.of("Asia/Tokyo"),
                            old.isEmpty() ? List.of(secret) : List.of(secret, old),
                            needed(settings, key + "token")));
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
