-- Supervisors' words to operators, and operators who ask for help. A customer never sees either.

create table advice (
    id         uuid                     not null primary key,
    inquiry    uuid                     not null,
    author     uuid                     not null,
    words      bytea,
    at         timestamp with time zone not null,
    outcome    varchar(8)               not null, -- OPEN, TAKEN, EDITED, REFUSED
    decided_at timestamp with time zone
);
create index advice_by_inquiry on advice (inquiry, at);

alter table inquiries add column help_at timestamp with time zone;
alter table inquiries add column help_words bytea;
