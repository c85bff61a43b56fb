-- What the decider looks at: the waiting line in its order. And what it keeps: how many seats there were of which kind.
create index inquiries_in_line on inquiries (state, priority, queued_at, id);
alter table assignments add column verdicts varchar(2000);
