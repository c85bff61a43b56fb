package io.tsunagi.line;

import io.tsunagi.access.Face;
import io.tsunagi.config.Outgoing;
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
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The LINE official accounts this hub serves, as configured. Safe for many threads; nothing but a token that stands in a
 * file ever changes.
 */
public final class LineAccounts {
    /** Where an account's access token comes from. */
    public enum TokenKind {
        /** Issued by hand in LINE's console; has no end. */
        LONG_LIVED,
        /** Channel access token v2.1: issued to the hub for 30 days, for a JSON Web Token signed with the channel's key. */
        JWT,
        /** Issued to the hub for 15 minutes, for the channel secret; cannot be revoked. */
        STATELESS
    }

    /** What an account does in groups and rooms. */
    public enum Groups {
        /** Nothing; the events stay in the ledger. */
        IGNORE,
        /** It hears and answers messages that mention it, and nothing else that is said there. */
        MENTION
    }

    /** By which address customers call. */
    public enum CallLink {
        /** The hub's own, which opens once and ends with the offer. */
        HUB,
        /** The number or call link itself. */
        DIRECT
    }

    /** Where customers call: {@code tel:} and a number, or an https link; and whether they are sent there by the hub. */
    public record CallAddress(String address, boolean throughHub) {}

    /** When LINE is told that a customer's messages were read. */
    public enum MarkAsRead {
        NEVER,
        /** When an operator has looked at them. */
        ON_READ,
        /** When an operator has answered. */
        ON_ANSWER
    }

    /**
     * One account.
     *
     * @param secret the channel secret that signs its webhooks
     * @param secretOld the one before, while it is being replaced; may be empty
     * @param secretOldUntil from when on the one before no longer signs
     * @param token the token that does not end; empty where LINE issues tokens to the hub
     * @param channelId the channel's number, null where no token is asked for
     * @param assertion what proves the channel, null where no token is asked for with it
     * @param sender what customers see of the bot, null for the account itself
     * @param quotaReserve the part of the month's messages that the bot may not spend
     * @param chatControl whether other systems share the account's chats
     * @param call where customers call, null where they cannot
     */
    public record LineAccount(
            String name,
            String displayName,
            String language,
            ZoneId zone,
            Secret secret,
            Secret secretOld,
            Instant secretOldUntil,
            TokenKind tokenKind,
            Secret token,
            String channelId,
            ChannelAssertion assertion,
            Face sender,
            Groups groups,
            MarkAsRead markAsRead,
            double quotaReserve,
            LineChatControl.Policy chatControl,
            CallAddress call) {

        /** Gives the channel secrets that sign its webhooks at this time. */
        public List<Secret> secrets(Instant now) {
            return secretOld.isEmpty() || !now.isBefore(secretOldUntil) ? List.of(secret) : List.of(secret, secretOld);
        }

        private LineAccount withToken(Secret other) {
            return new LineAccount(
                    name,
                    displayName,
                    language,
                    zone,
                    secret,
                    secretOld,
                    secretOldUntil,
                    tokenKind,
                    other,
                    channelId,
                    assertion,
                    sender,
                    groups,
                    markAsRead,
                    quotaReserve,
                    chatControl,
                    call);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(LineAccounts.class);

    /** LINE's limit of a sender's name. */
    private static final int LONGEST_SENDER = 20;

    private final Settings settings;
    private volatile Function<String, Secret> issued = name -> {
        throw new NoTokenException(name, "nobody asks LINE for one");
    };
    private volatile Predicate<String> replaced = name -> false;
    private volatile Map<String, LineAccount> accounts;

    /** @throws SettingsException when an account lacks its secret or token, or LINE would be called in the clear */
    public LineAccounts(Settings settings) {
        this.settings = settings;
        Outgoing.refuseClear(settings, "hub.line.api");
        Outgoing.refuseClear(settings, "hub.line.data-api");
        Map<String, LineAccount> accounts = new LinkedHashMap<>();
        for (String name : settings.list("hub.line.accounts")) {
            if (!name.matches("[a-z0-9-]{1,64}")) {
                throw new SettingsException("The account '" + name
                        + "' in hub.line.accounts must be lower-case letters, digits and hyphens.");
            }
            accounts.put(name, account(settings, name, "hub.line.account." + name + "."));
        }
        this.accounts = accounts;
    }

    private static LineAccount account(Settings settings, String name, String key) {
        TokenKind kind = settings.find(key + "token-kind").isPresent()
                ? settings.choice(key + "token-kind", TokenKind.class)
                : TokenKind.LONG_LIVED;
        String channelId = kind == TokenKind.LONG_LIVED ? null : settings.needed(key + "channel-id");
        return new LineAccount(
                name,
                settings.find(key + "display-name").orElse(name),
                settings.find(key + "language").orElse("ja"),
                settings.find(key + "zone").isPresent() ? settings.zone(key + "zone") : ZoneId.of("Asia/Tokyo"),
                needed(settings, key + "secret"),
                settings.secret(key + "secret-old"),
                until(settings, key + "secret-old-until"),
                kind,
                kind == TokenKind.LONG_LIVED ? needed(settings, key + "token") : new Secret(""),
                channelId,
                kind == TokenKind.JWT ? assertion(settings, key + "jwk", channelId) : null,
                sender(settings, key),
                settings.choice(ownOrShared(settings, key, "groups"), Groups.class),
                settings.choice(ownOrShared(settings, key, "mark-as-read"), MarkAsRead.class),
                settings.share(ownOrShared(settings, key, "quota-reserve")),
                settings.choice(ownOrShared(settings, key, "chat-control"), LineChatControl.Policy.class),
                call(settings, key));
    }

    private static CallAddress call(Settings settings, String key) {
        String address = settings.find(key + "call").orElse("");
        CallLink link = settings.choice(ownOrShared(settings, key, "call-link"), CallLink.class);
        if (address.isEmpty()) {
            return null;
        }
        if (!address.matches("tel:\\+?[0-9][0-9-]{1,30}|https://[!-~]{1,992}")) {
            throw new SettingsException(
                    "The setting " + key
                            + "call must be a number such as tel:+81312345678, or an https address of at most 1000 characters.");
        }
        return new CallAddress(address, link == CallLink.HUB);
    }

    private static ChannelAssertion assertion(Settings settings, String key, String channelId) {
        try {
            return ChannelAssertion.of(channelId, needed(settings, key));
        } catch (IllegalArgumentException e) {
            throw new SettingsException(
                    "The key of " + key + " (or of the file that " + key + "-file names) " + e.getMessage() + ".");
        }
    }

    private static Face sender(Settings settings, String key) {
        String name = settings.find(key + "sender-name").orElse("");
        String icon = settings.find(key + "sender-icon").orElse("");
        if (name.isEmpty() && icon.isEmpty()) {
            return null;
        }
        if (name.length() > LONGEST_SENDER || name.equalsIgnoreCase("line")) {
            throw new SettingsException("The setting " + key + "sender-name must have at most " + LONGEST_SENDER
                    + " characters and must not be LINE.");
        }
        if (!icon.isEmpty() && !icon.matches("https://[!-~]{1,1992}")) {
            throw new SettingsException("The setting " + key + "sender-icon must be an https address of a square PNG.");
        }
        return new Face(name.isEmpty() ? null : name, icon.isEmpty() ? null : icon);
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

    /** Says who gets the tokens that LINE issues to the hub, and who gets another one for one that LINE refused. */
    void issuedBy(Function<String, Secret> issuer, Predicate<String> replacer) {
        issued = issuer;
        replaced = replacer;
    }

    /**
     * Gets an account another token after LINE refused it; one that stands in a file is read again: whoever issues tokens replaces the file that {@code
     * hub.line.account.NAME.token-file} names, and no restart is needed.
     *
     * @return whether it is another one now, so that the call is worth repeating
     */
    public boolean renewToken(String name) {
        LineAccount account = get(name);
        if (account.tokenKind() != TokenKind.LONG_LIVED) {
            return replaced.test(name);
        }
        return readAgain(name, account);
    }

    private synchronized boolean readAgain(String name, LineAccount account) {
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

    /**
     * Gives the value of the Authorization header of an account's calls.
     *
     * @throws NoTokenException when LINE issues no token
     */
    public String bearer(String name) {
        LineAccount account = get(name);
        Secret token = account.tokenKind() == TokenKind.LONG_LIVED ? account.token() : issued.apply(name);
        return "Bearer " + token.reveal();
    }
}
