package io.tsunagi.media;

import java.io.IOException;

/** Bytes carry a virus. */
public final class InfectedException extends IOException {
    private final String virus;

    InfectedException(String virus) {
        super("The file carries a virus");
        this.virus = virus;
    }

    /** Gives its name as the scanner knows it, at most 200 characters. */
    public String virus() {
        return virus;
    }
}
