-- Access tokens that LINE issued to the hub, so that all nodes use the same one.
create table account_tokens (
    id         uuid                     not null primary key,
    account    varchar(64)              not null,
    token      bytea                    not null,
    issued_at  timestamp with time zone not null,
    expires_at timestamp with time zone not null
);

-- What LINE said last when it was asked to call an account's webhook.
create table webhook_checks (
    account    varchar(64)              not null primary key,
    outcome    varchar(16)              not null,
    endpoint   varchar(1000),
    status     integer,
    reason     varchar(200),
    checked_at timestamp with time zone not null
);
