-- Customers who were erased, or are being erased. At the end nothing but the sealed proof says who they were.
create table erasures (
    id       uuid                     not null primary key, -- what stays is kept under it
    customer uuid,                                          -- who is being erased; null at the end
    begun_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    counts   varchar(2000)            not null,             -- what is removed so far
    proof    bytea
);
create index erasures_by_customer on erasures (customer);
