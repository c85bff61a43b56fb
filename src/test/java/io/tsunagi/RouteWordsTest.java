package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What routes may call things. */
class RouteWordsTest {

    /**
     * To Camel {@code ${body.reason}} is {@code reason()} and {@code getReason()} alike. A record with both is ambiguous or not
     * by the order in which a JVM happens to list its methods.
     */
    @Test
    void a_record_has_one_way_to_read_a_component() {
        var records = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.tsunagi").stream()
                        .filter(JavaClass::isRecord)
                        .toList();

        assertThat(records).hasSizeGreaterThan(10);
        assertThat(records.stream().flatMap(RouteWordsTest::secondWays)).isEmpty();
    }

    private static Stream<String> secondWays(JavaClass record) {
        return record.getFields().stream()
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .map(field -> field.getName().substring(0, 1).toUpperCase(Locale.ROOT)
                        + field.getName().substring(1))
                .flatMap(name -> Stream.of("get" + name, "is" + name))
                .filter(getter -> record.tryGetMethod(getter).isPresent())
                .map(getter -> record.getSimpleName() + "." + getter);
    }
}
