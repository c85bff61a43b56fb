#!/bin/bash
# Runs once, when PostgreSQL makes its files: Keycloak has a database and a user of its own.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v ON_ERROR_STOP=1 \
  -v password="$(cat /run/secrets/keycloak-database-password)" <<'END'
create role keycloak login password :'password';
create database keycloak owner keycloak;
END
