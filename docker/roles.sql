-- A role for the hub that can write rows and change nothing else (PCI DSS 7.2.6): no tables, no indexes, no rights of others.
-- It alters no row of the audit or its seals, and neither alters nor deletes certificates of the purge. Run it as the owner of the schema after
-- each `migrate`; then let hubs connect as tsunagi_hub (hub.store.user) with hub.store.migrate=check. Its password:
-- alter role tsunagi_hub password '…'
begin;
do $$ begin
    create role tsunagi_hub login;
exception when duplicate_object then null;
end $$;

revoke create on schema public from public;
grant usage on schema public to tsunagi_hub;
grant select, insert, update, delete on all tables in schema public to tsunagi_hub;
grant usage, select on all sequences in schema public to tsunagi_hub;

-- Audit rows go when hub.audit.keep is over, by the hub itself.
revoke update on audit, audit_seals from tsunagi_hub;
revoke update, delete on purge_runs from tsunagi_hub;
revoke insert, update, delete on flyway_schema_history from tsunagi_hub;
commit;
