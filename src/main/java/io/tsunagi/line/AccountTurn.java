package io.tsunagi.line;

import io.tsunagi.inquiry.Incoming;
import io.tsunagi.store.AccountStandings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets events of an account itself take effect, inside the turn's transaction, which holds the account's lane. */
public final class AccountTurn {
    private static final Logger LOG = LoggerFactory.getLogger(AccountTurn.class);

    private final AccountStandings standings;

    public AccountTurn(AccountStandings standings) {
        this.standings = standings;
    }

    /** Stops sending for an account that LINE suspended, and goes on when it is resumed. */
    public void note(Incoming incoming) {
        boolean suspended = incoming.type().equals("botSuspended");
        standings.note(incoming.account(), suspended, incoming.at());
        LOG.warn("LINE {} the account {}", suspended ? "suspended" : "resumed", incoming.account());
    }
}
