-- Pictures and other files. Bytes are encrypted with a key of their own, which the key of the due day wraps (kept outside the database).

create table media (
    id           uuid                     not null primary key,
    inquiry      uuid                     not null,
    customer     uuid                     not null,
    account      varchar(64)              not null,
    line_message_id varchar(64)           not null,
    kind         varchar(12)              not null,
    purpose      varchar(12)              not null,
    state        varchar(12)              not null,
    content_type varchar(120),
    size         bigint,
    width        integer,
    height       integer,
    name         bytea,
    due_at       timestamp with time zone not null,
    held         boolean                  not null,
    key_day      varchar(10),
    wrapped_key  bytea,
    tries        integer                  not null,
    next_try_at  timestamp with time zone,
    lease_until  timestamp with time zone,
    error        varchar(2000),
    received_at  timestamp with time zone not null,
    purged_at    timestamp with time zone
);
create index media_by_state on media (state, next_try_at);
create index media_by_due on media (state, due_at);
create index media_by_customer on media (customer);

create table media_chunks (
    media uuid    not null,
    part  integer not null,
    bytes bytea   not null,
    primary key (media, part)
);
