-- Words customers use for an article, one a line: its keywords and approved phrasings. They help the bot find it.
alter table articles add column keywords text;
