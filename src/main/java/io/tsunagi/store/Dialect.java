package io.tsunagi.store;

/** The two databases the hub runs on. Nearly all SQL is one text for both; where it is not, a class asks here. */
public enum Dialect {
    H2,
    POSTGRESQL
}
