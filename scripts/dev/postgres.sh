# shellcheck shell=bash
# A PostgreSQL cluster of our own: never the system's, never as root, passwords for everybody.

# Settings of the caller's own must not lead us to another server.
for name in "${!PG@}"; do unset "$name"; done

# The folder of a version's programs: that of an existing cluster, else the newest installed.
postgres_programs() {
    local cluster=$1 version=
    [[ ! -s $cluster/PG_VERSION ]] || version=$(<"$cluster/PG_VERSION")
    local -a found
    mapfile -t found < <(compgen -G "/usr/lib/postgresql/${version:-*}/bin/initdb" | sort -V)
    ((${#found[@]})) || fail "no PostgreSQL ${version:+$version }server found under /usr/lib/postgresql${version:+ (the data in $cluster needs that version)}"
    dirname "${found[-1]}"
}

# secret NAME [BYTES]: a random password, made once, readable by its owner alone.
secret() {
    local file=$SECRETS/$1
    if [[ ! -s $file ]]; then
        (umask 077 && mkdir -p "$SECRETS" && head -c "${2:-24}" /dev/urandom | base64 | tr '+/' '-_' >"$file.new")
        mv "$file.new" "$file"
    fi
    cat "$file"
}

# Where the cluster lives: under the data folder, or, when the unprivileged user cannot reach that, in /var/lib/pentad.
cluster_directory() {
    local link=$1/postgres elsewhere
    if [[ ! -e $link ]] && ! as_user test -x "$1"; then
        elsewhere=/var/lib/pentad/$(printf '%s' "$1" | sha256sum | cut -c1-12)
        install -d -m 711 /var/lib/pentad "$elsewhere"
        ln -sfn "$elsewhere/postgres" "$link"
        printf 'The database goes to %s: its user cannot reach %s\n' "$elsewhere" "$1" >&2
    fi
    realpath -m "$link"
}

# create_cluster DIRECTORY PROGRAMS: complete or absent.
create_cluster() {
    local cluster=$1 programs=$2 new=$1.new output
    [[ ! -s $cluster/PG_VERSION ]] || return 0
    rm -rf "$new"
    private_directory "$new"
    secret postgres >"$new.password"
    ((EUID != 0)) || chown pentad "$new.password"
    chmod 600 "$new.password"
    output=$(as_user "$programs/initdb" -D "$new" -U postgres --pwfile="$new.password" --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 2>&1) || fail "initdb failed: $(tail -n 1 <<<"$output")"
    rm -f "$new.password"
    rm -rf "$cluster"
    mv "$new" "$cluster"
}

# start_postgres DATA [OPTION...]: creates the cluster when there is none and sets POSTGRES_PORT. Waits until it answers.
start_postgres() {
    local data=$1 cluster programs socket
    shift
    cluster=$(cluster_directory "$data")
    POSTGRES_PROGRAMS=$(postgres_programs "$cluster")
    programs=$POSTGRES_PROGRAMS
    create_cluster "$cluster" "$programs"
    remove_postgres_socket
    # A socket's path may have 107 bytes only, so it does not go below the data folder.
    socket=$(mktemp -d /tmp/pentad.XXXXXX)
    private_directory "$socket"
    say "$socket" >"$RUN/postgres.socket"
    POSTGRES_PORT=$(free_port)
    spawn postgres "$LOGS/postgres.log" "$POSTGRES_PORT" - \
        env -C / "${AS_USER[@]}" "$programs/postgres" -D "$cluster" \
        -c listen_addresses=127.0.0.1 -c "port=$POSTGRES_PORT" -c "unix_socket_directories=$socket" \
        -c unix_socket_permissions=0700 -c max_connections=100 "$@"
    wait_until 60 postgres_settled "$programs" || fail "PostgreSQL did not start within 60 s: $LOGS/postgres.log"
    if ! is_running postgres; then
        tail -n 5 "$LOGS/postgres.log" >&2
        fail "PostgreSQL did not start: $LOGS/postgres.log"
    fi
}

postgres_settled() {
    is_stopped postgres || "$1/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -d postgres
}

stop_postgres() {
    stop postgres INT 30
    remove_postgres_socket
}

remove_postgres_socket() {
    local socket
    [[ -s $RUN/postgres.socket ]] || return 0
    socket=$(<"$RUN/postgres.socket")
    [[ $socket != /tmp/pentad.* ]] || rm -rf "$socket"
    rm -f "$RUN/postgres.socket"
}

# One database; in it a role and a schema for each service, named alike.
create_roles() {
    local service role password
    local -x PGHOST=127.0.0.1 PGPORT=$POSTGRES_PORT POSTGRES_PASSWORD PATH=$POSTGRES_PROGRAMS:$PATH
    POSTGRES_PASSWORD=$(secret postgres)
    for service in $(service_names); do
        role=$(role_of "$service")
        password=$(secret "$role")
        local -x "DATABASE_PASSWORD_$role=$password"
    done
    bash deploy/postgres/roles.sh >/dev/null || fail "could not create the database's roles"
}
