package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

/** S28: no secret of the settings can be read over JMX or in the log. Scenario 70. */
class SecretsNowhereTest {
    /** What is planted where the sandbox has no secret; what these are for is not in use here. */
    private static final List<String> FURTHER = List.of(
            "hub.line.account.main.secret-old",
            "hub.salesforce.keystore-password",
            "hub.salesforce.refresh-token",
            "hub.access.first-admin-password",
            "hub.mail.password",
            "hub.oidc.client-secret",
            "hub.store.password",
            "hub.translate.key");

    /**
     * Operations that only look, where they want no value. The figures of all routes in one answer, which takes long, are
     * those of each route.
     */
    private static final Pattern LOOKS = Pattern.compile(
            "(?!dumpRoutesStats)(?:dump|details|list|browse|get|endpointStatistics|rest(?!art)|explain).*");

    private static final int ENOUGH = 3;

    private static final Pattern NO_SECRET = Pattern.compile(".*(?:certificate-key|-dir)");

    @Test
    void none_of_the_settings_secrets_is_in_an_attribute_an_operation_or_the_log() {
        Map<String, String> more = new HashMap<>();
        FURTHER.forEach(key -> more.put(key, "planted-" + key.replaceAll("[^a-z]", "-") + "-4711"));
        more.put("hub.mail.user", "mail");
        more.put("hub.access.people", "aoi,op");
        more.put("hub.access.person.op.display-name", "運用 太郎");
        more.put("hub.access.person.op.role", "ops");
        more.put("hub.access.person.op.password", Operator.PASSWORD);
        try (Lines log = Lines.listen();
                TestHub hub = TestHub.start(Dialect.POSTGRESQL, more)) {
            Map<String, String> secrets = secrets(hub.settings());
            assertThat(secrets).hasSizeGreaterThan(12).containsKeys(FURTHER.toArray(String[]::new));
            hub.operator("aoi");
            hub.askForPerson("U" + "7".repeat(32), "みさき", "残高の確認方法");
            await("Salesforce is spoken with")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> hub.salesforce.records("Case").stream()
                            .anyMatch(record -> record.hasNonNull("LineInquiryKey__c")));

            Operator op = hub.away("op");
            Walk walk = new Walk(op, hub.management(), secrets);
            walk.all();

            assertThat(walk.beans).isGreaterThan(500);
            assertThat(walk.answered).isGreaterThan(500);
            assertThat(walk.operations).isGreaterThan(5);
            assertThat(walk.seen).isEmpty();
            assertThat(walk.notAsked).isEmpty();
            assertThat(log.lines).isNotEmpty();
            assertThat(secrets.entrySet().stream()
                            .filter(secret -> log.lines.stream().anyMatch(line -> line.contains(secret.getValue())))
                            .map(Map.Entry::getKey))
                    .as("in the log")
                    .isEmpty();
        }
    }

    /** Gives every secret of the settings that is given, by its key. */
    static Map<String, String> secrets(Settings settings) {
        Map<String, String> secrets = new TreeMap<>();
        settings.entries().stream()
                .filter(entry -> entry.secret() && entry.given())
                .map(Settings.Entry::key)
                .filter(key -> !NO_SECRET.matcher(key).matches())
                .forEach(key -> secrets.put(key, settings.secret(key).reveal()));
        return secrets;
    }

    /** Everything that somebody with the role ops can read over Jolokia. */
    private static final class Walk {
        private final Operator op;
        private final String management;
        private final Map<String, String> secrets;
        private final Set<String> seen = new TreeSet<>();
        private final Set<String> notAsked = new TreeSet<>();
        private final Map<String, Integer> asked = new HashMap<>();
        private int beans;
        private int answered;
        private int operations;

        private Walk(Operator op, String management, Map<String, String> secrets) {
            this.op = op;
            this.management = management;
            this.secrets = secrets;
        }

        private void all() {
            List<String> names = new ArrayList<>();
            ask(Map.of("type", "search", "mbean", "*:*"))
                    .body()
                    .path("value")
                    .forEach(name -> names.add(name.asText()));
            beans = names.size();
            for (String name : names) {
                JsonNode read = ask(Map.of("type", "read", "mbean", name, "config", Map.of("ignoreErrors", true)))
                        .body();
                if (read.path("status").asInt() == 200) {
                    answered++;
                }
                look(name, read);
            }
            JsonNode list = ask(Map.of("type", "list")).body();
            look("list", list);
            list.path("value")
                    .fields()
                    .forEachRemaining(domain -> domain.getValue().fields().forEachRemaining(bean -> bean.getValue()
                            .path("op")
                            .fields()
                            .forEachRemaining(operation -> call(
                                    domain.getKey() + ":" + bean.getKey(), operation.getKey(), operation.getValue()))));
        }

        private void call(String bean, String operation, JsonNode forms) {
            // What is said of one processor is said of each.
            String kind = bean.replaceFirst("^.*[:,]type=([^,]*).*$", "$1") + " " + operation;
            if (!LOOKS.matcher(operation).matches() || asked.merge(kind, 1, Integer::sum) > ENOUGH) {
                return;
            }
            for (JsonNode form : forms.isArray() ? forms : List.of(forms)) {
                List<Object> arguments = new ArrayList<>();
                List<String> types = new ArrayList<>();
                for (JsonNode argument : form.path("args")) {
                    types.add(argument.path("type").asText());
                    arguments.add(something(argument.path("type").asText()));
                }
                String signature = operation + "(" + String.join(",", types) + ")";
                Operator.Reply reply =
                        ask(Map.of("type", "exec", "mbean", bean, "operation", signature, "arguments", arguments));
                if (reply.status() != 200) {
                    notAsked.add(bean + " " + signature);
                    continue;
                }
                JsonNode told = reply.body();
                if (told.path("status").asInt() == 200) {
                    operations++;
                }
                look(bean + " " + operation, told);
            }
        }

        /** Once more where the hub closed the connection because an answer took too long, as on a busy machine. */
        private Operator.Reply ask(Map<String, ?> request) {
            try {
                return op.askJmx(management, request);
            } catch (UncheckedIOException closed) {
                return op.askJmx(management, request);
            }
        }

        private static Object something(String type) {
            return switch (type.replaceFirst("^java\\.lang\\.", "").toLowerCase(Locale.ROOT)) {
                case "boolean" -> true;
                case "int", "integer", "long", "short", "byte", "double", "float" -> 1;
                default -> "";
            };
        }

        private void look(String where, JsonNode answer) {
            String text = answer.toString();
            secrets.forEach((key, value) -> {
                if (text.contains(value)) {
                    seen.add(key + " in " + where);
                }
            });
        }
    }

    /** What the whole process logs at INFO and above. */
    private static final class Lines extends AbstractAppender implements AutoCloseable {
        private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
        private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
        private final Level before = context.getConfiguration().getRootLogger().getLevel();

        private Lines() {
            super("secrets-nowhere", null, null, true, Property.EMPTY_ARRAY);
        }

        private static Lines listen() {
            Lines lines = new Lines();
            lines.start();
            lines.context.getConfiguration().getRootLogger().addAppender(lines, Level.INFO, null);
            lines.context.getConfiguration().getRootLogger().setLevel(Level.INFO);
            lines.context.updateLoggers();
            return lines;
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage()
                    + (event.getThrown() == null ? "" : " " + event.getThrown()));
        }

        @Override
        public void close() {
            context.getConfiguration().getRootLogger().removeAppender(getName());
            context.getConfiguration().getRootLogger().setLevel(before);
            context.updateLoggers();
            stop();
        }
    }
}
