package io.tsunagi.access;

import java.util.Locale;

/** What a person may do; {@link Permissions} says it path by path. */
public enum Role {
    /** Answers customers. */
    OPERATOR,
    /** Answers customers, and takes over, watches and repairs the work of others. */
    SUPERVISOR,
    /** Runs the hub: people, failed work, routes. */
    ADMIN,
    /** Checks who saw or did what; reads what customers said only for a reason, for a short time. */
    AUDITOR,
    /** Keeps the hub running: health, Hawtio, failed work; no customer's words. */
    OPS;

    /** Gives the role as it stands in the configuration, the database and JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when there is no such role */
    public static Role of(String word) {
        return valueOf(word.strip().toUpperCase(Locale.ROOT));
    }
}
