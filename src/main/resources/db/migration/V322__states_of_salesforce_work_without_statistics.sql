-- As V320.
${postgresql}do $$ begin alter table crm_work alter column state set data type varchar(12); alter table crm_work alter column state set statistics 0; exception when feature_not_supported then null; end $$;
