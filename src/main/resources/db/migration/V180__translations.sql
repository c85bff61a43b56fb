-- What messages say in another language, and how many characters of a day (in UTC) went to the translation service.

create table translations (
    id         uuid                     not null primary key, -- derived from message and language
    message    uuid                     not null,
    language   varchar(35)              not null,
    written_in varchar(35),                                   -- as the service says; null where it does not
    words      bytea,                                         -- null where the message is in this language already
    at         timestamp with time zone not null
);
create index translations_by_message on translations (message);

create table translated_days (
    utc_day    date   not null primary key,
    characters bigint not null
);
