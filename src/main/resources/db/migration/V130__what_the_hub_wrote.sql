-- What the hub wrote of a Case's fields last, as keyed hashes: it writes only what it means to change.
alter table inquiries add column case_written text;
-- Salesforce's time of the hub's last write: a priority that was read before it is an old one.
alter table inquiries add column case_written_at timestamp with time zone;
