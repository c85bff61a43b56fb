-- Security keys and passkeys, beside the authenticator's codes: several a person, named by them.
create table security_keys (
    id       uuid                     not null primary key,
    operator uuid                     not null,
    name     varchar(60)              not null,
    digest   varchar(64)              not null, -- SHA-256 of the credential's id
    record   bytea                    not null, -- whose it is and what it said of itself, its public key in it; sealed
    counter  bigint                   not null, -- of the last answer; 0 for keys that do not count
    made_at  timestamp with time zone not null,
    used_at  timestamp with time zone
);
create unique index security_keys_by_digest on security_keys (digest);
create index security_keys_by_operator on security_keys (operator);

-- What a key is to answer: one a person and purpose, gone when it is answered.
create table key_challenges (
    operator uuid                     not null,
    purpose  varchar(8)               not null, -- add, sign-in
    digest   varchar(64)              not null, -- SHA-256 of the challenge
    ends_at  timestamp with time zone not null,
    primary key (operator, purpose)
);
