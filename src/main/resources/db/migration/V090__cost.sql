-- What sending cost: one row for each call to LINE that was taken, or of which nobody will know.
create table sends (
    id       uuid                     not null primary key,
    delivery uuid                     not null,
    account  varchar(64)              not null,
    inquiry  uuid,
    origin   varchar(12)              not null,
    cost     varchar(4)               not null,
    outcome  varchar(8)               not null,
    at       timestamp with time zone not null
);
create index sends_by_account on sends (account, at);
create index sends_by_inquiry on sends (inquiry);

-- What LINE said last of an account's month: how many messages it may send (null: as many as it likes), and has sent.
create table quotas (
    account varchar(64)              not null primary key,
    allowed bigint,
    used    bigint                   not null,
    read_at timestamp with time zone not null
);
