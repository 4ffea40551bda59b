"""The speed table: our server and, in the same PostgreSQL in the same run, the same effect by pgbench."""
