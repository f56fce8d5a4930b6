# shellcheck shell=bash
# Services are found by what is there: services/<name>/Main is an executable <name>.

# The gateway comes last: it starts after those it leads to.
service_names() {
    local main name
    for main in services/*/Main; do
        name=${main#services/} name=${name%/Main}
        [[ ! -d $main || $name == gateway ]] || say "$name"
    done
    [[ ! -d services/gateway/Main ]] || say gateway
}

role_of() { say "${1//-/_}"; }

# start_services GATEWAY_PORT
start_services() {
    local service
    declare -A ports=() internals=()
    for service in $(service_names); do
        ports[$service]=$(free_port)
        internals[$service]=$(free_port)
    done
    ports[gateway]=$1
    for service in $(service_names); do
        start_service "$service"
    done
}

# Starts one service with the settings it has from us; whatever else the caller has in the environment reaches it too.
start_service() {
    local service=$1 role password other internal=${internals[$1]}
    local -a prefix=("${AS_USER[@]}")
    role=$(role_of "$service")
    local -x HOST=127.0.0.1 PORT=${ports[$service]} INTERNAL_PORT=$internal
    password=$(secret "$role")
    local -x DATABASE_URL="postgresql://$role:$password@127.0.0.1:$POSTGRES_PORT/pentad?options=-csearch_path%3D$role"
    if [[ $service == gateway ]]; then
        local -x KEY_ENCRYPTION_KEY SWAGGER_UI_DIR=${SWAGGER_UI_DIR:-$SWAGGER_UI}
        KEY_ENCRYPTION_KEY=${GATEWAY_KEY_ENCRYPTION_KEY:-$(secret encryption-key 32 | tr -- '-_' '+/')}
        for other in "${!ports[@]}"; do
            [[ $other == gateway ]] || local -x "$(role_of "${other^^}")_URL=http://127.0.0.1:${ports[$other]}"
        done
    else
        local -x IDENTITY_KEYS_URL="http://127.0.0.1:${internals[gateway]}/internal/jwks.json"
    fi
    # An executable below a folder that is closed to others (a checkout in /root) runs as who we are.
    "${prefix[@]}" test -x "$BIN/$service" || prefix=()
    spawn "$service" "$LOGS/$service.log" "$PORT" "$internal" "${prefix[@]}" "$BIN/$service"
}

answers_ready() { curl -fs --noproxy '*' --max-time 2 -o /dev/null "http://127.0.0.1:$1/ready"; }

wait_for_services() {
    local service
    for service in $(service_names); do
        wait_until 60 service_settled "$service" || fail_with_log "$service" "is not ready after 60 s"
        is_running "$service" || fail_with_log "$service" "ended while starting"
    done
}

service_settled() { is_stopped "$1" || answers_ready "$INTERNAL_OF"; }

fail_with_log() {
    tail -n 15 "$LOGS/$1.log" >&2 || true
    fail "$1 $2: $LOGS/$1.log"
}
