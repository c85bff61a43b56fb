package io.tsunagi.salesforce;

/**
 * Why Salesforce did not take something.
 *
 * @param fate whether trying again can help
 * @param code Salesforce's error code, an HTTP status or the kind of breakdown
 * @param text what is stored and shown; holds no value a customer wrote
 */
record Failure(Fate fate, String code, String text) {
    enum Fate {
        /** Nobody can write now: Salesforce is away, slow or at a limit. */
        AWAY,
        /** Only this write must wait, such as for a locked row. */
        LATER,
        /** The same write will fail again: a person must look. */
        FINAL
    }
}
