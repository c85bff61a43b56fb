-- The keys that people chose for what the console does, in place of those it comes with.
create table shortcuts (
    operator uuid        not null,
    act      varchar(40) not null, -- as the console names it
    keys     varchar(40) not null, -- modifiers and the key's place, such as Alt KeyG; empty = no key
    primary key (operator, act)
);
