package io.tsunagi.chaos;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Sees when a PostgreSQL client sends its COMMIT (PostgreSQL, "Frontend/Backend Protocol": Parse names a statement, Bind
 * uses it, Query says it at once). For one connection without TLS.
 */
final class CommitWatcher implements Link.Watcher {
    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
    private final Set<String> commits = new HashSet<>();
    private boolean begun;

    @Override
    public boolean sees(byte[] bytes, int length) {
        rest.write(bytes, 0, length);
        ByteBuffer frames = ByteBuffer.wrap(rest.toByteArray());
        boolean commit = false;
        while (true) {
            // The first packet has no type byte.
            int head = begun ? 1 : 0;
            if (frames.remaining() < head + 4) {
                break;
            }
            int size = head + frames.getInt(frames.position() + head);
            if (frames.remaining() < size) {
                break;
            }
            byte[] frame = new byte[size];
            frames.get(frame);
            commit |= begun && isCommit(frame);
            begun = true;
        }
        rest.reset();
        rest.write(frames.array(), frames.position(), frames.remaining());
        return commit;
    }

    private boolean isCommit(byte[] frame) {
        String first = text(frame, 5);
        return switch (frame[0]) {
            case 'P' -> {
                boolean says = text(frame, 5 + first.length() + 1).equalsIgnoreCase("COMMIT");
                if (says) {
                    commits.add(first);
                } else {
                    commits.remove(first);
                }
                yield false;
            }
            case 'B' -> commits.contains(text(frame, 5 + first.length() + 1));
            case 'Q' -> first.equalsIgnoreCase("COMMIT");
            default -> false;
        };
    }

    private static String text(byte[] frame, int from) {
        int to = from;
        while (to < frame.length && frame[to] != 0) {
            to++;
        }
        return from >= frame.length ? "" : new String(Arrays.copyOfRange(frame, from, to), StandardCharsets.ISO_8859_1);
    }
}
