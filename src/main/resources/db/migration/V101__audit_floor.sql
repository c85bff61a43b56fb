-- Where the audit's chain begins after its oldest rows were forgotten; the MAC keeps others from moving it.
create table audit_floor (
    id       integer                  not null primary key,
    position bigint                   not null,
    chain    bytea                    not null,
    mac      bytea                    not null,
    at       timestamp with time zone not null
);
create index audit_by_time on audit (at);
