-- The one database. Nobody gets into it, or into its public schema, by default.
SELECT 'CREATE DATABASE pentad' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'pentad') \gexec
REVOKE ALL ON DATABASE pentad FROM PUBLIC;
\connect pentad
REVOKE ALL ON SCHEMA public FROM PUBLIC;
