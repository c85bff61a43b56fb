-- Drafts that wait for a supervisor. The words stand in the draft, which does not change meanwhile; at most one request of an
-- inquiry waits.

create table approvals (
    id         uuid                     not null primary key,
    inquiry    uuid                     not null,
    author     uuid                     not null,
    press      uuid                     not null,
    state      varchar(9)               not null, -- WAITING, APPROVED, EDITED, RETURNED, WITHDRAWN, VOID
    rules      varchar(700)             not null,
    seen_seq   integer                  not null,
    confirmed  varchar(200)             not null,
    asked_at   timestamp with time zone not null,
    decided_by uuid,
    decided_at timestamp with time zone,
    note       bytea,
    why        varchar(16) -- of VOID: owner, newer-message
);
create index approvals_by_inquiry on approvals (inquiry, asked_at);
create index approvals_by_state on approvals (state, asked_at);
