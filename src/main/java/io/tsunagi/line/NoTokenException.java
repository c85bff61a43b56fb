package io.tsunagi.line;

/** LINE issued no access token: no call of the account can begin. */
public final class NoTokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoTokenException(String account, String why) {
        super("LINE issues no token for account " + account + ": " + why);
    }
}
