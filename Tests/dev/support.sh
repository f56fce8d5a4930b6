# shellcheck shell=bash
# What the tests of the script share.

prepare() {
    WORK=$(mktemp -d /tmp/pentad-dev.XXXXXX)
    chmod 755 "$WORK"
    STACK=$WORK/stack
    PORT=$(random_port)
}

clean_up() {
    local status=$? run
    for run in "$WORK"/*/run; do
        [[ ! -d $run ]] || ./dev down --data "${run%/run}" >/dev/null 2>&1 || true
    done
    if ((status != 0 && status != 77)); then cat "$WORK"/output* 2>/dev/null || true; fi
    if mountpoint -q "$WORK/small" 2>/dev/null; then umount "$WORK/small"; fi
    rm -rf "$WORK"
    exit "$status"
}

skip() {
    printf '%s' "$1" >"${SKIP_REASON:-/dev/null}"
    exit 77
}

random_port() { printf '%s' $((30000 + SRANDOM % 2000)); }

# Runs the script and keeps what it says: dev EXPECTED_STATUS ARGUMENTS...
dev() {
    local expected=$1 status=0
    shift
    ./dev "$@" >"$WORK/output" 2>&1 </dev/null || status=$?
    ((status == expected)) || broken "./dev $*: status $status, not $expected: $(tail -n 1 "$WORK/output")"
}

says() { grep -qF -- "$1" "$WORK/output" || broken "expected '$1', got: $(tail -n 3 "$WORK/output")"; }

says_one_line() {
    (($(wc -l <"$WORK/output") == 1)) || broken "expected one line"
    says "$1"
}

broken() {
    printf '%s\n' "$1"
    exit 1
}

up() { dev 0 up --no-install --detach --data "$STACK" --port "$PORT"; }

# A stack in the foreground, as a terminal would run it. Sets FOREGROUND.
up_in_foreground() {
    setsid env --default-signal=INT ./dev up --no-install --data "$STACK" --port "$PORT" >"$WORK/output" 2>&1 </dev/null &
    FOREGROUND=$!
    eventually foreground_settled
    says "Ctrl-C"
}

foreground_settled() { grep -qs 'Ctrl-C' "$WORK/output" || ! kill -0 "$FOREGROUND" 2>/dev/null; }

answers() { curl -fs --noproxy '*' --max-time 5 "http://127.0.0.1:$1/health" >/dev/null; }

eventually() {
    local deadline=$((SECONDS + 30))
    until "$@"; do
        ((SECONDS < deadline)) || broken "waited in vain for: $*"
        sleep 0.1
    done
}

pid_of() { cut -d' ' -f1 "$STACK/run/$1.pid"; }

# Remembers the processes of the stack, to ask after them later.
remember_processes() { PROCESSES=$(cat "$STACK"/run/*.pid | cut -d' ' -f1); }

is_gone() {
    local process
    for process in $PROCESSES; do
        [[ ! -d /proc/$process ]] || grep -qs '^State:.*Z' "/proc/$process/status" || return 1
    done
}

nothing_is_left() {
    is_gone || broken "a process is left"
    [[ -z $(compgen -G "$STACK/run/*.pid") ]] || broken "a pid file is left"
    ! answers "$PORT" || broken "the gateway still answers"
    ! grep -qlsF "$STACK" /proc/[0-9]*/cmdline || broken "a process with $STACK in its arguments is left"
}
