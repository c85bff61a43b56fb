-- How many messages LINE counts for a call: none for a reply, one for each member for a push.
alter table sends add column counted integer default 0 not null;
update sends set counted = 1 where cost = 'PAID';

-- How many people are in a group or room, the account not among them; null until LINE told, and for a single customer.
alter table customers add column members integer;
