-- The two roles and the database. Run by the server's superuser; may be run again at any time.
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… --file roles.sql postgres
-- traitortrack owns the tables: DATABASE_DIRECT_URL, for migrations, backups and restores.
-- traitortrack_app works in them and owns nothing: DATABASE_URL. `migrate_safely` gives it its rights.

SELECT 'CREATE ROLE traitortrack' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'traitortrack') \gexec
SELECT 'CREATE ROLE traitortrack_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'traitortrack_app') \gexec

-- CREATEDB: a backup is verified in a scratch database, a restore made beside the old one.
ALTER ROLE traitortrack LOGIN CREATEDB NOSUPERUSER PASSWORD :'owner_password';
ALTER ROLE traitortrack_app LOGIN NOCREATEDB NOSUPERUSER PASSWORD :'app_password';
-- A restore ends the sessions of the app before it renames a database.
GRANT pg_signal_backend TO traitortrack;
-- The system page tells of all sessions, locks and replicas.
GRANT pg_monitor TO traitortrack_app;

-- What TraitorTrack relies on, whatever the server's defaults are.
ALTER ROLE traitortrack_app SET synchronous_commit = 'on';
ALTER ROLE traitortrack_app SET default_transaction_isolation = 'read committed';
-- Its statements are planned once, not for each scan: planning costs more than running them.
ALTER ROLE traitortrack_app SET plan_cache_mode = 'force_generic_plan';
-- A program that died in the middle of something keeps no lock for long.
ALTER ROLE traitortrack_app SET idle_in_transaction_session_timeout = '60s';

SELECT 'CREATE DATABASE traitortrack OWNER traitortrack ENCODING ''UTF8'' TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'traitortrack') \gexec
