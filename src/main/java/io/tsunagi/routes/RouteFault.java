package io.tsunagi.routes;

/**
 * Why a route file cannot be used, for the person who wrote it.
 *
 * @param rule the rule's name, as {@code docs/integrate.md} lists it
 * @param line counted from 1
 * @param text a sentence without its capital that says what to do
 */
public record RouteFault(String file, int line, String rule, String text) {

    @Override
    public String toString() {
        return file + ":" + line + ": " + text + " [" + rule + "]";
    }
}
