-- What goes by the free reply that a customer's words brought, or not at all. The release before sends it like any words.
alter table deliveries add column free_only boolean default false not null;
