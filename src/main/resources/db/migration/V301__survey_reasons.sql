-- Why a customer gave a low score, when they said so.
alter table surveys add column reason varchar(16); -- slow, repeated, unsolved, unclear, manner
