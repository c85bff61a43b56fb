-- What takes Salesforce's place (hub.salesforce.replaced) has longer ids and numbers for its records.
alter table inquiries alter column case_id set data type varchar(64);
alter table inquiries alter column case_number set data type varchar(64);
