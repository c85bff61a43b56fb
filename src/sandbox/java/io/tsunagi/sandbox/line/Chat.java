package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One customer's (or group's) chat with one account: how they stand to each other, and what the phone shows. */
final class Chat {
    final String account;
    final String with;
    /** What the phone shows, oldest first. */
    final List<ObjectNode> shown = new ArrayList<>();

    /** Who is in a group or room; nobody where the chat is with one customer. */
    final Set<String> members = new LinkedHashSet<>();

    /** A number of members that somebody set, whoever was seen; null to go by who was seen. */
    Integer size;

    /** Until when the channel has chat control, where channels share chats. */
    Instant controlUntil = Instant.EPOCH;

    /** Until when nobody else gets it, because another channel took it just now. */
    Instant lockedUntil = Instant.EPOCH;

    boolean friend;
    boolean blocked;
    Instant lastWritten;
    Instant typingUntil = Instant.EPOCH;
    String richMenu;

    Chat(String account, String with) {
        this.account = account;
        this.with = with;
    }

    /** How many people a message into it reaches. */
    int people() {
        return size != null ? size : Math.max(1, members.size());
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
