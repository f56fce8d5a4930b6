# shellcheck shell=bash
# A stack is a data folder: its database, passwords, logs, and the pid files of what runs.

open_stack() {
    DATA=$(absolute_path "${1:-$LOCAL}")
    RUN=$DATA/run LOGS=$DATA/log SECRETS=$DATA/secrets
}

# A full disk is not a folder that cannot be written: the former is left to need_disk.
make_stack_folders() {
    local output
    if ! output=$(LC_ALL=C mkdir -p "$RUN" "$LOGS" 2>&1); then
        [[ $output == *"No space left"* ]] || fail "cannot write to $DATA (${output##*: })"
    elif [[ ! -w $RUN || ! -w $LOGS ]]; then
        fail "cannot write to $DATA"
    fi
}

# Names with a pid file, the gateway first: the order in which they stop.
stack_members() {
    local file name
    [[ ! -e $RUN/gateway.pid ]] || say gateway
    for file in "$RUN"/*.pid; do
        name=${file##*/} name=${name%.pid}
        [[ ! -e $file || $name == gateway || $name == postgres || $name == up || $name == long ]] || say "$name"
    done
    [[ ! -e $RUN/postgres.pid ]] || say postgres
}

is_stack_empty() { [[ -z $(stack_members) ]] && is_stopped long; }

stack_is_complete() {
    local name
    for name in postgres $(service_names); do
        is_running "$name" || return 1
    done
}

# What a killed `up` was at (a build) comes first. A service may take 30 s to drain. The gateway drains first, then the services it leads to, at the same time, then their database.
stop_stack() {
    local name
    local -a stopping=()
    stop long TERM 5
    for name in $(stack_members); do
        case $name in
            gateway) stop gateway TERM 35 ;;
            postgres) ;;
            *)
                stop "$name" TERM 35 &
                stopping+=($!)
                ;;
        esac
    done
    ((${#stopping[@]} == 0)) || wait "${stopping[@]}" || true
    stop_postgres
}
