-- Why somebody is busy, since when they are as they are, and whether their screen is still there.

alter table seats add column reason varchar(40);
alter table seats add column present_since timestamp with time zone;
alter table seats add column seen_at timestamp with time zone;
alter table seats add column lost_at timestamp with time zone;

-- Who has an inquiry on their screen.
create table viewers (
    inquiry  uuid                     not null,
    operator uuid                     not null,
    seen_at  timestamp with time zone not null,
    primary key (inquiry, operator)
);
