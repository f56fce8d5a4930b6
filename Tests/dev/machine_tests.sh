# shellcheck shell=bash
# A machine that lacks something: one clear line each.

test_a_missing_toolchain_is_named() {
    export SWIFT_TOOLCHAIN=/nonexistent
    unset PENTAD_BIN
    dev 1 up --no-install --data "$STACK" --port "$PORT"
    says_one_line "no Swift toolchain found"
}

test_an_old_toolchain_is_named() {
    mkdir "$WORK/old"
    printf '#!/bin/sh\necho "Swift version 5.10.1 (swift-5.10.1-RELEASE)"\n' >"$WORK/old/swift"
    chmod +x "$WORK/old/swift"
    export SWIFT_TOOLCHAIN=$WORK/old
    unset PENTAD_BIN
    dev 1 up --no-install --data "$STACK" --port "$PORT"
    says_one_line "Swift 5.10.1 is too old"
}

test_a_full_disk_is_named() {
    mkdir "$WORK/small"
    mount -t tmpfs -o size=1m tmpfs "$WORK/small" 2>/dev/null || skip "a small file system needs root"
    dev 1 up --no-install --data "$WORK/small/stack" --port "$PORT"
    says_one_line "disk full: 1 MiB free"
}

test_a_taken_port_is_named_with_its_holder() {
    local listener
    "${PENTAD_TEST_PYTHON:-python3}" -m http.server --bind 127.0.0.1 "$PORT" >/dev/null 2>&1 &
    listener=$!
    eventually curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$PORT/"
    dev 1 up --no-install --data "$STACK" --port "$PORT"
    says_one_line "port $PORT is taken by python"
    says "(pid $listener)"
    kill "$listener"
}

test_a_data_folder_closed_to_others_is_dealt_with() {
    ((EUID == 0)) || skip "only root runs the database as somebody else"
    mkdir -m 700 "$WORK/closed"
    STACK=$WORK/closed/stack
    local elsewhere
    up
    says "The database goes to /var/lib/pentad/"
    elsewhere=$(dirname "$(readlink "$STACK/postgres")")
    answers "$PORT"
    remember_processes
    dev 0 down --data "$STACK"
    nothing_is_left
    rm -rf "$elsewhere"
}

test_python_packages_that_cannot_be_had_are_named_and_tried_again() {
    local status
    printf 'no-such-package-of-ours==0.0.1\n' >"$WORK/requirements"
    for _ in 1 2; do
        status=0
        PIP_NO_INDEX=1 LOCAL=$WORK INSTALL=yes bash -c '
            set -euo pipefail
            ROOT=$PWD
            say() { printf "%s\n" "$*"; }
            fail() { printf "dev: %s\n" "$*"; exit 1; }
            source scripts/dev/stages.sh
            source scripts/dev/python.sh
            ensure_venv broken "$1"' - "$WORK/requirements" >"$WORK/output" 2>&1 || status=$?
        ((status == 1)) || broken "status $status"
        says "could not install the Python packages"
    done
}

test_without_a_network_swagger_ui_stays_as_it_was_and_all_goes_on() {
    local install
    mkdir "$WORK/swagger-ui"
    printf 'an older one\n' >"$WORK/swagger-ui/.stamp"
    for install in yes no; do
        PIP_NO_INDEX=1 LOCAL=$WORK INSTALL=$install bash -c '
            set -euo pipefail
            ROOT=$PWD
            say() { printf "%s\n" "$*"; }
            source scripts/dev/stages.sh
            source scripts/dev/python.sh
            source scripts/dev/swagger.sh
            ensure_swagger_ui
            say "went on"' >"$WORK/output" 2>&1
        says "went on"
        says "/docs says"
        [[ $(<"$WORK/swagger-ui/.stamp") == "an older one" && ! -e $WORK/swagger-ui.new ]] || broken "it was changed"
    done
}

test_a_folder_that_cannot_be_written_is_named() {
    dev 1 up --no-install --data /proc/nothing --port "$PORT"
    says_one_line "cannot write to /proc/nothing"
}
