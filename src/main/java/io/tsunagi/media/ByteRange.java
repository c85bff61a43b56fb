package io.tsunagi.media;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a file that somebody asks for, first and last byte included. Phones ask for a video in parts, and play none
 * that is not given so.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2">RFC 9110, 14.1.2</a>
 */
record ByteRange(long first, long last) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** Nothing of the file lies in the part that is asked for. */
    static final class OutsideException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Reads the header Range; empty for the whole file, as where several parts are asked for or another unit.
     *
     * @param header null when there is none
     * @throws OutsideException when nothing of the file is asked for
     */
    static Optional<ByteRange> of(String header, long size) throws OutsideException {
        Matcher one = ONE.matcher(header == null ? "" : header.strip());
        if (!one.matches() || one.group(1).isEmpty() && one.group(2).isEmpty()) {
            return Optional.empty();
        }
        if (one.group(1).isEmpty()) {
            long tail = Math.min(size, Long.parseLong(one.group(2)));
            return Optional.of(within(size - tail, size - 1, size));
        }
        long first = Long.parseLong(one.group(1));
        long last = one.group(2).isEmpty() ? size - 1 : Long.parseLong(one.group(2));
        if (!one.group(2).isEmpty() && last < first) {
            return Optional.empty();
        }
        return Optional.of(within(first, Math.min(last, size - 1), size));
    }

    private static ByteRange within(long first, long last, long size) throws OutsideException {
        if (first >= size || last < first) {
            throw new OutsideException();
        }
        return new ByteRange(first, last);
    }

    long length() {
        return last - first + 1;
    }
}
