package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One customer's (or group's) chat with one account: how they stand to each other, and what the phone shows. */
final class Chat {
    final String account;
    final String with;
    /** What the phone shows, oldest first. */
    final List<ObjectNode> shown = new ArrayList<>();

    boolean friend;
    boolean blocked;
    Instant lastWritten;
    Instant typingUntil = Instant.EPOCH;
    String richMenu;

    Chat(String account, String with) {
        this.account = account;
        this.with = with;
    }

    ObjectNode find(String messageId) {
        for (ObjectNode entry : shown) {
            if (entry.path("id").asText().equals(messageId)) {
                return entry;
            }
        }
        return null;
    }

    ObjectNode lastFrom(String from) {
        for (int i = shown.size() - 1; i >= 0; i--) {
            if (shown.get(i).path("from").asText().equals(from)) {
                return shown.get(i);
            }
        }
        return null;
    }
}
