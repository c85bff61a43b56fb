-- People are kept here: invited by a link, with a second factor.

-- Nobody has a password before they chose one.
alter table operators alter column password_hash drop not null;
-- Since then the people's screen says who this is, and no setting does.
alter table operators add column kept_at timestamp with time zone;
-- When an invitation last let them in.
alter table operators add column joined_at timestamp with time zone;

-- At most one a person; the link's token is not kept.
create table invitations (
    operator uuid                     not null primary key,
    digest   varchar(64)              not null, -- SHA-256 of the token
    made_by  varchar(64)              not null,
    made_at  timestamp with time zone not null,
    ends_at  timestamp with time zone not null
);
create index invitations_by_digest on invitations (digest);

create table second_factors (
    operator     uuid                     not null primary key,
    secret       bytea                    not null,
    made_at      timestamp with time zone not null,
    confirmed_at timestamp with time zone, -- null until its first code was right
    last_step    bigint                   not null -- the time step of the last code that was taken
);

-- Each goes when it is used.
create table recovery_codes (
    id       uuid        not null primary key,
    operator uuid        not null,
    digest   varchar(64) not null -- keyed
);
create index recovery_codes_by_operator on recovery_codes (operator);
