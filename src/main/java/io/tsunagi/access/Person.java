package io.tsunagi.access;

import java.util.Objects;

/**
 * Somebody who signs in.
 *
 * @param name what they type to sign in, in lower case
 * @param displayName what colleagues see
 * @param language of the screens, {@code ja} or {@code en}
 * @param zone time zone of the screens, such as {@code Asia/Tokyo}
 */
public record Person(OperatorId id, String name, String displayName, Role role, String language, String zone) {
    public Person {
        Objects.requireNonNull(id);
        Objects.requireNonNull(name);
        Objects.requireNonNull(displayName);
        Objects.requireNonNull(role);
        Objects.requireNonNull(language);
        Objects.requireNonNull(zone);
    }
}
