-- Whom a note calls by name, until they have looked.

create table mentions (
    id       uuid                     not null primary key,
    inquiry  uuid                     not null,
    operator uuid                     not null,
    author   uuid                     not null,
    at       timestamp with time zone not null,
    seen_at  timestamp with time zone
);
create index mentions_by_operator on mentions (operator, seen_at);
