-- What people have seen and let be: it leaves the list of failed work, and stays in its chat.

alter table deliveries add column dismissed_at timestamp with time zone;
