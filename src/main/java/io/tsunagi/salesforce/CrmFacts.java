package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Gives what the field mapping of the routes may use, under plain names. Bean {@code crmFacts} of the routes.
 *
 * <p>Of an inquiry: {@code inquiryKey} (its UUID without hyphens), {@code inquiryNumber}, {@code account}, {@code state},
 * {@code status} (New, Working or Closed), {@code language}, {@code team}, {@code skill}, {@code topic}, {@code subject}
 * (topic or else the first question, at most 255 long), {@code question}, {@code priority} (1 is the most urgent, 3 the usual), {@code
 * priorityWord} (Low, Medium or High), {@code handOffReason}, {@code openedAt}, {@code handedOffAt}, {@code closedAt},
 * {@code closeReason}, {@code operator} (name shown to colleagues), {@code lineUserId}, {@code customerName} (at most 80
 * long), {@code contactId}, {@code caseId}, {@code caseNumber}, {@code surveyScore}, {@code surveyAnsweredAt}.
 *
 * <p>Of a message, beside {@code inquiryKey}, {@code inquiryNumber} and {@code account}: {@code messageKey}, {@code
 * lineMessageId}, {@code seq}, {@code sender}, {@code direction} (Inbound or Outbound), {@code type}, {@code text},
 * {@code sentAt}, {@code operator}.
 *
 * <p>Of an article that was used, beside those of the inquiry: {@code articleId}.
 *
 * <p>A fact that is not known is missing. Instants are ISO-8601 in UTC. Pictures and files are named by their kind only;
 * their bytes never leave the hub. Words are opened here, when the call is about to be made, so that what was masked or
 * taken back since stays so. Safe for many threads.
 */
public final class CrmFacts {
    private static final int LONGEST_SUBJECT = 255;
    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_TEXT = 32_000;
    private static final Set<String> FILES = Set.of("image", "video", "audio", "file");

    private final Store store;

    CrmFacts(Store store) {
        this.store = store;
    }

    /** Gives the facts of an inquiry, or for transcript work those of its messages under {@code messages}. */
    public Map<String, Object> gather(Work work) {
        if (work.kind() == Kind.ARTICLE) {
            Map<String, Object> facts = plain(work.inquiry());
            facts.put("articleId", article(work.rows().get(0).subject()));
            return facts;
        }
        if (work.kind() != Kind.TRANSCRIPT) {
            return inquiry(work.inquiry());
        }
        Map<String, Object> inquiry = plain(work.inquiry());
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Work.Row row : work.rows()) {
            Map<String, Object> message = message(row.subject());
            for (String shared : List.of("inquiryKey", "inquiryNumber", "account")) {
                message.put(shared, inquiry.get(shared));
            }
            messages.add(message);
        }
        return Map.of("messages", messages);
    }

    private String article(UUID use) {
        return store.jdbc()
                .sql("select article from article_uses where id = ?")
                .param(use)
                .query(String.class)
                .single();
    }

    private Map<String, Object> inquiry(UUID id) {
        Map<String, Object> facts = plain(id);
        question(id).ifPresent(question -> facts.put("question", question));
        Object subject = facts.getOrDefault("topic", facts.get("question"));
        facts.put(
                "subject",
                subject == null
                        ? "LINE " + facts.get("inquiryNumber")
                        : cut(subject.toString().strip().replaceAll("\\s+", " "), LONGEST_SUBJECT));
        return facts;
    }

    private Map<String, Object> plain(UUID id) {
        return store.jdbc()
                .sql("""
                        select i.*, c.line_user_id, c.name, c.contact_id, o.display_name, s.score, s.answered_at,
                               (select count(*) from crm_work w
                                 where w.inquiry = i.id and w.kind = 'CLOSE' and w.state = 'QUEUED') as closes
                          from inquiries i
                          join customers c on c.id = i.customer
                          left join operators o on o.id = i.operator
                          left join surveys s on s.inquiry = i.id
                         where i.id = ?
                        """)
                .param(id)
                .query((row, n) -> {
                    Map<String, Object> facts = new HashMap<>();
                    UUID customer = row.getObject("customer", UUID.class);
                    String state = row.getString("state");
                    int priority = row.getInt("priority");
                    facts.put("inquiryKey", key(id));
                    facts.put("inquiryNumber", row.getLong("number"));
                    facts.put("account", row.getString("account"));
                    facts.put("state", state);
                    facts.put("status", status(state, row.getInt("closes") > 0));
                    facts.put("language", row.getString("language"));
                    facts.put("team", row.getString("team"));
                    facts.put("skill", row.getString("skill"));
                    facts.put("topic", row.getString("topic"));
                    facts.put("priority", priority);
                    facts.put("priorityWord", priority < 3 ? "High" : priority > 3 ? "Low" : "Medium");
                    facts.put("handOffReason", row.getString("hand_off_reason"));
                    facts.put("openedAt", time(row.getObject("opened_at", OffsetDateTime.class)));
                    facts.put("handedOffAt", time(row.getObject("handed_off_at", OffsetDateTime.class)));
                    facts.put("closedAt", time(row.getObject("closed_at", OffsetDateTime.class)));
                    facts.put("closeReason", row.getString("close_reason"));
                    facts.put("operator", row.getString("display_name"));
                    facts.put("lineUserId", row.getString("line_user_id"));
                    facts.put("customerName", name(customer, row.getBytes("name")));
                    facts.put("contactId", row.getString("contact_id"));
                    facts.put("caseId", row.getString("case_id"));
                    facts.put("caseNumber", row.getString("case_number"));
                    facts.put("surveyScore", row.getObject("score"));
                    facts.put("surveyAnsweredAt", time(row.getObject("answered_at", OffsetDateTime.class)));
                    facts.values().removeIf(java.util.Objects::isNull);
                    return facts;
                })
                .single();
    }

    /** A Case is not called closed while its closing waits in line behind its transcript. */
    private static String status(String state, boolean closeWaits) {
        return switch (state) {
            case "ASSIGNED", "HELD" -> "Working";
            case "CLOSED" -> closeWaits ? "Working" : "Closed";
            default -> "New";
        };
    }

    private String name(UUID customer, byte[] sealed) {
        String name = store.sealing().openText("customers", customer, sealed);
        // Salesforce needs a last name; a customer whose profile LINE does not give has none.
        return name == null || name.isBlank() ? "LINE" : cut(name.strip(), LONGEST_NAME);
    }

    /** Gives what the customer asked first, in words. */
    private java.util.Optional<String> question(UUID inquiry) {
        return store.jdbc()
                .sql("""
                        select id, content from messages
                         where inquiry = ? and sender = 'CUSTOMER' and type = 'text'
                           and content is not null and unsent_at is null
                         order by seq fetch first 1 rows only
                        """)
                .param(inquiry)
                .query((row, n) -> {
                    UUID id = row.getObject("id", UUID.class);
                    return said("text", content(id, row.getBytes("content")));
                })
                .optional()
                .filter(text -> !text.isBlank());
    }

    private Map<String, Object> message(UUID id) {
        return store.jdbc()
                .sql("""
                        select m.*, o.display_name from messages m left join operators o on o.id = m.author
                         where m.id = ?
                        """)
                .param(id)
                .query((row, n) -> {
                    Map<String, Object> facts = new HashMap<>();
                    boolean unsent = row.getObject("unsent_at") != null;
                    boolean purged = row.getObject("purged_at") != null;
                    String type = row.getString("type");
                    String sender = row.getString("sender");
                    facts.put("messageKey", key(id));
                    facts.put("lineMessageId", row.getString("line_message_id"));
                    facts.put("seq", row.getInt("seq"));
                    facts.put("sender", sender);
                    facts.put("direction", "CUSTOMER".equals(sender) ? "Inbound" : "Outbound");
                    facts.put("type", unsent ? "unsent" : type);
                    facts.put("text", unsent || purged ? "" : said(type, content(id, row.getBytes("content"))));
                    facts.put("sentAt", time(row.getObject("at", OffsetDateTime.class)));
                    facts.put("operator", "OPERATOR".equals(sender) ? row.getString("display_name") : null);
                    facts.values().removeIf(java.util.Objects::isNull);
                    return facts;
                })
                .single();
    }

    private Map<?, ?> content(UUID message, byte[] sealed) {
        byte[] clear = store.sealing().open("messages", message, sealed);
        return clear == null ? Map.of() : Json.read(clear, Map.class);
    }

    private static String said(String type, Map<?, ?> content) {
        if (FILES.contains(type)) {
            return "[" + type + "]";
        }
        if (content.get("call") instanceof Map<?, ?> call) {
            String head = call.get("seconds") instanceof Number seconds
                    ? "[call] " + call.get("outcome") + ", " + seconds + " s"
                    : "[call] " + call.get("outcome");
            return cut(content.get("text") instanceof String note ? head + "\n" + note : head, LONGEST_TEXT);
        }
        if (content.get("text") instanceof String text) {
            return cut(withoutEmojis(text, content.get("emojis")), LONGEST_TEXT);
        }
        if (content.get("sticker") instanceof Map<?, ?> sticker) {
            return cut("[sticker] " + joined(sticker.get("text"), sticker.get("keywords")), LONGEST_TEXT)
                    .strip();
        }
        if (content.get("location") instanceof Map<?, ?> location) {
            return cut("[location] " + joined(location.get("title"), location.get("address")), LONGEST_TEXT)
                    .strip();
        }
        return "[" + type + "]";
    }

    /** An emoji of LINE's that the account sent is a $ with no words of its own. */
    private static String withoutEmojis(String text, Object emojis) {
        if (!(emojis instanceof List<?> list)) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text);
        list.stream()
                .map(emoji -> emoji instanceof Map<?, ?> map && map.get("index") instanceof Number index
                        ? index.intValue()
                        : -1)
                .filter(index -> index >= 0 && index < text.length() && text.charAt(index) == '$')
                .sorted(Comparator.reverseOrder())
                .forEach(index -> plain.replace(index, index + 1, "[emoji]"));
        return plain.toString();
    }

    private static String joined(Object... values) {
        List<String> words = new ArrayList<>();
        for (Object value : values) {
            if (value instanceof List<?> list) {
                list.forEach(word -> words.add(String.valueOf(word)));
            } else if (value != null) {
                words.add(value.toString());
            }
        }
        return String.join(" ", words);
    }

    /** Salesforce counts UTF-16 units; half an emoji at the end would not be a character. */
    static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    /** Gives the external id of a record here. */
    static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    private static String time(OffsetDateTime at) {
        Instant instant = Store.instant(at);
        return instant == null
                ? null
                : instant.truncatedTo(java.time.temporal.ChronoUnit.MILLIS).toString();
    }
}
