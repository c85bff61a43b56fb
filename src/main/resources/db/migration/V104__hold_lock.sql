-- One row: whoever removes what is past its time has it, and whoever sets or lifts a legal hold waits for it.
create table hold_lock (
    id integer not null primary key
);
insert into hold_lock (id) values (1);
