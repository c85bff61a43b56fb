package io.tsunagi.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a process believe in another time, by libfaketime (Debian: faketime). */
final class Clocks {
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"));

    private Clocks() {}

    static Optional<Path> library() {
        return PLACES.stream().filter(Files::exists).findFirst();
    }

    /**
     * Gives the environment of a process whose wall clock follows a file that says, for example, {@code +2h}; the
     * monotonic clock stays right, as it does on a machine whose time is set.
     */
    static Map<String, String> settings(Path file) {
        return Map.of(
                "LD_PRELOAD",
                library().orElseThrow().toString(),
                "FAKETIME_TIMESTAMP_FILE",
                file.toAbsolutePath().toString(),
                "FAKETIME_NO_CACHE",
                "1",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1");
    }
}
