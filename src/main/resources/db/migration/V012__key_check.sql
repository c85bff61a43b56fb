-- One sealed value: a hub whose keys do not open it has the wrong key folder, and does not start.

create table key_check (
    id     integer not null primary key,
    sealed bytea   not null
);
