# shellcheck shell=bash
# What every part uses: messages, options, clean endings.

LOCAL=$ROOT/.local

say() { printf '%s\n' "$*"; }

# One clear line, and the end.
fail() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

usage_error() {
    printf 'dev: %s (./dev help)\n' "$*" >&2
    exit 2
}

# An option's value, given as `--name VALUE` or `--name=VALUE`. Sets VALUE and SHIFT.
option_value() {
    if [[ $1 == *=* ]]; then
        VALUE=${1#*=} SHIFT=1
    elif (($# >= 2)); then
        VALUE=$2 SHIFT=2
    else
        usage_error "$1 needs a value"
    fi
    [[ -n $VALUE ]] || usage_error "${1%%=*} needs a value"
}

# A path as the caller meant it: relative to where the command was typed.
absolute_path() {
    if [[ $1 == /* ]]; then realpath -m -- "$1"; else realpath -m -- "$CALLER/$1"; fi
}

# What a command line needs to reach the stack in hand: nothing for the default one.
data_option() { [[ $DATA == "$LOCAL" ]] || printf ' --data %q' "$DATA"; }

# Runs a long command so that a signal to this script ends it at once, with all it started. Without a terminal to
# watch, its output goes to a log and only a failure shows its end.
run_long() {
    local log=$1
    shift
    local status=0
    mkdir -p "$(dirname "$log")"
    if [[ -t 1 ]]; then
        setsid "$@" </dev/null 9>&- &
    else
        setsid "$@" </dev/null >"$log" 2>&1 9>&- &
    fi
    long_began "$!"
    wait "$LONG" || status=$?
    long_ended
    if ((status != 0)) && [[ ! -t 1 ]]; then
        tail -n 60 "$log" >&2
    fi
    return "$status"
}

# Noted in a pid file too, for those who clear up after a script that was killed.
long_began() {
    LONG=$1
    [[ ! -d ${RUN:-} ]] || printf '%s %s\n' "$LONG" "$(start_time "$LONG")" >"$RUN/long.pid"
}

long_ended() {
    LONG=
    [[ ! -d ${RUN:-} ]] || rm -f "$RUN/long.pid"
}

# Ends the long command in hand, if any, and whatever it left behind.
end_long_command() {
    [[ -n ${LONG:-} ]] || return 0
    kill -TERM -- "-$LONG" 2>/dev/null || true
    wait_until 5 session_is_empty "$LONG" || kill_session "$LONG"
}

# Turns signals into an ordinary exit, so that the EXIT trap is the only clean-up.
exit_on_signals() {
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

ignore_signals() { trap '' INT TERM HUP; }

# Waits until a command succeeds: wait_until SECONDS COMMAND...
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
