-- What Salesforce holds of a customer, as it was when somebody looked: chosen fields of the contact, the latest Cases.
create table crm_customers (
    id        uuid                     not null primary key, -- the customer
    facts     bytea,
    looked_at timestamp with time zone,                      -- when Salesforce answered last
    asked_at  timestamp with time zone not null              -- when it was asked last
);
