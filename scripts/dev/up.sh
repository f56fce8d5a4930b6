# shellcheck shell=bash

command_up() {
    local -a given=("$@") services
    local detach=no port=8080 port_given=no data=$LOCAL configuration=release
    INSTALL=yes
    while (($#)); do
        case $1 in
            --detach) detach=yes && shift ;;
            --no-install) INSTALL=no && shift ;;
            --debug) configuration=debug && shift ;;
            --port | --port=*) option_value "$@" && port=$VALUE port_given=yes && shift "$SHIFT" ;;
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_up && return ;;
            *) usage_error "up does not know '$1'" ;;
        esac
    done
    if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
        usage_error "--port must be 1 to 65535, not '$port'"
    fi

    become_owner up "${given[@]}"
    open_stack "$data"
    [[ -n ${PENTAD_BIN:-} ]] || find_toolchain
    say_if_running "$port" "$port_given" && return
    make_stack_folders
    need_disk "$DATA" 500
    exec 9>"$RUN/lock"
    flock -n 9 || fail "another ./dev up is at work on $DATA"
    port_is_free "$port" || fail "port $port is taken by $(port_holder "$port"): stop it, or choose another with --port"
    [[ -n ${PENTAD_BIN:-} || -d .build/static/$configuration ]] || need_disk "$ROOT" 2048

    STAGE_FILE=$RUN/stage
    note_stage "Preparing"
    printf '%s %s\n' "$$" "$(start_time "$$")" >"$RUN/up.pid"
    exit_on_signals
    trap end_up EXIT
    is_stack_empty || say "Stopping what is left of an earlier stack"
    stop_stack

    install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}"
    ensure_engines
    ensure_swagger_ui
    [[ -n ${PENTAD_BIN:-} ]] || check_toolchain
    mapfile -t services < <(service_names)
    build "$configuration" engine-guard "${services[@]}"
    choose_user
    begin_stage "Starting PostgreSQL"
    start_postgres "$DATA"
    create_roles
    end_stage
    begin_stage "Starting services" ": ${services[*]}"
    start_services "$port"
    wait_for_services
    end_stage
    rm -f "$STAGE_FILE"
    exec 9>&-

    say_where "$port"
    if [[ $detach == yes ]]; then
        trap - EXIT
        rm -f "$RUN/up.pid"
        return
    fi
    say "  Stop           Ctrl-C"
    watch_stack
}

say_if_running() {
    stack_is_complete || return 1
    is_running gateway
    if [[ $2 == yes && $1 != "$PORT_OF" ]]; then
        fail "Pentad already runs at http://127.0.0.1:$PORT_OF: another stack needs its own --data"
    fi
    say "Pentad already runs at http://127.0.0.1:$PORT_OF (./dev status$(data_option), ./dev down$(data_option))"
}

say_where() {
    local option
    option=$(data_option)
    cat <<TEXT

Pentad runs at http://127.0.0.1:$1

  Console        http://127.0.0.1:$1/, and the API's documentation at /docs
  Token          POST /api/auth/login says one; in development anybody may sign in as anybody
  First request  curl http://127.0.0.1:$1/health
  Look           ./dev status$option, ./dev logs$option, ./dev down$option
TEXT
}

# Until a signal comes, or a process ends that should not.
watch_stack() {
    local name ended status=0
    local -A names=()
    for name in $(stack_members); do
        is_running "$name" || fail_with_log "$name" "ended"
        names[$PID]=$name
    done
    wait -n -p ended "${!names[@]}" 2>/dev/null || status=$?
    fail_with_log "${names[$ended]}" "ended on its own ($(describe_status "$status"))"
}

describe_status() {
    if (($1 > 128)); then say "signal $(($1 - 128))"; else say "exit $1"; fi
}

end_up() {
    local status=$?
    ignore_signals
    end_long_command
    ((status < 128)) || say "Stopping"
    stop_stack
    rm -f "$RUN/up.pid" "$STAGE_FILE"
    exit "$status"
}
