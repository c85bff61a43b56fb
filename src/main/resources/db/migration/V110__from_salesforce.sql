-- What people change in Salesforce. Of a Case: what the hub saw there last, so that a change is told once.
alter table inquiries add column case_priority varchar(64);
alter table inquiries add column case_owner_id varchar(18);
alter table inquiries add column case_owner varchar(255);
alter table inquiries add column case_closed boolean default false not null;
create index inquiries_by_case on inquiries (case_id);

-- Cases somebody else changed, until a node has looked at them.
create table crm_changes (
    id          uuid                     not null primary key, -- derived from the event, which every node hears
    record      varchar(18)              not null,
    heard_at    timestamp with time zone not null,
    lease_until timestamp with time zone
);

-- Comments that were taken; their ids are derived from Salesforce's, so that each is taken once.
create table crm_comments (
    id       uuid                     not null primary key,
    inquiry  uuid                     not null,
    taken_at timestamp with time zone not null
);
create index crm_comments_by_inquiry on crm_comments (inquiry);

-- Up to which of Salesforce's times everything was seen.
create table crm_marks (
    name varchar(32)              not null primary key,
    at   timestamp with time zone not null
);
