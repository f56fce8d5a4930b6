# shellcheck shell=bash disable=SC2016
# What surrounds a run of the tests: its folder, its lock, its summary. A whole run would not end in time here, so the
# parts run by themselves.

# Runs commands among the parts of the script: part COMMANDS [ARGUMENT...]
part() {
    bash -c '
        set -euo pipefail
        ROOT=$PWD CALLER=$PWD
        for name in common stages processes stack postgres test-folder test; do . "scripts/dev/$name.sh"; done
        TEST_FOLDERS=$0
        commands=$1
        shift
        eval "$commands"' "$WORK/run-of-tests" "$@"
}

# A run of the tests with two servers and a long command. Sets RUNNING, FOLDER and PROCESSES.
run_of_tests() {
    part 'make_test_folder
        say /tmp/pentad.of-a-test >"$RUN/postgres.socket"
        spawn postgres "$LOGS/postgres.log" 1 - env --default-signal=INT sleep 60
        spawn objects "$LOGS/objects.log" 1 - env --default-signal=INT sleep 60
        run_long "$WORK/build" sleep 60' &
    eventually compgen -G "$WORK/run-of-tests.*/run/long.pid" >/dev/null
    FOLDER=$(compgen -G "$WORK/run-of-tests.*")
    STACK=$FOLDER
    eventually test -s "$FOLDER/run/long.pid"
    RUNNING=$(cut -d' ' -f1 "$FOLDER/owner")
    remember_processes
}

test_what_a_killed_run_of_the_tests_left_is_cleared_by_the_next() {
    run_of_tests
    (($(wc -w <<<"$PROCESSES") == 3)) || broken "expected three processes, got: $PROCESSES"
    kill -KILL "$RUNNING"
    wait 2>/dev/null || true
    part clear_dead_tests >"$WORK/output"
    says_one_line "Clearing what a run of the tests that was killed left"
    is_gone || broken "a process is left"
    [[ ! -e $FOLDER ]] || broken "the folder is left"
    part clear_dead_tests >"$WORK/output"
    [[ ! -s $WORK/output ]] || broken "there was something left to clear"
}

test_a_run_of_the_tests_that_goes_on_is_left_alone() {
    local process
    run_of_tests
    part clear_dead_tests
    kill -0 "$RUNNING" || broken "the run was ended"
    for process in $PROCESSES; do
        kill -0 "$process" || broken "one of its processes was ended"
    done
    part 'WORK=$1 && open_stack "$1" && clear_test_folder' "$FOLDER"
    wait || true
}

test_clearing_a_dead_run_of_the_tests_spares_strangers() {
    local folder=$WORK/run-of-tests.dead stranger
    sleep 60 &
    stranger=$!
    mkdir -p "$folder/run"
    printf '%s 1\n' "$stranger" | tee "$folder/owner" >"$folder/run/objects.pid"
    part clear_dead_tests >/dev/null
    [[ ! -e $folder ]] || broken "the folder is left"
    kill -0 "$stranger" || broken "a stranger was ended"
    kill "$stranger"
}

test_a_second_run_of_the_tests_waits_for_the_first() {
    local second
    mkdir -p .local
    exec 8>>.local/test.lock
    # A run of the tests that runs this one holds it already.
    flock -n 8 || true
    ./dev test --no-install nothing >"$WORK/output" 2>&1 8>&- &
    second=$!
    eventually grep -q . "$WORK/output"
    says_one_line "Waiting for another ./dev test in"
    kill "$second"
    wait "$second" || true
}

test_the_summary_counts_the_skipped_by_reason() {
    local reason
    reason='the suites are absent (PENTAD_SHARED=DIR says where they are)'
    printf '%s\t%s\t%s\n' passed one '' skipped two "$reason" skipped three "$reason" skipped four 'no such tool' \
        >"$WORK/results"
    part 'RESULTS=$1 TEST_LOG=$2 && summarise' "$WORK/results" "$WORK/log" >"$WORK/output"
    says "  2: $reason"
    says "  1: no such tool"
    says "1 passed, 0 failed, 3 skipped"
    dev 0 help test
    says "PENTAD_SHARED"
}
