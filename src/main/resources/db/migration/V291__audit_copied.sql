-- Up to which position of its chain a log server has taken the audit.
create table audit_copied (
    id       integer not null primary key,
    position bigint  not null
);
