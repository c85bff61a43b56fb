package io.tsunagi.config;

/** A value in the configuration that the hub cannot work with; its message says which and what to do. */
public final class SettingsException extends RuntimeException {
    public SettingsException(String message) {
        super(message);
    }
}
