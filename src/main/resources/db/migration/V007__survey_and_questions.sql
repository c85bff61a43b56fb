-- What customers thought of it, and what they asked the bot.

create table surveys (
    id          uuid                     not null primary key, -- derived from the inquiry: asked once
    inquiry     uuid                     not null,
    customer    uuid                     not null,
    asked_at    timestamp with time zone not null,
    expires_at  timestamp with time zone not null,
    score       integer,
    answered_at timestamp with time zone
);
create index surveys_by_inquiry on surveys (inquiry);

create table questions (
    id         uuid                     not null primary key,
    inquiry    uuid                     not null,
    language   varchar(16)              not null,
    question   bytea,
    decision   varchar(12)              not null,
    reason     varchar(64),
    confidence double precision         not null,
    candidates varchar(1000)            not null,
    solved     boolean,
    asked_at   timestamp with time zone not null
);
create index questions_by_inquiry on questions (inquiry);
