#!/bin/sh
# A database and a role for each service, made once, when the data folder is new. A role owns its database
# and may connect to no other.
set -eu

make() {
    psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set name="$1" --set password="$2" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

make accounts "$ACCOUNTS_DATABASE_PASSWORD"
make vk_gateway "$VK_GATEWAY_DATABASE_PASSWORD"
make integrations "$INTEGRATIONS_DATABASE_PASSWORD"
make dialogs "$DIALOGS_DATABASE_PASSWORD"
make widget_config "$WIDGET_CONFIG_DATABASE_PASSWORD"
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --command 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
