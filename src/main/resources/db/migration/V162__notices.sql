-- What supervisors tell their teams, or somebody whose presence they changed; a row for each who has not read it.

create table notices (
    id       uuid                     not null primary key,
    operator uuid                     not null,
    author   uuid                     not null,
    kind     varchar(8)               not null, -- TEAM, PRESENCE
    words    bytea                    not null,
    at       timestamp with time zone not null
);
create index notices_by_operator on notices (operator, at);
create index notices_by_time on notices (at);
