-- A group or room that mentions the account stands where a customer does.
alter table customers add column kind varchar(8) default 'user' not null;
-- Another channel module has the chat (LINE's standby mode), and the time of the event that told so.
alter table customers add column standby boolean default false not null;
alter table customers add column standby_at timestamp with time zone;

-- Accounts that LINE suspended; nothing is sent for them until they are resumed.
create table account_standings (
    account   varchar(64)              not null primary key,
    suspended boolean                  not null,
    since     timestamp with time zone not null
);

-- LINE is still preparing a video or a recording.
alter table media add column preparing boolean default false not null;
