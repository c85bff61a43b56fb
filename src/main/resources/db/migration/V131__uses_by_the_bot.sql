-- How often the bot used an article is counted from its uses: used_by is null then.
create index article_uses_by_article on article_uses (article, used_by);
-- What the bot used goes to Salesforce once the inquiry is handed off.
create index article_uses_by_inquiry on article_uses (inquiry);
