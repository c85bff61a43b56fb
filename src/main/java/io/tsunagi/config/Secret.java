package io.tsunagi.config;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A text that must not be printed: a password, a token, a channel secret. Prints as {@code [hidden]}. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = Objects.requireNonNull(value);
    }

    /** Gives the text itself, for the one call that needs it. */
    public String reveal() {
        return value;
    }

    public byte[] bytes() {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    public boolean isEmpty() {
        return value.isEmpty();
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
