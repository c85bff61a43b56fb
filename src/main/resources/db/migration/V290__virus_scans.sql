-- Attempts at a medium that do not count among its tries, because no virus scanner answered.
alter table media add column unscanned integer default 0 not null;
