-- Auditors who read what customers said, why, and until when.
create table reveals (
    id       uuid                     not null primary key,
    auditor  uuid                     not null,
    inquiry  uuid                     not null,
    reason   bytea                    not null,
    at       timestamp with time zone not null,
    until_at timestamp with time zone not null
);
create index reveals_by_inquiry on reveals (inquiry, auditor, until_at);
