package io.tsunagi.sandbox.line;

/** The bytes behind an image, video, audio or file message. */
final class Content {
    final String account;
    final String type;
    final String contentType;
    final byte[] bytes;
    /** How many more questions are answered "still preparing". */
    long pollsLeft;

    boolean unsent;

    Content(String account, String type, String contentType, byte[] bytes, long pollsLeft) {
        this.account = account;
        this.type = type;
        this.contentType = contentType;
        this.bytes = bytes;
        this.pollsLeft = pollsLeft;
    }
}
