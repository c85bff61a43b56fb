package io.tsunagi.salesforce;

import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.dao.EmptyResultDataAccessException;

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
 * <p>Of what was said, beside those of the inquiry: {@code messages}, the facts of each that still has words.
 *
 * <p>Of an article that was used, beside those of the inquiry: {@code articleId}.
 *
 * <p>A fact that is not known is missing. Instants are ISO-8601 in UTC. Pictures and files are named by their kind only;
 * their bytes never leave the hub, nor does LINE's id of an identity document. Words are opened here, when the call is about to be made, so that what was masked or
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

    /** Gives the facts of each row of work, in their order: those of its inquiry, its message or its article. */
    public List<Map<String, Object>> gather(Work work) {
        List<UUID> subjects = work.rows().stream().map(Work.Row::subject).toList();
        Map<UUID, Map<String, Object>> inquiries =
                plain(work.rows().stream().map(Work.Row::inquiry).distinct().toList());
        return switch (work.kind()) {
            case TRANSCRIPT -> {
                Map<UUID, Map<String, Object>> messages = messages(subjects);
                yield each(work, row -> {
                    Map<String, Object> message = new HashMap<>(known(messages, row.subject()));
                    for (String shared : List.of("inquiryKey", "inquiryNumber", "account")) {
                        message.put(shared, known(inquiries, row.inquiry()).get(shared));
                    }
                    return message;
                });
            }
            case ARTICLE -> {
                Map<UUID, String> articles = articles(subjects);
                yield each(work, row -> {
                    Map<String, Object> facts = new HashMap<>(known(inquiries, row.inquiry()));
                    facts.put("articleId", known(articles, row.subject()));
                    return facts;
                });
            }
            case SUMMARY -> {
                said(inquiries.keySet())
                        .forEach((inquiry, messages) -> inquiries.get(inquiry).put("messages", messages));
                yield each(work, row -> {
                    Map<String, Object> facts = known(inquiries, row.inquiry());
                    facts.putIfAbsent("messages", List.of());
                    return facts;
                });
            }
            case CASE, CASE_UPDATE, CLOSE, SURVEY -> {
                questions(inquiries.keySet())
                        .forEach((inquiry, question) -> inquiries.get(inquiry).put("question", question));
                yield each(work, row -> withSubject(known(inquiries, row.inquiry())));
            }
        };
    }

    private static List<Map<String, Object>> each(Work work, Function<Work.Row, Map<String, Object>> facts) {
        return work.rows().stream().map(facts).toList();
    }

    /** What was erased since it was taken has no facts; the next worker to look ends its work. */
    private static <T> T known(Map<UUID, T> found, UUID id) {
        T facts = found.get(id);
        if (facts == null) {
            throw new EmptyResultDataAccessException(1);
        }
        return facts;
    }

    private static Map<String, Object> withSubject(Map<String, Object> facts) {
        Object subject = facts.getOrDefault("topic", facts.get("question"));
        facts.put(
                "subject",
                subject == null
                        ? "LINE " + facts.get("inquiryNumber")
                        : cut(subject.toString().strip().replaceAll("\\s+", " "), LONGEST_SUBJECT));
        return facts;
    }

    private Map<UUID, String> articles(List<UUID> uses) {
        Map<UUID, String> articles = new HashMap<>();
        store.jdbc()
                .sql("select id, article from article_uses where id = any(?)")
                .param(Store.uuids(uses))
                .query(row -> {
                    articles.put(row.getObject("id", UUID.class), row.getString("article"));
                });
        return articles;
    }

    private Map<UUID, Map<String, Object>> plain(List<UUID> inquiries) {
        Map<UUID, Map<String, Object>> plain = new HashMap<>();
        store.jdbc().sql("""
                        select i.*, c.line_user_id, c.name, c.contact_id, o.display_name, s.score, s.answered_at,
                               (select count(*) from crm_work w
                                 where w.inquiry = i.id and w.kind = 'CLOSE' and w.state = 'QUEUED') as closes
                          from inquiries i
                          join customers c on c.id = i.customer
                          left join operators o on o.id = i.operator
                          left join surveys s on s.inquiry = i.id
                         where i.id = any(?)
                        """).param(Store.uuids(inquiries)).query(row -> {
            Map<String, Object> facts = new HashMap<>();
            UUID id = row.getObject("id", UUID.class);
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
            plain.put(id, facts);
        });
        return plain;
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

    /** Gives what the customer of each inquiry asked first, in words. */
    private Map<UUID, String> questions(Set<UUID> inquiries) {
        Map<UUID, String> questions = new HashMap<>();
        store.jdbc().sql("""
                        select inquiry, id, content
                          from (select m.inquiry, m.id, m.content,
                                       row_number() over (partition by m.inquiry order by m.seq) as place
                                  from messages m
                                 where m.inquiry = any(?) and m.sender = 'CUSTOMER' and m.type = 'text'
                                   and m.content is not null and m.unsent_at is null) asked
                         where place = 1
                        """).param(Store.uuids(inquiries)).query(row -> {
            UUID id = row.getObject("id", UUID.class);
            String question = said("text", content(id, row.getBytes("content")));
            if (!question.isBlank()) {
                questions.put(row.getObject("inquiry", UUID.class), question);
            }
        });
        return questions;
    }

    private Map<UUID, Map<String, Object>> messages(List<UUID> ids) {
        Map<UUID, Map<String, Object>> messages = new HashMap<>();
        store.jdbc().sql("""
                        select m.*, o.display_name, p.purpose from messages m
                          left join operators o on o.id = m.author left join media p on p.id = m.media
                         where m.id = any(?)
                        """).param(Store.uuids(ids)).query(row -> {
            messages.put(row.getObject("id", UUID.class), message(row));
        });
        return messages;
    }

    /** Gives what still stands of what both sides said in inquiries, in order. */
    private Map<UUID, List<Map<String, Object>>> said(Set<UUID> inquiries) {
        Map<UUID, List<Map<String, Object>>> said = new HashMap<>();
        store.jdbc().sql("""
                        select m.*, o.display_name, p.purpose from messages m
                          left join operators o on o.id = m.author left join media p on p.id = m.media
                         where m.inquiry = any(?) and m.sender in ('CUSTOMER', 'BOT', 'OPERATOR')
                           and m.content is not null and m.unsent_at is null and m.purged_at is null
                         order by m.inquiry, m.seq
                        """).param(Store.uuids(inquiries)).query(row -> {
            said.computeIfAbsent(row.getObject("inquiry", UUID.class), inquiry -> new ArrayList<>())
                    .add(message(row));
        });
        return said;
    }

    private Map<String, Object> message(ResultSet row) throws SQLException {
        Map<String, Object> facts = new HashMap<>();
        UUID id = row.getObject("id", UUID.class);
        boolean unsent = row.getObject("unsent_at") != null;
        boolean purged = row.getObject("purged_at") != null;
        String type = row.getString("type");
        String sender = row.getString("sender");
        facts.put("messageKey", key(id));
        // By it whoever may call LINE fetches the picture.
        facts.put(
                "lineMessageId", "IDENTITY".equals(row.getString("purpose")) ? null : row.getString("line_message_id"));
        facts.put("seq", row.getInt("seq"));
        facts.put("sender", sender);
        facts.put("direction", "CUSTOMER".equals(sender) ? "Inbound" : "Outbound");
        facts.put("type", unsent ? "unsent" : type);
        facts.put("text", unsent || purged ? "" : said(type, content(id, row.getBytes("content"))));
        facts.put("sentAt", time(row.getObject("at", OffsetDateTime.class)));
        facts.put("operator", "OPERATOR".equals(sender) ? row.getString("display_name") : null);
        facts.values().removeIf(java.util.Objects::isNull);
        return facts;
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
