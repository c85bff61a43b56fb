-- What is kept longer than its rule says, and by whose word.
create table legal_holds (
    id          uuid                     not null primary key,
    scope       varchar(8)               not null, -- INQUIRY, CUSTOMER, ACCOUNT
    subject     uuid,                              -- of an inquiry or a customer
    account     varchar(64),
    reason      bytea                    not null,
    set_by      varchar(64)              not null,
    set_at      timestamp with time zone not null,
    lift_reason bytea,
    lifted_by   varchar(64),
    lifted_at   timestamp with time zone
);
create index legal_holds_by_subject on legal_holds (subject);

-- What purges removed: counted and hashed row by row as it happens, signed when the run ends.
create table purge_current (
    id        integer                  not null primary key,
    run       uuid                     not null,
    opened_at timestamp with time zone not null
);
create table purge_counts (
    run    uuid        not null,
    rule   varchar(64) not null,
    purged bigint      not null,
    hash   bytea       not null,
    primary key (run, rule)
);
create table purge_runs (
    run         uuid                     not null primary key,
    position    bigint                   not null,
    closed_at   timestamp with time zone not null,
    certificate varchar(100000)          not null,
    signature   varchar(200)             not null
);
create unique index purge_runs_by_position on purge_runs (position);

-- What the nightly look found; health shows it.
create table purge_check (
    id         integer                  not null primary key,
    checked_at timestamp with time zone not null,
    overdue    bigint                   not null,
    what       varchar(2000)            not null
);

-- What became of a document that proves who somebody is; the result stays when the image is gone.
alter table media add column verdict varchar(10);
alter table media add column decided_by uuid;
alter table media add column decided_at timestamp with time zone;

alter table messages add column purged_at timestamp with time zone;
-- When the last words of an inquiry were removed: purges need not look at it again.
alter table inquiries add column words_purged_at timestamp with time zone;
create index inquiries_by_close on inquiries (words_purged_at, closed_at);
