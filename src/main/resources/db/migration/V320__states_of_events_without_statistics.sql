-- PostgreSQL would learn on a quiet day that next to nothing waits, and believe it into the storm: it would look for one
-- customer's rows among all that wait. Without statistics it takes no state for rare. The type stays as it is; naming it
-- anew makes it forget what it has counted. Where a view of somebody's own reads the column all stays as it was.
${postgresql}do $$ begin alter table events alter column state set data type varchar(8); alter table events alter column state set statistics 0; exception when feature_not_supported then null; end $$;
