package io.tsunagi.salesforce;

import io.tsunagi.bot.Proposal;
import io.tsunagi.bot.Proposals;

/** Helps the routes make draft articles of approved proposals. Bean {@code crmArticles} of the routes. Safe for many threads. */
public final class ArticleDrafts {
    private final Proposals proposals;
    private final SalesforceHealth health;
    private final SalesforceErrors errors;
    private final Knowledge knowledge;

    ArticleDrafts(Proposals proposals, SalesforceHealth health, SalesforceErrors errors, Knowledge knowledge) {
        this.proposals = proposals;
        this.health = health;
        this.errors = errors;
        this.knowledge = knowledge;
    }

    /** Gives the URL name of the article, the same whenever it is asked for: letters, digits and hyphens. */
    public String urlName(Proposal proposal) {
        return "line-" + proposal.id();
    }

    /**
     * Gives Salesforce's code of the article's language: without one Salesforce would take that of the hub's user.
     *
     * @throws FieldException when no language of the settings is its
     */
    public String language(Proposal proposal) {
        String code = knowledge.code(proposal.language());
        if (code == null) {
            throw new FieldException("hub.salesforce.knowledge-languages names none for " + proposal.language());
        }
        return code;
    }

    /** Writes plain text as the HTML of a rich text field, in which it reads the same. */
    public String html(String text) {
        String escaped = text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
        return "<p>" + escaped.replace("\r\n", "\n").replace("\n", "<br>") + "</p>";
    }

    /** Puts a proposal back that Salesforce did not take: to be tried again, or to its editor. */
    public void failed(Proposal proposal, Throwable cause) {
        Failure failure = errors.judge(cause);
        if (failure.fate() == Failure.Fate.AWAY) {
            health.failed(failure);
        }
        proposals.failed(proposal, failure.fate() != Failure.Fate.FINAL, failure.text());
    }
}
