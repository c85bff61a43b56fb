-- Canned answers: the company's own words, put into drafts by operators. No customer's words, so not sealed.

create table canned_answers (
    id         uuid                     not null primary key, -- derived from shortcut, language and team
    shortcut   varchar(40)              not null,
    language   varchar(16)              not null,
    team       varchar(64),
    title      varchar(120)             not null,
    reading    varchar(200)             not null,
    body       varchar(5000)            not null,
    uses       bigint                   not null,
    changed_at timestamp with time zone not null,
    removed_at timestamp with time zone
);
