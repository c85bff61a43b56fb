package io.tsunagi.access;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Says which role may call which path of the console's API. What stands in no rule is refused to everybody.
 *
 * <p>A rule also says whether its call is its person's doing: what screens fetch by themselves when something changed
 * does not keep a session alive.
 */
public final class Permissions {
    private static final Set<Role> EVERYBODY = Set.copyOf(EnumSet.allOf(Role.class));
    private static final Set<Role> STAFF = Set.of(Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN);
    private static final Set<Role> AUDITOR = Set.of(Role.AUDITOR);
    private static final Set<Role> ADMIN = Set.of(Role.ADMIN);
    private static final Set<Role> CHAT = Set.of(Role.OPERATOR, Role.SUPERVISOR);
    private static final Set<Role> SUPERVISOR = Set.of(Role.SUPERVISOR);
    private static final Set<Role> DESK = Set.of(Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN);
    private static final Set<Role> REPAIR = Set.of(Role.SUPERVISOR, Role.ADMIN);
    private static final Set<Role> RUN = Set.of(Role.ADMIN, Role.OPS);
    private static final Set<Role> FAILED_WORK = Set.of(Role.SUPERVISOR, Role.ADMIN, Role.OPS);

    private static final List<Rule> RULES = List.of(
            byScreen("GET", "/api/me", EVERYBODY),
            byPerson("POST", "/api/sign-out", EVERYBODY),
            byPerson("POST", "/api/me/password", EVERYBODY),
            byPerson("GET", "/api/me/keys", EVERYBODY),
            byPerson("POST", "/api/me/keys", EVERYBODY),
            byPerson("POST", "/api/me/keys/begin", EVERYBODY),
            byPerson("POST", "/api/me/keys/{id}/remove", EVERYBODY),
            byPerson("PUT", "/api/me/shortcuts", EVERYBODY),
            byPerson("PUT", "/api/me/presence", CHAT),
            byPerson("POST", "/api/me/hand-over", CHAT),
            byPerson("PUT", "/api/operators/{id}/presence", SUPERVISOR),
            byPerson("GET", "/api/operators/{id}/inquiries", SUPERVISOR),
            byPerson("POST", "/api/operators/{id}/hand-over", SUPERVISOR),
            byPerson("POST", "/api/notices", SUPERVISOR),
            byPerson("POST", "/api/notices/{notice}/read", CHAT),
            byScreen("POST", "/api/me/heartbeat", CHAT),
            byScreen("GET", "/api/workspace", STAFF),
            byScreen("GET", "/api/feed", STAFF),
            byScreen("GET", "/api/inquiries/{id}", CHAT),
            byPerson("GET", "/api/cases/{key}", CHAT),
            byScreen("GET", "/api/inquiries/{id}/messages", CHAT),
            byScreen("GET", "/api/inquiries/{id}/draft", CHAT),
            byScreen("POST", "/api/inquiries/{id}/translations", CHAT),
            byPerson("POST", "/api/inquiries/{id}/draft-translation", CHAT),
            byPerson("POST", "/api/inquiries/{id}/advice", SUPERVISOR),
            byPerson("POST", "/api/inquiries/{id}/advice/{advice}", CHAT),
            byPerson("POST", "/api/inquiries/{id}/help", CHAT),
            byScreen("GET", "/api/wall", SUPERVISOR),
            byPerson("GET", "/api/find", CHAT),
            byPerson("GET", "/api/reports", SUPERVISOR),
            byPerson("PUT", "/api/inquiries/{id}/draft", CHAT),
            byPerson("POST", "/api/inquiries/{id}/send", CHAT),
            byPerson("POST", "/api/inquiries/{id}/approvals/{approval}/approve", SUPERVISOR),
            byPerson("POST", "/api/inquiries/{id}/approvals/{approval}/return", SUPERVISOR),
            byPerson("POST", "/api/inquiries/{id}/approvals/{approval}/withdraw", CHAT),
            byPerson("POST", "/api/inquiries/{id}/images", CHAT),
            byPerson("POST", "/api/inquiries/{id}/videos", CHAT),
            byPerson("POST", "/api/inquiries/{id}/videos/{video}/preview", CHAT),
            byPerson("POST", "/api/inquiries/{id}/typing", CHAT),
            byPerson("POST", "/api/inquiries/{id}/undo", CHAT),
            byPerson("POST", "/api/inquiries/{id}/notes", CHAT),
            byPerson("POST", "/api/inquiries/{id}/accept", CHAT),
            byPerson("POST", "/api/inquiries/{id}/decline", CHAT),
            byPerson("POST", "/api/inquiries/{id}/hold", CHAT),
            byPerson("POST", "/api/inquiries/{id}/resume", CHAT),
            byPerson("POST", "/api/inquiries/{id}/close", CHAT),
            byPerson("POST", "/api/inquiries/{id}/reopen", CHAT),
            byPerson("POST", "/api/inquiries/{id}/hand-back", CHAT),
            byPerson("POST", "/api/inquiries/{id}/requeue", CHAT),
            byScreen("POST", "/api/inquiries/{id}/read", CHAT),
            byPerson("POST", "/api/inquiries/{id}/take", SUPERVISOR),
            byPerson("POST", "/api/inquiries/{id}/transfer", CHAT),
            byScreen("GET", "/api/colleagues", CHAT),
            byPerson("POST", "/api/inquiries/{id}/resend", CHAT),
            byPerson("POST", "/api/inquiries/{id}/identity-request", CHAT),
            byPerson("POST", "/api/inquiries/{id}/chat-control", CHAT),
            byPerson("POST", "/api/inquiries/{id}/call", CHAT),
            byPerson("POST", "/api/inquiries/{id}/call/begin", CHAT),
            byPerson("POST", "/api/inquiries/{id}/call/withdraw", CHAT),
            byPerson("POST", "/api/inquiries/{id}/call/end", CHAT),
            byScreen("POST", "/api/inquiries/{id}/mention-seen", CHAT),
            byScreen("GET", "/api/canned", DESK),
            byPerson("POST", "/api/canned/{id}/uses", CHAT),
            byPerson("PUT", "/api/canned", REPAIR),
            byPerson("DELETE", "/api/canned/{id}", REPAIR),
            byPerson("GET", "/api/proposals", REPAIR),
            byPerson("POST", "/api/inquiries/{id}/article-proposals", CHAT),
            byPerson("POST", "/api/proposals/{id}/approve", REPAIR),
            byPerson("POST", "/api/proposals/{id}/reject", REPAIR),
            byPerson("POST", "/api/inquiries/{id}/knowledge-uses", CHAT),
            byPerson("GET", "/api/customers/{id}/inquiries", CHAT),
            byPerson("GET", "/api/knowledge", CHAT),
            byScreen("GET", "/api/cards", CHAT),
            byScreen("GET", "/api/admin/accounts", REPAIR),
            byPerson("POST", "/api/admin/accounts/{account}/webhook-test", REPAIR),
            byScreen("GET", "/api/stickers", STAFF),
            byScreen("GET", "/api/stickers/{id}/picture", CHAT),
            byScreen("GET", "/api/emojis/{productId}/{emojiId}/picture", CHAT),
            byScreen("GET", "/api/media/{id}", CHAT),
            byPerson("POST", "/api/media/{id}/decision", CHAT),
            byPerson("GET", "/api/audit", AUDITOR),
            byPerson("GET", "/api/audit/inquiries/{id}", AUDITOR),
            byPerson("POST", "/api/audit/inquiries/{id}/reveal", AUDITOR),
            byPerson("GET", "/api/reveals", SUPERVISOR),
            byPerson("GET", "/api/admin/holds", REPAIR),
            byPerson("POST", "/api/admin/holds", REPAIR),
            byPerson("POST", "/api/admin/holds/{id}/lift", REPAIR),
            byPerson("GET", "/api/admin/configuration", ADMIN),
            byScreen("GET", "/api/admin/routes", RUN),
            byScreen("GET", "/api/admin/failed-work", FAILED_WORK),
            byPerson("POST", "/api/admin/failed-work/delivery/{id}/dismiss", REPAIR),
            byPerson("POST", "/api/admin/failed-work/{kind}/{id}/retry", FAILED_WORK),
            byPerson("GET", "/api/admin/people", ADMIN),
            byPerson("POST", "/api/admin/people", ADMIN),
            byPerson("PUT", "/api/admin/people/{id}", ADMIN),
            byPerson("POST", "/api/admin/people/{id}/disable", ADMIN),
            byPerson("POST", "/api/admin/people/{id}/invitation", ADMIN),
            byPerson("DELETE", "/api/admin/people/{id}/invitation", ADMIN),
            byPerson("DELETE", "/api/admin/people/{id}/second-factor", ADMIN));

    private Permissions() {}

    /**
     * Who may make a call.
     *
     * @param path with {@code {name}} for one segment of any value
     * @param activity whether the call keeps its person's session alive
     */
    public record Rule(String method, String path, Set<Role> roles, boolean activity) {
        /** Gives the names of the path's values. */
        List<String> parameters() {
            return Arrays.stream(path.split("/"))
                    .filter(part -> part.startsWith("{"))
                    .map(part -> part.substring(1, part.length() - 1))
                    .toList();
        }

        boolean covers(String method, String path) {
            if (!method.equals(this.method)) {
                return false;
            }
            String[] wanted = this.path.split("/", -1);
            String[] asked = path.split("/", -1);
            if (wanted.length != asked.length) {
                return false;
            }
            for (int i = 0; i < wanted.length; i++) {
                boolean any = wanted[i].startsWith("{");
                if (any ? asked[i].isEmpty() : !wanted[i].equals(asked[i])) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Gives every rule. */
    public static List<Rule> all() {
        return RULES;
    }

    /** Gives the rule of a call; none where nobody may make it. */
    public static Optional<Rule> rule(String method, String path) {
        return RULES.stream().filter(rule -> rule.covers(method, path)).findFirst();
    }

    private static Rule byPerson(String method, String path, Set<Role> roles) {
        return new Rule(method, path, roles, true);
    }

    private static Rule byScreen(String method, String path, Set<Role> roles) {
        return new Rule(method, path, roles, false);
    }
}
