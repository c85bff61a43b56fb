-- Words that customers took back while a legal hold covers them. Their messages hold nothing of them any more.
create table withheld_words (
    id          uuid                     not null primary key, -- the message's
    inquiry     uuid                     not null,
    content     bytea                    not null,
    written_at  timestamp with time zone not null, -- the version that stood last; earlier ones have their times in the content
    withheld_at timestamp with time zone not null
);
create index withheld_words_by_inquiry on withheld_words (inquiry);
