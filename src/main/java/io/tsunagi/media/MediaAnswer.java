package io.tsunagi.media;

import io.tsunagi.web.Web;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Answers a browser or a phone with the bytes of a medium, whole or the part that is asked for. */
public final class MediaAnswer {
    private MediaAnswer() {}

    /**
     * Writes the answer; no header is taken away.
     *
     * @param range the header Range of the request, null when there is none
     * @throws MediaGoneException when the medium does not open
     */
    public static void write(Message answer, Media media, MediaRow row, String range) throws MediaGoneException {
        answer.setHeader("Accept-Ranges", "bytes");
        answer.setHeader(Exchange.CONTENT_TYPE, row.contentType());
        try {
            ByteRange part = ByteRange.of(range, row.size()).orElse(null);
            InputStream bytes = media.open(row.id(), part == null ? 0 : part.first());
            answer.setHeader(Exchange.HTTP_RESPONSE_CODE, part == null ? 200 : 206);
            if (part != null) {
                answer.setHeader("Content-Range", "bytes " + part.first() + "-" + part.last() + "/" + row.size());
            }
            answer.setHeader(Web.LENGTH, part == null ? row.size() : part.length());
            answer.setBody(part == null ? bytes : new Part(bytes, part.length()));
        } catch (ByteRange.OutsideException e) {
            answer.setHeader(Exchange.HTTP_RESPONSE_CODE, 416);
            answer.setHeader("Content-Range", "bytes */" + row.size());
            answer.setBody(null);
        }
    }

    /** The beginning of a stream. */
    private static final class Part extends FilterInputStream {
        private long left;

        private Part(InputStream bytes, long length) {
            super(bytes);
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left <= 0) {
                return -1;
            }
            int count = super.read(into, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            long skipped = super.skip(Math.min(count, left));
            left -= skipped;
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
