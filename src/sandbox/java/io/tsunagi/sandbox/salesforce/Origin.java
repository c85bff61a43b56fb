package io.tsunagi.sandbox.salesforce;

/** Who writes: the user, and the {@code changeOrigin} that change events carry (empty for a person at the screen). */
record Origin(String userId, String changeOrigin) {

    /** A caller of the REST API; {@code client} comes from {@code Sforce-Call-Options: client=…} and may be empty. */
    static Origin rest(String userId, String version, String client) {
        return new Origin(userId, "com/salesforce/api/rest/" + version + (client.isEmpty() ? "" : ";client=" + client));
    }
}
