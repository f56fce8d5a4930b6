# shellcheck shell=bash
# Processes with a name. $RUN/<name>.pid holds `pid start-time port internal-port`: a pid alone may have been given to
# a stranger since, and a stranger is never signalled.

# When a process started, in clock ticks since boot; nothing for one that is gone or only waits to be reaped.
start_time() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    local -a fields
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[0]} == Z ]] || printf '%s' "${fields[19]}"
}

# spawn NAME LOG PORT INTERNAL COMMAND...: starts COMMAND in its own session, out of reach of the terminal's Ctrl-C.
spawn() {
    local name=$1 log=$2 ports="$3 $4"
    shift 4
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    setsid "$@" </dev/null >"$log" 2>&1 9>&- &
    SPAWNED=$!
    printf '%s %s %s\n' "$SPAWNED" "$(start_time "$SPAWNED")" "$ports" >"$RUN/$name.pid"
}

# Reads a pid file into PID, STARTED, PORT_OF and INTERNAL_OF; fails when that very process no longer runs.
is_running() {
    PID='' STARTED='' PORT_OF='' INTERNAL_OF=''
    [[ -s $RUN/$1.pid ]] || return 1
    read -r PID STARTED PORT_OF INTERNAL_OF <"$RUN/$1.pid" || true
    [[ -n $PID && -n $STARTED && $(start_time "$PID") == "$STARTED" ]]
}

is_stopped() { ! is_running "$1"; }

# Every process of a session: what a service started dies with it.
session_members() {
    local stat line
    local -a fields
    for stat in /proc/[0-9]*/stat; do
        { line=$(<"$stat"); } 2>/dev/null || continue
        read -ra fields <<<"${line##*) }"
        [[ ${fields[3]} != "$1" || ${fields[0]} == Z ]] || say "${line%% *}"
    done
}

# stop NAME SIGNAL SECONDS: asks, waits, insists.
stop() {
    local name=$1 signal=$2 seconds=$3 members
    if is_running "$name"; then
        local session=$PID
        kill -s "$signal" "$session" 2>/dev/null || true
        wait_until "$seconds" is_stopped "$name" || say "$name did not stop within ${seconds} s: killed"
        members=$(session_members "$session")
        # shellcheck disable=SC2086
        [[ -z $members ]] || kill -KILL $members 2>/dev/null || true
        wait_until 5 is_stopped "$name" || true
    fi
    rm -f "$RUN/$name.pid"
}
