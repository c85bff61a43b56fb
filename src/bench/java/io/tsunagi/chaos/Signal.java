package io.tsunagi.chaos;

import java.io.IOException;

/** A signal that Java itself does not send. Needs {@code kill}. */
enum Signal {
    INTERRUPT("INT"),
    FREEZE("STOP"),
    THAW("CONT");

    private final String name;

    Signal(String name) {
        this.name = name;
    }

    void send(long process) throws IOException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process))
                .inheritIO()
                .start();
        if (kill.onExit().join().exitValue() != 0) {
            throw new IllegalStateException("Process " + process + " takes no signal " + name);
        }
    }
}
