-- Who somebody is to an OpenID Connect provider: bound at their first sign-in there.
create table identities (
    issuer   varchar(400)             not null,
    subject  varchar(255)             not null, -- OpenID Connect Core 1.0, section 2: at most 255 characters
    operator uuid                     not null,
    made_at  timestamp with time zone not null,
    primary key (issuer, subject)
);
create unique index identities_by_operator on identities (operator, issuer);
