-- When a person answered first, for figures and goals; how often an inquiry was reopened, and what in its words a supervisor
-- should know of, as reasons with commas between them. All of it for the wall, the reports and whom to look at first.
alter table inquiries add column first_answered_at timestamp with time zone;
alter table inquiries add column reopened integer default 0 not null;
alter table inquiries add column signs varchar(160);

-- A start looks for the one before it.
create index audit_by_act on audit (act, seq);
