-- Chats that are to be taken, kept or given back where several systems share an account's chats; a row each while there is
-- something to ask LINE for.
create table chat_controls (
    id      uuid                     not null primary key, -- the customer
    wanted  varchar(8)               not null,
    version integer                  not null,             -- counts changes of what is wanted
    tries   integer                  not null,
    due_at  timestamp with time zone not null
);
create index chat_controls_by_due on chat_controls (due_at);
