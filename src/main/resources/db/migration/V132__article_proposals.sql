-- Articles that are missing: what the bot could not answer, with what an operator answered, until an editor has decided.
create table article_proposals (
    id           uuid                     not null primary key,
    language     varchar(16)              not null,
    state        varchar(12)              not null, -- PROPOSED, APPROVED, CREATED, REFUSED by Salesforce, REJECTED by the editor
    asked        integer                  not null, -- how many questions it stands for
    inquiry      uuid,                              -- where the question is from
    source       uuid,                              -- the question, so that it goes when its words are erased
    question     bytea,
    answer       bytea,
    title        bytea,                             -- as the editor wants it
    body         bytea,
    proposed_at  timestamp with time zone not null,
    decided_by   uuid,
    decided_at   timestamp with time zone,
    due_at       timestamp with time zone,
    tries        integer                  not null,
    record       varchar(18),
    error        varchar(1000)
);
create index article_proposals_by_state on article_proposals (state, due_at);
create index article_proposals_by_inquiry on article_proposals (inquiry);
create index article_proposals_by_source on article_proposals (source);

-- When it was looked at for a proposal; null = not yet.
alter table questions add column considered_at timestamp with time zone;
create index questions_by_consideration on questions (considered_at, asked_at);
-- What was asked before there were proposals is left alone.
update questions set considered_at = asked_at;
