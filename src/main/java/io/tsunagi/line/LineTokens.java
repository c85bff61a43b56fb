package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Secret;
import io.tsunagi.line.LineAccounts.LineAccount;
import io.tsunagi.line.LineAccounts.TokenKind;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the access tokens of accounts whose tokens LINE issues to the hub, and renews them when two thirds of their time are
 * over. All nodes use the same token, which lies sealed in the database: LINE issues at most 30 of the 30-day kind to a
 * channel at a time. Of many threads of a node that need a token at once, one asks; of many nodes, the schedule's. Safe
 * for many threads.
 *
 * @see <a href="https://developers.line.biz/en/docs/basics/channel-access-token/">Channel access tokens</a>
 */
public final class LineTokens {
    private static final Logger LOG = LoggerFactory.getLogger(LineTokens.class);
    private static final String TABLE = "account_tokens";

    /** A token is not used when it ends so soon that a call under way would outlive it. */
    private static final Duration LAST_CALL = Duration.ofSeconds(30);

    /** Other nodes' renewals are looked for so often, and a token LINE refuses is replaced no more often. */
    private static final Duration APART = Duration.ofSeconds(10);

    /** A token in use; {@code lookedAt} is when the database was last asked for a newer one. */
    private record Token(Secret value, Instant issuedAt, Instant until, Instant lookedAt) {
        private boolean usable(Instant now) {
            return now.isBefore(until.minus(LAST_CALL));
        }

        private boolean due(Instant now) {
            return !now.isBefore(until.minus(Duration.between(issuedAt, until).dividedBy(3)));
        }

        private Token looked(Instant at) {
            return new Token(value, issuedAt, until, at);
        }
    }

    private final ObjectMapper json = new ObjectMapper();
    private final Store store;
    private final LineAccounts accounts;
    private final Clock clock;
    private final Map<String, Token> known = new ConcurrentHashMap<>();
    private final Map<String, Object> locks = new ConcurrentHashMap<>();
    private volatile Function<String, Exchange> route = account -> {
        throw new NoTokenException(account, "the hub is not ready to ask for one");
    };

    public LineTokens(Store store, LineAccounts accounts, Clock clock) {
        this.store = store;
        this.accounts = accounts;
        this.clock = clock;
        accounts.issuedBy(this::current, this::replace);
    }

    /** Says how LINE is called: given an account's name, the exchange that comes back holds LINE's answer or a failure. */
    public void calledBy(Function<String, Exchange> route) {
        this.route = route;
    }

    /**
     * Gives an account's token, asking LINE for one when there is none that lasts.
     *
     * @throws NoTokenException when LINE issues none
     */
    private Secret current(String account) {
        Instant now = clock.instant();
        Token token = known.get(account);
        if (token != null
                && token.usable(now)
                && !(token.due(now) && token.lookedAt().isBefore(now.minus(APART)))) {
            return token.value();
        }
        synchronized (lock(account)) {
            return freshest(account, clock.instant())
                    .orElseGet(() -> issue(account))
                    .value();
        }
    }

    /** The best token there is, of this node or of another; call it under the account's lock. */
    private Optional<Token> freshest(String account, Instant now) {
        Token token = known.get(account);
        boolean looked = token != null && !token.lookedAt().isBefore(now.minus(APART));
        if (token == null || !token.usable(now) || token.due(now) && !looked) {
            token = stored(account, now)
                    .filter(kept -> kept.usable(now))
                    .orElse(token == null ? null : token.looked(now));
            if (token != null) {
                known.put(account, token);
            }
        }
        return Optional.ofNullable(token).filter(found -> found.usable(now));
    }

    private Optional<Token> stored(String account, Instant now) {
        UUID id = idOf(account);
        return store.jdbc()
                .sql("select token, issued_at, expires_at from account_tokens where id = ?")
                .param(id)
                .query((row, i) -> new Token(
                        new Secret(store.sealing().openText(TABLE, id, row.getBytes("token"))),
                        Store.instant(row.getTimestamp("issued_at")),
                        Store.instant(row.getTimestamp("expires_at")),
                        now))
                .optional();
    }

    /** Names the accounts whose token is to be renewed now. */
    public List<String> due() {
        Instant now = clock.instant();
        return accounts.all().values().stream()
                .filter(account -> account.tokenKind() != TokenKind.LONG_LIVED)
                .map(LineAccount::name)
                .filter(account ->
                        stored(account, now).map(token -> token.due(now)).orElse(true))
                .sorted()
                .toList();
    }

    /** Renews an account's token; when LINE issues none, the one there is stays. */
    public void renew(String account) {
        synchronized (lock(account)) {
            Instant now = clock.instant();
            Optional<Token> stored = stored(account, now);
            if (stored.isEmpty() || stored.get().due(now)) {
                issue(account);
            }
        }
    }

    /** Gives when an account's token ends; empty when there is none, or none that ends. */
    public Optional<Instant> endOf(String account) {
        return stored(account, clock.instant()).map(Token::until);
    }

    /** LINE refused the token: gets another one, unless that was just done. */
    private boolean replace(String account) {
        synchronized (lock(account)) {
            Instant now = clock.instant();
            Token refused = known.get(account);
            Optional<Token> stored = stored(account, now);
            boolean other = stored.isPresent()
                    && refused != null
                    && !stored.get().value().reveal().equals(refused.value().reveal());
            if (other) {
                known.put(account, stored.get());
                return true;
            }
            if (stored.isPresent() && stored.get().issuedAt().isAfter(now.minus(APART))) {
                return false;
            }
            try {
                issue(account);
                return true;
            } catch (NoTokenException e) {
                LOG.warn("LINE refused a token, and no other one came. {}", e.getMessage());
                return false;
            }
        }
    }

    private Token issue(String account) {
        Exchange answered = route.apply(account);
        if (answered.getException() != null) {
            throw new NoTokenException(
                    account, answered.getException().getClass().getSimpleName());
        }
        int status = answered.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        JsonNode body = read(answered.getMessage().getBody(String.class));
        String value = body.path("access_token").asText("");
        long seconds = body.path("expires_in").asLong(0);
        if (status != 200 || value.isEmpty() || seconds <= LAST_CALL.toSeconds()) {
            // Errors of tokens look different from LINE's others: error and error_description.
            throw new NoTokenException(
                    account,
                    (status + " " + body.path("error").asText("") + " "
                                    + body.path("error_description").asText(""))
                            .strip());
        }
        Instant now = clock.instant();
        Token token = new Token(new Secret(value), now, now.plusSeconds(seconds), now);
        keep(account, token);
        known.put(account, token);
        LOG.info("LINE issued a token for account {}, until {}", account, token.until());
        return token;
    }

    private void keep(String account, Token token) {
        UUID id = idOf(account);
        byte[] sealed = store.sealing().seal(TABLE, id, token.value().reveal());
        store.inOwnTransaction(() -> {
            store.jdbc()
                    .sql("""
                            insert into account_tokens (id, account, token, issued_at, expires_at)
                            values (?, ?, ?, ?, ?) on conflict do nothing
                            """)
                    .params(id, account, sealed, Store.at(token.issuedAt()), Store.at(token.until()))
                    .update();
            store.jdbc()
                    .sql("update account_tokens set token = ?, issued_at = ?, expires_at = ? where id = ?")
                    .params(sealed, Store.at(token.issuedAt()), Store.at(token.until()), id)
                    .update();
            return null;
        });
    }

    private JsonNode read(String body) {
        try {
            return json.readTree(body == null || body.isEmpty() ? "{}" : body);
        } catch (JsonProcessingException e) {
            return json.createObjectNode();
        }
    }

    /** Gives the path of LINE's that issues an account's kind of token. */
    public String path(String account) {
        return accounts.get(account).tokenKind() == TokenKind.STATELESS ? "/oauth2/v3/token" : "/oauth2/v2.1/token";
    }

    /** Gives the form that asks for an account's token; it holds a secret, never log it. */
    public String form(String account) {
        LineAccount known = accounts.get(account);
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "client_credentials");
        if (known.tokenKind() == TokenKind.STATELESS) {
            form.put("client_id", known.channelId());
            form.put("client_secret", known.secret().reveal());
        } else {
            form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            form.put("client_assertion", known.assertion().sign(clock.instant()));
        }
        return form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private Object lock(String account) {
        return locks.computeIfAbsent(account, name -> new Object());
    }

    private static UUID idOf(String account) {
        return Ids.derived("token", account);
    }
}
