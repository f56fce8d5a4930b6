# shellcheck shell=bash
# Results are lines of `status<TAB>name<TAB>detail` in one file; the summary at the end counts them.

TEST_MINUTES=40
COMMON_TESTS='^(Loop|JSON|Configuration|Telemetry|HTTP|Service|Crypto|Tokens|Postgres|Objects|Engines|Jobs|Images)Tests\.'

command_test() {
    local -a given=("$@")
    local filter='' sanitizer='' seconds_left
    INSTALL=yes
    while (($#)); do
        case $1 in
            --sanitize | --sanitize=*) option_value "$@" && sanitizer=$VALUE && shift "$SHIFT" ;;
            --no-install) INSTALL=no && shift ;;
            -h | --help) help_test && return ;;
            -*) usage_error "test does not know '$1'" ;;
            *) filter=$1 && shift ;;
        esac
    done
    [[ -z $sanitizer || $sanitizer == thread || $sanitizer == address ]] ||
        usage_error "--sanitize is thread or address, not '$sanitizer'"
    is_expression "$filter" || usage_error "the filter '$filter' is not a regular expression"
    become_owner test "${given[@]}"

    find_toolchain
    mkdir -p "$LOCAL" || fail "cannot write to $LOCAL"
    [[ -d .build/test ]] || need_disk "$ROOT" 4096
    wait_for_other_tests
    clear_dead_tests
    seconds_left=$((TEST_MINUTES * 60 + SECONDS))
    TEST_LOG=$LOCAL/test.log
    : >"$TEST_LOG"
    WORK=''
    exit_on_signals
    trap end_tests EXIT
    make_test_folder
    RESULTS=$WORK/results
    : >"$RESULTS"

    install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_TEST[@]}"
    check_toolchain
    ensure_venv test-venv Tests/requirements.txt
    ensure_engines
    ensure_localstack
    ensure_swagger_ui
    choose_user

    step "format" check_format
    step "shellcheck" check_scripts
    if test_build; then
        start_test_servers
        swift_tests $((seconds_left - SECONDS))
        if [[ -z $filter && -z $sanitizer ]]; then
            script_tests
            fuzz_briefly
        fi
    fi
    summarise
}

# Perl's expressions are the nearest to Swift's that every machine can ask about; status 2 is a broken one.
is_expression() {
    local status=0
    grep -qP -- "$1" </dev/null 2>/dev/null || status=$?
    ((status < 2))
}

result() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$RESULTS"; }

# A check that passes or fails as a whole; what it says is shown only when it fails.
step() {
    local name=$1 output=$WORK/step
    shift
    say "Checking $name"
    printf '\n== %s\n' "$name" >>"$TEST_LOG"
    if "$@" >"$output" 2>&1; then
        result passed "$name"
    else
        head -n 40 "$output" >&2
        result failed "$name" "see .local/test.log"
    fi
    cat "$output" >>"$TEST_LOG"
}

# Appends a command's output to the log. A signal to this script ends it at once, and so does the time limit.
logged() {
    local seconds=$1 status=0
    shift
    setsid timeout --foreground --kill-after=10 "$seconds" "$@" </dev/null >>"$TEST_LOG" 2>&1 9>&- &
    long_began "$!"
    wait "$LONG" || status=$?
    end_long_command
    long_ended
    return "$status"
}

# Sets TEST_FLAGS, which `swift build` and `swift test` must share lest one undo the other's work.
test_build() {
    case $sanitizer in
        thread) TEST_FLAGS=(--scratch-path .build/tsan --sanitize=thread) ;;
        address) TEST_FLAGS=(--scratch-path .build/asan --sanitize=address) ;;
        *) TEST_FLAGS=(--scratch-path .build/test -Xswiftc -warnings-as-errors) ;;
    esac
    say "Building the tests${sanitizer:+ with the $sanitizer sanitizer}"
    printf '\n== build\n' >>"$TEST_LOG"
    if ! run_long "$WORK/build" swift build --build-tests "${TEST_FLAGS[@]}"; then
        cat "$WORK/build" >>"$TEST_LOG" 2>/dev/null || true
        result failed "build"
        return 1
    fi
}

start_test_servers() {
    say "Starting PostgreSQL and an S3 server"
    start_postgres "$WORK" -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300
    PENTAD_TEST_DATABASE_URL=postgresql://postgres:$(secret postgres)@127.0.0.1:$POSTGRES_PORT/postgres
    export PENTAD_TEST_DATABASE_URL

    local port
    port=$(free_port)
    private_directory "$WORK/objects"
    export PENTAD_TEST_S3_ENDPOINT=http://127.0.0.1:$port PENTAD_TEST_S3_ACCESS=pentad PENTAD_TEST_S3_SECRET
    PENTAD_TEST_S3_SECRET=$(secret objects)
    start_object_store "$port"
    wait_until 20 object_store_settled "$port" || fail_with_log objects "does not answer"
    is_running objects || fail_with_log objects "ended while starting"

    export PATH=$LOCAL/test-venv/bin:$PATH PENTAD_TEST_PYTHON=$LOCAL/test-venv/bin/python PENTAD_TEST_NGINX
    export PENTAD_TEST_SWAGGER_UI=''
    [[ ! -f $SWAGGER_UI/.stamp ]] || PENTAD_TEST_SWAGGER_UI=$SWAGGER_UI
    PENTAD_TEST_NGINX=$(PATH=$PATH:/usr/sbin command -v nginx) || PENTAD_TEST_NGINX=
}

# A third S3 server, of which the tests do without where it does not install: it is of Python 3.10 to 3.12, and its
# packages are many.
ensure_localstack() {
    local version pinned=Tests/localstack-requirements.txt
    export PENTAD_TEST_LOCALSTACK='' PENTAD_TEST_LOCALSTACK_ABSENT=''
    version=$("$(python_interpreter)" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || version=unknown
    if [[ ! $version =~ ^3\.1[012]$ ]]; then
        PENTAD_TEST_LOCALSTACK_ABSENT="LocalStack needs Python 3.10 to 3.12, and this is $version"
    elif (VENV_SECONDS=300 ensure_venv localstack-venv "$pinned") 2>>"$TEST_LOG"; then
        PENTAD_TEST_LOCALSTACK=$LOCAL/localstack-venv/bin/python
    else
        PENTAD_TEST_LOCALSTACK_ABSENT="LocalStack does not install here ($pinned; see .local/test.log)"
    fi
}

start_object_store() {
    local -a prefix=("${AS_USER[@]}")
    local -x RCLONE_AUTH_KEY="\"$PENTAD_TEST_S3_ACCESS,$PENTAD_TEST_S3_SECRET\"" RCLONE_CONFIG=/dev/null
    "${prefix[@]}" test -x "$LOCAL/test-venv/bin/rclone" || prefix=()
    spawn objects "$LOGS/objects.log" "$1" - "${prefix[@]}" "$LOCAL/test-venv/bin/rclone" serve s3 \
        --addr "127.0.0.1:$1" --force-path-style --vfs-cache-mode off "$WORK/objects"
}

object_store_settled() { is_stopped objects || ! port_is_free "$1"; }

# swift_tests SECONDS
swift_tests() {
    local status=0 died events=$WORK/events
    local -a flags=(--skip-build --disable-xctest --event-stream-output-path "$events" "${TEST_FLAGS[@]}")
    [[ -z $sanitizer || -n $filter ]] || flags+=(--filter "$COMMON_TESTS")
    # Together they would fill the two threads of a small machine, and hold each other past the times they assert.
    flags+=(--no-parallel)
    [[ -z $filter ]] || flags+=(--filter "$filter")
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$ROOT/scripts/dev/thread-sanitizer.txt
    export ASAN_OPTIONS=halt_on_error=1:detect_leaks=0 PENTAD_TEST_SANITIZER=$sanitizer
    say "Testing"
    printf '\n== swift test\n' >>"$TEST_LOG"
    : >"$events"
    logged "$1" swift test "${flags[@]}" || status=$?
    "$(python_interpreter)" scripts/dev/test-report.py "$events" >"$WORK/swift-results"
    cat "$WORK/swift-results" >>"$RESULTS"
    if ((status == 124 || status == 137)); then
        result failed "swift test" "no end after $TEST_MINUTES minutes"
        tail -n 40 "$TEST_LOG" >&2
    elif ((status != 0)) && died=$(grep -m 1 -E 'Fatal error|unexpected signal|Sanitizer: ' "$TEST_LOG"); then
        result failed "swift test" "$died"
    elif ((status != 0)) && ! grep -q '^failed' "$WORK/swift-results"; then
        result failed "swift test" "ended with status $status"
        tail -n 40 "$TEST_LOG" >&2
    elif [[ -n $filter && ! -s $WORK/swift-results ]]; then
        result failed "swift test" "no test matches '$filter'"
    fi
}

# The script's own tests, on the executables that were built with the tests.
script_tests() {
    local name status
    say "Testing ./dev"
    for name in $(bash Tests/dev/run.sh --list); do
        status=0
        printf '\n== ./dev: %s\n' "$name" >>"$TEST_LOG"
        : >"$WORK/reason"
        SKIP_REASON=$WORK/reason PENTAD_BIN=$ROOT/.build/test/debug \
            logged 60 bash Tests/dev/run.sh "$name" || status=$?
        case $status in
            0) result passed "dev/$name" ;;
            77) result skipped "dev/$name" "$(<"$WORK/reason")" ;;
            *) result failed "dev/$name" "$(tail -n 1 "$TEST_LOG")" ;;
        esac
    done
}

summarise() {
    local passed failed skipped
    passed=$(grep -c '^passed' "$RESULTS" || true)
    failed=$(grep -c '^failed' "$RESULTS" || true)
    skipped=$(grep -c '^skipped' "$RESULTS" || true)
    list_results skipped "Skipped" >>"$TEST_LOG"
    list_reasons skipped "Skipped"
    list_reasons known "Known to be missing"
    list_results failed "Failed"
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    ((failed == 0 && passed > 0))
}

# One line for each reason.
list_reasons() {
    grep -q "^$1" "$RESULTS" || return 0
    printf '\n%s\n' "$2"
    awk -F '\t' -v wanted="$1" '$1 == wanted { count[$3]++ } END { for (why in count) print "  " count[why] ": " why }' "$RESULTS" |
        sort -k 2
}

list_results() {
    grep -q "^$1" "$RESULTS" || return 0
    printf '\n%s\n' "$2"
    awk -F '\t' -v wanted="$1" '$1 == wanted { print "  " $2 ($3 == "" ? "" : ": " $3) }' "$RESULTS"
}

end_tests() {
    local status=$?
    ignore_signals
    end_long_command
    [[ -z $WORK ]] || clear_test_folder
    exit "$status"
}
