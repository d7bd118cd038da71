-- Two roles: abidb fills the record, abidb_web reads it and can write nothing. Run as PostgreSQL's administrator:
--     sudo -u postgres psql --set ON_ERROR_STOP=1 --file deploy/roles.sql
-- Debian's peer authentication knows both accounts of the system by these names; there is no password.
CREATE ROLE abidb LOGIN;
CREATE ROLE abidb_web LOGIN;
ALTER ROLE abidb_web SET default_transaction_read_only = on;
ALTER ROLE abidb_web SET statement_timeout = '15s';
-- Debian's order of versions is kept as text that sorts by bytes.
CREATE DATABASE abidb OWNER abidb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE TEMPORARY ON DATABASE abidb FROM PUBLIC;
\connect abidb
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO abidb;
ALTER DEFAULT PRIVILEGES FOR ROLE abidb GRANT SELECT ON TABLES TO abidb_web;
