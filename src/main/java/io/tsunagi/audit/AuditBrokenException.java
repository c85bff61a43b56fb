package io.tsunagi.audit;

/** The audit is not what the hub wrote: somebody changed, deleted or reordered it. */
public final class AuditBrokenException extends RuntimeException {
    AuditBrokenException(String message, Throwable cause) {
        super(message, cause);
    }
}
