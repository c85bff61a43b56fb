-- When the customer blocked the account: events come in any order, and the newest of follow and unfollow counts.
alter table customers add column unfollowed_at timestamp with time zone;
