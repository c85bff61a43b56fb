-- Each time the key of customers' words was replaced. One that has no end is gone on with.
create table key_rotations (
    id          uuid                     not null primary key,
    key_id      bigint                   not null,
    started_at  timestamp with time zone not null,
    finished_at timestamp with time zone,
    unreadable  bigint
);
