-- The nightly comparison asks for an hour of messages at a time.
create index messages_by_time on messages (at);

-- As long as Salesforce lets a value of a list be.
alter table inquiries alter column case_status set data type varchar(255);
alter table inquiries alter column case_priority set data type varchar(255);

-- Salesforce's time of what was taken of the Case last: an answer that is older comes too late.
alter table inquiries add column case_changed_at timestamp with time zone;
