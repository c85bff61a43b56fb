package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S04: whoever takes a database's files, with its log of what was written, takes no customer's name and no words. */
class SealedOnDiskTest {
    private static final String MARI = "U" + "4".repeat(32);
    private static final String NAME = "綾小路 万里香";
    private static final String QUESTION = "鉢植えの下に青い箱がありました";
    private static final String ANSWER = "青い箱はそのままにしてください";
    private static final String DRAFT = "箱の番号を伺えますか";
    private static final List<Charset> WRITTEN =
            List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE);

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void no_byte_of_the_databases_files_shows_a_customers_name_or_words(Dialect dialect) throws IOException {
        try (TestHub hub = TestHub.start(dialect)) {
            String logFrom = logFrom(hub);
            Operator aoi = hub.operator("aoi");
            hub.customer(MARI, NAME);
            hub.line.write(MARI, "main", "オペレーターと話したい");
            String inquiry = aoi.awaitInquiry(NAME);
            hub.line.write(MARI, "main", QUESTION);
            aoi.awaitMessage(inquiry, message -> message.path("text").asText().equals(QUESTION));
            assertThat(aoi.say(inquiry, ANSWER).status()).isEqualTo(202);
            hub.awaitBubble(MARI, ANSWER::equals);
            String at = "/api/inquiries/" + inquiry + "/draft";
            aoi.put(at, Map.of("version", aoi.get(at).path("version").asLong(), "text", DRAFT));
            try (Rows rows = new Rows(hub.settings())) {
                await("all of Salesforce's work")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count("select count(*) from crm_work where state <> 'DONE'") == 0);
            }
            hub.stopHub();

            List<Path> files = files(hub, logFrom);

            List<Path> withTheAudit = new ArrayList<>();
            for (Path file : files) {
                byte[] bytes = bytes(file);
                if (shows(bytes, "inquiry/" + inquiry)) {
                    withTheAudit.add(file.getFileName());
                }
                for (String words : List.of(NAME, QUESTION, ANSWER, DRAFT)) {
                    assertThat(shows(bytes, words)).as(words + " in " + file).isFalse();
                }
            }
            assertThat(withTheAudit)
                    .as("what is not sealed is found, in the database's files and in PostgreSQL's log")
                    .hasSizeGreaterThanOrEqualTo(dialect == Dialect.H2 ? 1 : 2);
        }
    }

    /** Where PostgreSQL's log of what is written has come to. */
    static String logFrom(TestHub hub) {
        return hub.dialect() == Dialect.H2 ? "" : asked(hub, "select pg_walfile_name(pg_current_wal_lsn())");
    }

    /** The files of the hub's database, of its log since then, and of the keys beside it. */
    static List<Path> files(TestHub hub, String logFrom) throws IOException {
        return hub.dialect() == Dialect.H2 ? filesOfH2(hub) : filesOfPostgres(hub, logFrom);
    }

    private static List<Path> filesOfH2(TestHub hub) throws IOException {
        Path folder = Path.of(hub.settings().needed("hub.audit.head-file")).getParent();
        return files(folder);
    }

    /** Everything but other tests' databases, and what was logged before this one began. */
    private static List<Path> filesOfPostgres(TestHub hub, String logFrom) throws IOException {
        Path folder = Path.of(asked(hub, "select current_setting('data_directory')"));
        Path own = folder.resolve("base")
                .resolve(asked(hub, "select cast(oid as text) from pg_database where datname = current_database()"));
        try (Store store = Store.open(hub.settings())) {
            store.jdbc().sql("checkpoint").update();
        }
        return files(folder).stream()
                .filter(file -> !file.startsWith(folder.resolve("base")) || file.startsWith(own))
                .filter(file -> !file.startsWith(folder.resolve("pg_wal"))
                        || file.getFileName().toString().compareTo(logFrom) >= 0)
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes about) {
                files.add(file);
                return FileVisitResult.CONTINUE;
            }

            /** A database at work removes files while one looks. */
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) throws IOException {
                if (gone instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw gone;
            }
        });
        return files;
    }

    static byte[] bytes(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException gone) {
            return new byte[0];
        }
    }

    private static String asked(TestHub hub, String sql) {
        try (Rows rows = new Rows(hub.settings())) {
            return rows.text(sql);
        }
    }

    private static boolean shows(byte[] bytes, String words) {
        return WRITTEN.stream().anyMatch(charset -> CardNumbersNowhereTest.holds(bytes, 0, words.getBytes(charset)));
    }
}
