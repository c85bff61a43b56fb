package io.tsunagi.store;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;

/** Names the migrations instead of scanning for them: inside an OSGi bundle there is no folder to scan. */
final class Migrations implements ResourceProvider {
    private static final String FOLDER = "db/migration/";
    private static final List<String> FILES = List.of(
            "V001__ledger_and_outbox.sql",
            "V002__inquiries.sql",
            "V003__dispatch.sql",
            "V004__salesforce.sql",
            "V005__media.sql",
            "V006__access_and_audit.sql",
            "V007__survey_and_questions.sql",
            "V010__article_keywords.sql",
            "V011__following.sql",
            "V012__key_check.sql",
            "V030__dispatch_in_batches.sql",
            "V040__schedules.sql",
            "V050__line_events.sql",
            "V051__sending.sql",
            "V060__canned_answers.sql",
            "V061__mentions.sql",
            "V062__identity_requests.sql",
            "V063__presence.sql",
            "V064__supervision.sql",
            "V070__store_check.sql",
            "V080__route_versions.sql",
            "V090__cost.sql",
            "V091__accounts.sql",
            "V092__cost_of_groups.sql",
            "V100__key_rotations.sql",
            "V101__audit_floor.sql",
            "V102__keeping.sql",
            "V103__reveals.sql",
            "V104__hold_lock.sql",
            "V105__erasures.sql",
            "V110__from_salesforce.sql",
            "V111__customer_in_salesforce.sql",
            "V112__drift.sql",
            "V113__taking_changes.sql",
            "V120__calls.sql",
            "V121__chat_control.sql",
            "V130__what_the_hub_wrote.sql",
            "V131__uses_by_the_bot.sql",
            "V132__article_proposals.sql",
            "V140__messages_of_calls.sql",
            "V141__one_ask_at_a_time.sql",
            "V150__early_case.sql",
            "V160__approvals.sql",
            "V161__offers.sql",
            "V162__notices.sql",
            "V170__people.sql",
            "V180__translations.sql",
            "V181__dismissed_deliveries.sql",
            "V190__records_elsewhere.sql",
            "V210__identities.sql",
            "V230__security_keys.sql",
            "V240__purge_in_batches.sql",
            "V250__day_figures.sql",
            "V280__first_answers_and_signs.sql",
            "V290__virus_scans.sql",
            "V291__audit_copied.sql",
            "V300__shortcuts.sql",
            "V301__survey_reasons.sql",
            "V302__withheld_words.sql",
            "V310__earlier_passwords.sql",
            "V311__free_replies_only.sql",
            "V320__states_of_events_without_statistics.sql",
            "V321__states_of_deliveries_without_statistics.sql",
            "V322__states_of_salesforce_work_without_statistics.sql");

    static List<String> files() {
        return FILES;
    }

    @Override
    public LoadableResource getResource(String name) {
        return FILES.stream()
                .filter(file -> name.equals(FOLDER + file) || name.equals(file))
                .map(Migration::new)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
        return FILES.stream()
                .filter(file -> file.startsWith(prefix) && List.of(suffixes).contains(".sql"))
                .<LoadableResource>map(Migration::new)
                .toList();
    }

    private static final class Migration extends LoadableResource {
        private final String file;

        private Migration(String file) {
            this.file = file;
        }

        @Override
        public Reader read() {
            InputStream in = Migrations.class.getClassLoader().getResourceAsStream(FOLDER + file);
            if (in == null) {
                throw new IllegalStateException("The migration " + file + " is missing: this jar is not complete");
            }
            return new InputStreamReader(in, StandardCharsets.UTF_8);
        }

        @Override
        public String getAbsolutePath() {
            return FOLDER + file;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return getAbsolutePath();
        }

        @Override
        public String getFilename() {
            return file;
        }

        @Override
        public String getRelativePath() {
            return file;
        }
    }
}
