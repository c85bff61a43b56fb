-- Until when a customer's images count as documents that prove who they are.

alter table inquiries add column identity_until timestamp with time zone;
