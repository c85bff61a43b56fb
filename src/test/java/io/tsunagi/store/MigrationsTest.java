package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was released is not changed, and the version before works with what comes after it. */
class MigrationsTest {
    private static final Path FOLDER = Path.of("src/main/resources/db/migration");

    private static final String HOW =
            " would break the version before on this schema. Do it over two releases: first add what"
                    + " is new beside what is old, and write both; take the old away in the release after (docs/development.md).";

    /** Each migration that comes after what the release before brought is held to these forms. */
    private static final Pattern INTO = Pattern.compile("(create table) (?:if not exists )?(\\w+) \\(.*\\)");

    private static final Pattern INDEX = Pattern.compile("create (unique )?index (?:if not exists )?\\w+ on (\\w+) .*");
    private static final Pattern COLUMN =
            Pattern.compile("alter table (\\w+) add column (?:if not exists )?(\\w+) (.*)");
    private static final Pattern LOOSER = Pattern.compile("alter table \\w+ alter column \\w+ drop not null");
    private static final Pattern STATISTICS = Pattern.compile("alter table \\w+ alter column \\w+ set statistics \\d+");
    private static final Pattern TYPE =
            Pattern.compile("alter table (\\w+) alter column (\\w+) set data type varchar\\((\\d+)\\)");
    private static final Pattern ROWS = Pattern.compile("(?:update|insert into) (\\w+) .*");

    @Test
    void every_file_is_named_in_order() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(Migrations.files())
                    .containsExactlyElementsOf(
                            files.map(file -> file.getFileName().toString())
                                    .sorted()
                                    .toList());
        }
    }

    @Test
    void a_statement_of_postgresqls_alone_stands_on_one_line() {
        assertThat(Migrations.files().stream()
                        .map(MigrationsTest::read)
                        .flatMap(String::lines)
                        .filter(line -> line.contains("${postgresql}")))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("${postgresql}") && line.endsWith(";"));
    }

    @Test
    void the_version_before_works_with_every_migration_since() {
        List<String> since = Migrations.files().stream()
                .filter(file -> file.substring(1, 4).compareTo(ReleasedData.SCHEMA) > 0)
                .toList();

        assertThat(since).isNotEmpty();
        assertThat(broken(since.stream().map(MigrationsTest::read).toList())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "drop table customers",
                "alter table customers drop column name",
                "alter table customers rename to people",
                "alter table inquiries rename column state to stage",
                "alter table inquiries add column colour varchar(8) not null",
                "alter table inquiries alter column state set not null",
                "alter table inquiries alter column case_id set data type varchar(4)",
                "alter table inquiries alter column priority set data type bigint",
                "alter table inquiries add constraint one_open unique (customer)",
                "create unique index one_inquiry on inquiries (customer)",
                "delete from inquiries",
                "alter table inquiries alter column state set data type varchar(4)",
                "truncate table inquiries"
            })
    void what_would_break_the_version_before_is_named(String statement) {
        assertThat(broken(List.of("create table fresh (id uuid not null primary key);\n" + statement + ";")))
                .singleElement()
                .asString()
                .startsWith(statement)
                .contains("over two releases");
    }

    @Test
    void what_only_adds_is_let_through() {
        assertThat(broken(List.of("""
                -- A word; and another.
                create table fresh (id uuid not null primary key, name varchar(8) not null);
                create unique index fresh_by_name on fresh (name);
                alter table fresh alter column name set not null;
                alter table inquiries add column colour varchar(8);
                alter table inquiries add column misses integer default 0 not null;
                alter table inquiries alter column case_id set data type varchar(400);
                create index inquiries_by_colour on inquiries (colour);
                ${postgresql}alter table inquiries alter column state set statistics 0;
                ${postgresql}do $$ begin alter table inquiries alter column case_id set data type varchar(400); alter table inquiries alter column state set statistics 0; exception when feature_not_supported then null; end $$;
                """))).isEmpty();
    }

    /** Gives each statement that takes something away from tables that were there before, and what to do instead. */
    private static List<String> broken(List<String> migrations) {
        Set<String> fresh = new HashSet<>();
        List<String> broken = new ArrayList<>();
        Map<String, Integer> widths = widths();
        for (String migration : migrations) {
            for (String statement : statements(migration)) {
                if (!adds(statement, fresh, widths)) {
                    broken.add(statement + HOW);
                }
            }
        }
        return broken;
    }

    private static boolean adds(String statement, Set<String> fresh, Map<String, Integer> widths) {
        Matcher table = INTO.matcher(statement);
        if (table.matches()) {
            fresh.add(table.group(2));
            return true;
        }
        Matcher of = Pattern.compile("(?:alter table|update|insert into|delete from) (\\w+) .*")
                .matcher(statement);
        if (of.matches() && fresh.contains(of.group(1))) {
            return true;
        }
        Matcher index = INDEX.matcher(statement);
        if (index.matches()) {
            return index.group(1) == null || fresh.contains(index.group(2));
        }
        Matcher column = COLUMN.matcher(statement);
        if (column.matches()) {
            return !column.group(3).contains("not null") || column.group(3).contains("default");
        }
        Matcher type = TYPE.matcher(statement);
        if (type.matches()) {
            Integer before = widths.get(type.group(1) + "." + type.group(2));
            return before != null && Integer.parseInt(type.group(3)) >= before;
        }
        return LOOSER.matcher(statement).matches()
                || STATISTICS.matcher(statement).matches()
                || ROWS.matcher(statement).matches();
    }

    /** How wide the columns of texts are, as the release before left them. */
    private static Map<String, Integer> widths() {
        Map<String, Integer> widths = new HashMap<>();
        Pattern inTable = Pattern.compile("(?:^|[(,]) ?(\\w+) varchar\\((\\d+)\\)");
        for (String file : Migrations.files()) {
            if (file.substring(1, 4).compareTo(ReleasedData.SCHEMA) > 0) {
                break;
            }
            for (String statement : statements(read(file))) {
                Matcher table = INTO.matcher(statement);
                if (table.matches()) {
                    inTable.matcher(statement.substring(statement.indexOf('(')))
                            .results()
                            .forEach(found -> widths.put(
                                    table.group(2) + "." + found.group(1), Integer.parseInt(found.group(2))));
                }
                Matcher column = COLUMN.matcher(statement);
                if (column.matches() && column.group(3).matches("varchar\\(\\d+\\).*")) {
                    widths.put(
                            column.group(1) + "." + column.group(2),
                            Integer.parseInt(column.group(3).replaceAll("^varchar\\((\\d+)\\).*$", "$1")));
                }
            }
        }
        return widths;
    }

    private static List<String> statements(String migration) {
        String sql = migration
                .replaceAll("--[^\\n]*", "")
                .replace("${postgresql}", "")
                .replaceAll("(?m)^do \\$\\$ begin (.*;) exception when \\w+ then null; end \\$\\$;$", "$1");
        return Stream.of(sql.split(";"))
                .map(statement -> statement.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT))
                .filter(statement -> !statement.isEmpty())
                .toList();
    }

    private static String read(String file) {
        try {
            return Files.readString(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
