package io.tsunagi.salesforce;

/** A route maps a field in a way that cannot be sent; the message names the field and no value. */
final class FieldException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FieldException(String message) {
        super(message);
    }
}
