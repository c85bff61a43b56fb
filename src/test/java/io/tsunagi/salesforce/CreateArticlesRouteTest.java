package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.bot.Proposal;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An approved article becomes one draft in Knowledge, whatever happens on the way. */
class CreateArticlesRouteTest {
    private final SalesforceSimulator salesforce = new SalesforceSimulator().start();
    private SalesforceBench bench;
    private UUID id;

    @BeforeEach
    void approve() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        approve("両替は <現金> だけです。\nA & B");
    }

    private void approve(String body) {
        id = UUID.randomUUID();
        bench.store
                .jdbc()
                .sql("""
                        insert into article_proposals (id, language, state, asked, title, body, proposed_at, due_at, tries)
                        values (?, 'ja', 'APPROVED', 3, ?, ?, ?, ?, 0)
                        """)
                .params(
                        id,
                        bench.store.sealing().seal("article_proposals", id, "空港での両替"),
                        bench.store.sealing().seal("article_proposals", id, body),
                        Store.at(SalesforceBench.T0),
                        Store.at(SalesforceBench.T0))
                .update();
    }

    @AfterEach
    void close() {
        bench.close();
        salesforce.close();
    }

    private void run() {
        bench.call("create-approved-articles", null, Map.of());
    }

    private List<JsonNode> drafts() {
        return salesforce.records("Knowledge__kav").stream()
                .filter(article -> article.path("Title").asText().equals("空港での両替"))
                .toList();
    }

    private Proposal now() {
        return bench.proposals.all().get(0);
    }

    @Test
    void it_is_a_draft_with_the_editors_words_and_nothing_is_published() {
        run();
        run();

        assertThat(drafts()).singleElement().satisfies(draft -> {
            assertThat(draft.path("PublishStatus").asText()).isEqualTo("Draft");
            assertThat(draft.path("Language").asText()).isEqualTo("ja");
            assertThat(draft.path("UrlName").asText()).isEqualTo("line-" + id);
            assertThat(draft.path("Answer__c").asText()).isEqualTo("<p>両替は &lt;現金&gt; だけです。<br>A &amp; B</p>");
        });
        assertThat(now().state()).isEqualTo(Proposal.State.CREATED);
        assertThat(now().record()).isEqualTo(drafts().get(0).path("Id").asText());
    }

    /** Simple reads brackets, commas, quotes and its own functions: none of these are its business in a text. */
    @Test
    void a_text_is_written_as_it_is_whatever_signs_are_in_it() {
        bench.store.jdbc().sql("delete from article_proposals").update();
        approve("it's (a, b), 'c' ${exchangeId} ${sysenv.PATH} {{hub.salesforce.customer}} \\ $1) end");
        run();

        assertThat(drafts()).singleElement().satisfies(draft -> assertThat(
                        draft.path("Answer__c").asText())
                .isEqualTo(
                        "<p>it's (a, b), 'c' ${exchangeId} ${sysenv.PATH} {{hub.salesforce.customer}} \\ $1) end</p>"));
        assertThat(now().state()).isEqualTo(Proposal.State.CREATED);
    }

    @Test
    void an_answer_that_was_lost_makes_no_second_draft() {
        salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 1));
        run();
        assertThat(drafts()).hasSize(1);
        assertThat(now().state()).isEqualTo(Proposal.State.APPROVED);

        bench.clock.pass(Duration.ofHours(1));
        run();

        assertThat(drafts()).hasSize(1);
        assertThat(now().state()).isEqualTo(Proposal.State.CREATED);
        assertThat(now().record()).isEqualTo(drafts().get(0).path("Id").asText());
    }

    @Test
    void while_salesforce_is_away_it_waits() {
        salesforce.addFault(Map.of("kind", "composite", "status", 503, "times", 1));
        run();
        assertThat(now().state()).isEqualTo(Proposal.State.APPROVED);
        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.AWAY);

        bench.clock.pass(Duration.ofHours(1));
        run();

        assertThat(drafts()).hasSize(1);
    }

    @Test
    void a_language_the_org_has_no_articles_in_goes_back_to_the_editor_and_makes_no_article_in_another() {
        bench.store.jdbc().sql("update article_proposals set language = 'fr'").update();
        run();

        assertThat(now().state()).isEqualTo(Proposal.State.REFUSED);
        assertThat(now().error()).contains("hub.salesforce.knowledge-languages").contains("fr");
        assertThat(drafts()).isEmpty();
    }

    @Test
    void all_that_are_approved_are_created_in_one_run() {
        approve("もうひとつ");
        approve("さらにひとつ");
        run();

        assertThat(bench.proposals.all()).extracting(Proposal::state).containsOnly(Proposal.State.CREATED);
        assertThat(drafts()).hasSize(3);
    }

    @Test
    void one_that_found_salesforce_away_spares_the_others_their_calls() {
        approve("もうひとつ");
        salesforce.addFault(Map.of("kind", "composite", "status", 503, "times", 1));
        run();

        assertThat(drafts()).isEmpty();
        assertThat(bench.proposals.all()).extracting(Proposal::tries).containsExactlyInAnyOrder(0, 1);

        bench.clock.pass(Duration.ofHours(1));
        run();
        assertThat(drafts()).hasSize(2);
    }

    @Test
    void what_salesforce_refuses_goes_back_to_the_editor_with_the_reason() {
        salesforce.addFault(
                Map.of("kind", "row", "sObject", "Knowledge__kav", "errorCode", "REQUIRED_FIELD_MISSING", "times", 1));
        run();

        assertThat(now().state()).isEqualTo(Proposal.State.REFUSED);
        assertThat(now().error()).contains("REQUIRED_FIELD_MISSING");
        assertThat(drafts()).isEmpty();
    }
}
