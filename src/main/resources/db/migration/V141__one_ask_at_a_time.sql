-- Until when a call to LINE for this chat may be under way: the next wish waits for it, so that no two cross.
alter table chat_controls add column asked_until timestamp with time zone;
