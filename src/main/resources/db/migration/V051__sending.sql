-- Addresses under which a phone loads what was sent to it. The database holds a digest: it does not tell the address.
create table media_links (
    id         varchar(64)              not null primary key,
    media      uuid                     not null,
    expires_at timestamp with time zone not null,
    revoked    boolean                  not null
);
create index media_links_by_media on media_links (media);

-- When the customer was last shown that somebody writes, and up to which message LINE was told that it was read.
alter table inquiries add column typing_at timestamp with time zone;
alter table inquiries add column told_read_seq integer default 0 not null;

-- What customers see of an operator; without it they see the account.
alter table operators add column nickname varchar(40);
alter table operators add column icon_url varchar(1000);
