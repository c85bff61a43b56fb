-- A row that the health check writes, to see that the store takes writes and not only reads.
create table store_check (
    id         integer                  not null primary key,
    checked_at timestamp with time zone not null
);
insert into store_check (id, checked_at) values (1, current_timestamp);
