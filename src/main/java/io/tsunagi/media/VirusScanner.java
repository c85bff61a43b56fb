package io.tsunagi.media;

import io.tsunagi.config.Settings;
import java.io.Closeable;
import java.util.Optional;

/** Looks for viruses in bytes before anybody is shown them. Safe for many threads. */
interface VirusScanner {
    /** Gives the scanner that {@code hub.media.clamd} names; without one nothing is ever found. */
    static VirusScanner of(Settings settings) {
        String address = settings.text("hub.media.clamd");
        return address.isEmpty()
                ? new NoScanner()
                : Clamd.at(address, settings.whole("hub.media.clamd-timeout-millis", 100, 50_000));
    }

    /**
     * Begins a look at the bytes of one medium; whoever asked closes it.
     *
     * @throws NotScannedException when the scanner cannot be reached
     */
    Look begin() throws NotScannedException;

    /**
     * Begins a look while somebody waits for it in a thread that others need: refused at once where it could take long.
     *
     * @throws NotScannedException when the scanner does not answer, or looks for enough of them already
     */
    Look beginAtOnce() throws NotScannedException;

    /** Gives what to tell whoever looks after the hub; empty while all is well. */
    Optional<String> trouble();

    /** One look, by one thread. */
    interface Look extends Closeable {
        /** Takes the next bytes. */
        void see(byte[] bytes, int offset, int length) throws NotScannedException;

        /**
         * Ends the look.
         *
         * @return the name of what was found, empty when nothing was
         * @throws NotScannedException when the scanner could not say
         */
        Optional<String> found() throws NotScannedException;

        @Override
        void close();
    }

    /** Finds nothing, for hubs without a scanner. */
    final class NoScanner implements VirusScanner, Look {
        @Override
        public Look begin() {
            return this;
        }

        @Override
        public Look beginAtOnce() {
            return this;
        }

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public void see(byte[] bytes, int offset, int length) {}

        @Override
        public Optional<String> found() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
