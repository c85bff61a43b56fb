-- Assignments that are offered: an operator has the inquiry and its room until then, and takes it or not.

alter table inquiries add column offered_until timestamp with time zone;
create index inquiries_by_offer on inquiries (offered_until);

-- Who did not take an inquiry is passed over for a while.
create table declines (
    inquiry  uuid                     not null,
    operator uuid                     not null,
    at       timestamp with time zone not null,
    primary key (inquiry, operator)
);
create index declines_by_time on declines (at);

-- Offers in a row that somebody let go by.
alter table seats add column misses integer default 0 not null;
