package io.tsunagi;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaId;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Holds the classes to the architecture. */
class ArchitectureTest {
    private static final JavaClasses HUB = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/io/tsunagi/sandbox/")
                    && !location.contains("/io/tsunagi/bench/")
                    && !location.contains("/io/tsunagi/chaos/"))
            .importPackages("io.tsunagi");

    private static final JavaClasses ALL = new ClassFileImporter().importPackages("io.tsunagi");

    @Test
    void features_form_no_circle() {
        slices().matching("io.tsunagi.(*)..").should().beFreeOfCycles().check(HUB);
    }

    @Test
    void what_decides_knows_no_camel() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.tsunagi.inquiry..", "io.tsunagi.dispatch..", "io.tsunagi.bot..", "io.tsunagi.survey..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.camel..", "io.vertx..")
                .check(HUB);
    }

    @Test
    void only_the_line_feature_uses_the_line_sdk() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tsunagi.line..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.linecorp.bot..")
                .check(HUB);
    }

    @Test
    void only_the_salesforce_feature_uses_camel_salesforce() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tsunagi.salesforce..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.camel.component.salesforce..")
                .check(HUB);
    }

    @Test
    void only_the_activator_uses_osgi() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tsunagi.karaf..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.osgi..")
                .check(HUB);
    }

    @Test
    void nobody_but_the_composition_root_depends_on_it() {
        noClasses()
                .that()
                .resideInAPackage("io.tsunagi.(*)..")
                .and()
                .resideOutsideOfPackage("io.tsunagi.karaf..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.tsunagi")
                .check(HUB);
    }

    @Test
    void the_simulators_share_no_class_with_the_hub() {
        classes()
                .that()
                .resideInAPackage("io.tsunagi.sandbox..")
                .and()
                .haveSimpleNameNotEndingWith("Test")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackages(
                        "io.tsunagi",
                        "io.tsunagi.access..",
                        "io.tsunagi.audit..",
                        "io.tsunagi.bot..",
                        "io.tsunagi.config..",
                        "io.tsunagi.console..",
                        "io.tsunagi.dispatch..",
                        "io.tsunagi.inquiry..",
                        "io.tsunagi.line..",
                        "io.tsunagi.media..",
                        "io.tsunagi.node..",
                        "io.tsunagi.ops..",
                        "io.tsunagi.routes..",
                        "io.tsunagi.salesforce..",
                        "io.tsunagi.store..",
                        "io.tsunagi.survey..",
                        "io.tsunagi.translate..",
                        "io.tsunagi.voice..",
                        "io.tsunagi.web..")
                .check(ALL);
    }

    @Test
    void the_clock_is_given_never_asked_for() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.tsunagi.inquiry..",
                        "io.tsunagi.dispatch..",
                        "io.tsunagi.store..",
                        "io.tsunagi.survey..",
                        "io.tsunagi.voice..")
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(HUB);
    }

    /** What a customer took back and a legal hold keeps: who wants to be among these says in docs/security.md for whom. */
    @Test
    void only_those_who_may_hand_it_out_read_what_is_withheld() {
        classes()
                .that()
                .haveFullyQualifiedName("io.tsunagi.inquiry.Withheld")
                .should()
                .onlyHaveDependentClassesThat()
                .haveNameMatching("io\\.tsunagi\\.(inquiry\\.(Withheld|Erase)|console\\.AuditApi"
                        + "|keeping\\.(Keeping|CustomerErasure|CustomerExport|WithheldExport))")
                .check(HUB);
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.tsunagi.keeping.ExportFolder")
                .should()
                .callMethod(Media.class, "openWithheld", MediaId.class)
                .check(HUB);
    }

    /** Such a stream holds its connection until somebody closes it; rows are read as a list. */
    @Test
    void no_answer_of_the_database_is_left_open() {
        noClasses()
                .should()
                .callMethod(JdbcClient.MappedQuerySpec.class, "stream")
                .check(HUB);
    }
}
