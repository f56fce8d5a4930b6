# shellcheck shell=bash

command_down() {
    local data=$LOCAL message='' stage
    while (($#)); do
        case $1 in
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_down && return ;;
            *) usage_error "down does not know '$1'" ;;
        esac
    done
    open_stack "$data"
    is_stack_empty || message="Stopped"
    if is_running up; then
        message="Stopped"
        ! stage=$(stage_of_start) || message="Ended a start that was under way ($stage)"
        kill -TERM "$PID" 2>/dev/null || true
        wait_until 90 is_stopped up || fail "./dev up (pid $PID) does not stop"
    fi
    rm -f "$RUN/up.pid" "$RUN/stage"
    stop_stack
    say "${message:-Nothing runs in $(printf '%q' "$DATA")}"
}
