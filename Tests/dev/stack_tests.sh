# shellcheck shell=bash
# A stack from its start to its end.

test_a_detached_stack_lives_until_down() {
    up
    says "curl http://127.0.0.1:$PORT/health"
    answers "$PORT"
    remember_processes
    dev 0 status --data "$STACK"
    says "ready"
    dev 0 logs gateway --data "$STACK"
    dev 0 demo --data "$STACK"
    says "200 OK"
    dev 0 down --data "$STACK"
    says_one_line "Stopped"
    nothing_is_left
    dev 3 status --data "$STACK"
    says_one_line "Not running"
    dev 0 down --data "$STACK"
    says_one_line "Nothing runs"
}

test_a_second_up_says_so() {
    up
    dev 0 up --no-install --detach --data "$STACK"
    says_one_line "already runs at http://127.0.0.1:$PORT"
    dev 1 up --no-install --detach --data "$STACK" --port "$(random_port)"
    says_one_line "already runs at http://127.0.0.1:$PORT"
}

test_two_stacks_run_side_by_side() {
    up
    local first=$PORT other=$WORK/other
    PORT=$(random_port)
    dev 0 up --no-install --detach --data "$other" --port "$PORT"
    answers "$first"
    answers "$PORT"
    dev 0 down --data "$other"
    answers "$first"
}

test_ctrl_c_stops_a_stack_in_the_foreground() {
    local status=0
    up_in_foreground
    answers "$PORT"
    remember_processes
    kill -INT -- "-$FOREGROUND"
    wait "$FOREGROUND" || status=$?
    ((status == 130)) || broken "status $status, not 130"
    nothing_is_left
}

test_down_stops_a_stack_in_the_foreground() {
    up_in_foreground
    remember_processes
    ./dev down --data "$STACK" >/dev/null
    wait "$FOREGROUND" || true
    nothing_is_left
}

test_a_service_that_dies_is_reported_and_ends_the_stack() {
    local status=0
    up_in_foreground
    remember_processes
    kill -KILL "$(pid_of gateway)"
    wait "$FOREGROUND" || status=$?
    ((status == 1)) || broken "status $status, not 1"
    says "gateway ended on its own (signal 9)"
    nothing_is_left
}

test_what_a_killed_up_left_is_cleared_by_the_next() {
    up
    remember_processes
    kill -KILL "$(pid_of gateway)"
    dev 3 status --data "$STACK"
    says "stopped"
    up
    says "Stopping what is left of an earlier stack"
    is_gone || broken "a process of the earlier stack is left"
    answers "$PORT"
}

test_a_recycled_pid_is_never_signalled() {
    mkdir -p "$STACK/run"
    sleep 60 &
    local stranger=$!
    printf '%s 1 %s 1\n' "$stranger" "$PORT" >"$STACK/run/gateway.pid"
    dev 0 down --data "$STACK"
    kill -0 "$stranger" || broken "a stranger was stopped"
    kill "$stranger"
}

test_passwords_are_kept_from_others() {
    up
    [[ $(stat -c %a "$STACK/secrets") == 700 ]] || broken "the folder of the passwords is open"
    [[ -z $(find "$STACK/secrets" -type f ! -perm 600) ]] || broken "a password is open"
    ! grep -qsF "$(cat "$STACK/secrets/gateway")" /proc/[0-9]*/cmdline || broken "a password is in a command line"
}

test_a_role_has_its_own_schema_and_no_more() {
    local url
    up
    url="postgresql://gateway:$(cat "$STACK/secrets/gateway")@127.0.0.1:$(cut -d' ' -f3 "$STACK/run/postgres.pid")"
    psql -qXv ON_ERROR_STOP=1 "$url/pentad" -c 'CREATE TABLE mine (id int)' -c 'SELECT * FROM gateway.mine' >/dev/null
    refused "$url/pentad" 'CREATE TABLE public.theirs (id int)'
    refused "$url/pentad" 'CREATE SCHEMA theirs'
    refused "$url/pentad" 'CREATE ROLE theirs'
    refused "${url/:*@/:wrong@}/pentad" 'SELECT 1'
}

refused() {
    ! psql -qX "$1" -c "$2" >/dev/null 2>&1 || broken "allowed: $2"
}

test_down_drains_each_service() {
    up
    dev 0 down --data "$STACK"
    grep -q '"event":"service_draining"' "$STACK/log/gateway.log" || broken "the gateway was ended without a drain"
    grep -q '"event":"service_stopped"' "$STACK/log/gateway.log" || broken "the gateway did not end its drain"
}

# An `up` whose build goes on until it is ended. Sets BUILDING.
up_that_builds() {
    mkdir "$WORK/toolchain"
    cat >"$WORK/toolchain/swift" <<TEXT
#!/bin/sh
[ "\$1" = --version ] && { echo "Swift version 6.1"; exit; }
echo "\$*" >"$WORK/build-arguments"
exec sleep 60
TEXT
    chmod +x "$WORK/toolchain/swift"
    env -u PENTAD_BIN SWIFT_TOOLCHAIN="$WORK/toolchain" ./dev up --no-install --data "$STACK" --port "$PORT" \
        >"$WORK/output-of-up" 2>&1 </dev/null &
    BUILDING=$!
    eventually test -s "$WORK/build-arguments"
    eventually test -s "$STACK/run/long.pid"
    remember_processes
}

test_a_start_under_way_is_told_and_ended() {
    up_that_builds
    grep -Eq -- '--product (engine-guard|gateway)' "$WORK/build-arguments" || broken "more is built than what starts"
    dev 3 status --data "$STACK"
    says_one_line "starting (building)"
    dev 0 down --data "$STACK"
    says_one_line "Ended a start that was under way (building)"
    wait "$BUILDING" || true
    nothing_is_left
}

test_the_build_of_a_killed_up_is_ended_by_the_next_command() {
    up_that_builds
    kill -KILL "$BUILDING"
    wait "$BUILDING" || true
    dev 3 status --data "$STACK"
    says_one_line "Not running"
    dev 0 down --data "$STACK"
    says_one_line "Stopped"
    nothing_is_left
}

test_each_stage_is_told_without_a_terminal() {
    up
    says "Starting PostgreSQL"
    grep -qE '^Starting services took [0-9]+ s$' "$WORK/output" || broken "the end of a stage is not told"
}
