#!/usr/bin/env bash
# Makes the database and, for every DATABASE_PASSWORD_<role> in the environment, that role and its schema.
# Changes nothing that is already right. Connects as PGHOST and POSTGRES_PASSWORD say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export PGPASSWORD=$POSTGRES_PASSWORD PGUSER=postgres

run() { psql -X -q -v ON_ERROR_STOP=1 -d "$1" >/dev/null; }

run postgres <database.sql
for variable in "${!DATABASE_PASSWORD_@}"; do
    role=${variable#DATABASE_PASSWORD_}
    { printf "\\\\set role '%s'\n\\\\set password '%s'\n" "$role" "${!variable}" && cat role.sql; } | run pentad
    printf 'role %s is ready\n' "$role"
done
