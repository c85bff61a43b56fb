package io.tsunagi.bench;

import java.util.BitSet;

/**
 * A webhook server under load, and what it was sent and answered in this run. Its events are written by one event loop
 * and read after the load.
 *
 * @param path where it takes webhooks
 */
record Target(String name, int port, String path, TextEvents events, BitSet sent, BitSet acknowledged) {
    Target(String name, int port, String path, TextEvents events) {
        this(name, port, path, events, new BitSet(), new BitSet());
    }
}
