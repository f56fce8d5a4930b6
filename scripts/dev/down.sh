# shellcheck shell=bash

command_down() {
    local data=$LOCAL found
    while (($#)); do
        case $1 in
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_down && return ;;
            *) usage_error "down does not know '$1'" ;;
        esac
    done
    open_stack "$data"
    found=$(stack_members)
    if is_running up; then
        found=up
        kill -TERM "$PID"
        wait_until 90 is_stopped up || fail "./dev up (pid $PID) does not stop"
    fi
    rm -f "$RUN/up.pid"
    stop_stack
    if [[ -n $found ]]; then say "Stopped"; else say "Nothing runs in $DATA"; fi
}
