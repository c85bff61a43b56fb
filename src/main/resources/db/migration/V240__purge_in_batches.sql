-- The purge by rules asks every few minutes for identity documents, which are few among a million pictures.
create index media_by_purpose on media (purpose, state);
