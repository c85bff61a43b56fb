package io.tsunagi.routes;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What of a hub routes may name.
 *
 * @param beans the beans by name, with their classes
 * @param settings gives a setting's value, of those that are no secrets
 * @param environment gives a variable of the environment
 */
public record HubParts(
        Map<String, Class<?>> beans,
        Function<String, Optional<String>> settings,
        Function<String, Optional<String>> environment) {}
