-- Calls that are offered to customers: one row each, from the offer to its outcome. What was noted of a call is a message
-- of its inquiry.
create table calls (
    id         uuid                     not null primary key,
    inquiry    uuid                     not null,
    link       varchar(64)              not null, -- digest of the address that the customer opens
    state      varchar(12)              not null,
    weight     integer                  not null, -- what it adds to the inquiry's weight while it is open
    offered_by uuid,                              -- null: by rule
    offered_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    opened_at  timestamp with time zone,
    began_at   timestamp with time zone,
    ended_at   timestamp with time zone,
    outcome    varchar(40)
);
create index calls_by_inquiry on calls (inquiry, offered_at);
create index calls_by_link on calls (link);
create index calls_by_state on calls (state, expires_at);

-- What an open call adds to what the inquiry weighs by itself.
alter table inquiries add column call_weight integer default 0 not null;
