-- An inquiry may have a Case before its hand-off, by rule.
alter table inquiries add column case_early boolean default false not null;
