-- Operators at work and who was given what, and why.

create table seats (
    operator   uuid                     not null primary key,
    team       varchar(64)              not null,
    skills     varchar(400)             not null,
    languages  varchar(200)             not null,
    presence   varchar(12)              not null,
    capacity   integer                  not null,
    load       integer                  not null,
    idle_since timestamp with time zone not null
);

create table dispatch_lanes (
    pool varchar(64) not null primary key
);

create table assignments (
    id         uuid                     not null primary key,
    inquiry    uuid                     not null,
    operator   uuid                     not null,
    rule       varchar(200)             not null,
    candidates varchar(8000)            not null,
    waited_ms  bigint                   not null,
    decided_at timestamp with time zone not null
);
create index assignments_by_inquiry on assignments (inquiry);
