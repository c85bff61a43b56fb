-- Passwords that people had before the one they have: none of them is taken again.
create table earlier_passwords (
    operator      uuid                     not null,
    password_hash varchar(400)             not null, -- with a salt of its own
    replaced_at   timestamp with time zone not null,
    primary key (operator, password_hash)
);
