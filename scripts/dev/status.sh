# shellcheck shell=bash

command_status() {
    local data=$LOCAL name state stage
    while (($#)); do
        case $1 in
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_status && return ;;
            *) usage_error "status does not know '$1'" ;;
        esac
    done
    open_stack "$data"
    if stage=$(stage_of_start); then
        say "Pentad is starting ($stage)"
    elif [[ -z $(stack_members) ]]; then
        say "Not running ($(printf '%q' "$DATA"))"
    fi
    [[ -n $(stack_members) ]] || exit 3
    printf '%-16s %8s %6s  %-10s %10s %12s\n' SERVICE PID PORT STATE MEMORY UPTIME
    for name in postgres $(service_names); do
        if is_running "$name"; then
            state=running
            [[ $name == postgres ]] || state=$(answers_ready "$INTERNAL_OF" && echo ready || echo 'not ready')
            printf '%-16s %8s %6s  %-10s %10s %12s\n' "$name" "$PID" "$PORT_OF" "$state" "$(memory_of "$PID")" \
                "$(uptime_of "$STARTED")"
        else
            printf '%-16s %8s %6s  %-10s %10s %12s\n' "$name" - - stopped - -
        fi
    done
    stack_is_complete || exit 3
}

memory_of() { awk '/^VmRSS/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$1/status" 2>/dev/null || true; }

uptime_of() {
    local seconds
    seconds=$(awk -v start="$1" -v ticks="$(getconf CLK_TCK)" '{ printf "%d", $1 - start / ticks }' /proc/uptime)
    printf '%d:%02d:%02d' $((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60))
}
