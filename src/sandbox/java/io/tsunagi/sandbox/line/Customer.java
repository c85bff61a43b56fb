package io.tsunagi.sandbox.line;

/** A person with a phone, or a group or room when the id says so; the names are invented. */
final class Customer {
    final String id;
    String displayName;
    String language;
    String statusMessage;
    /** The person has not agreed to show the profile: the profile end point answers 404. */
    boolean profileHidden;

    Customer(String id, String displayName, String language) {
        this.id = id;
        this.displayName = displayName;
        this.language = language;
    }
}
