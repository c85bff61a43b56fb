-- What the nightly comparison of transcripts with Salesforce found.
create table crm_drift (
    id       uuid                     not null primary key,
    ran_at   timestamp with time zone not null,
    from_at  timestamp with time zone not null,
    to_at    timestamp with time zone not null,
    compared integer                  not null,
    missing  integer                  not null, -- here, not in Salesforce
    stale    integer                  not null, -- taken back here, still with words in Salesforce
    not_here integer                  not null, -- in Salesforce, not here
    ids      text                     not null  -- all of them: M:…, S:… and U:…, one a line
);
create index crm_drift_by_time on crm_drift (ran_at);
