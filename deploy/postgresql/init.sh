#!/bin/sh
# Run once by the postgres image, when its data folder is new.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres -v ON_ERROR_STOP=1 \
    -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" --file /roles.sql
