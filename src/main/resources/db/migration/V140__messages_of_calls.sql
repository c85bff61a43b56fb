-- Which delivery carries the button of an offered call: once the offer is over it is not sent again.
alter table calls add column delivery uuid;
create index calls_by_delivery on calls (delivery);
