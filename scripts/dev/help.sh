# shellcheck shell=bash

show_help() {
    case ${1:-} in
        up) help_up ;;
        test) help_test ;;
        bench) help_bench ;;
        down) help_down ;;
        status) help_status ;;
        logs) help_logs ;;
        demo) help_demo ;;
        lint) help_lint ;;
        format) help_format ;;
        '' | help | -h | --help) help_all ;;
        *) no_such_command "$1" ;;
    esac
}

no_such_command() {
    usage_error "there is no command '$1': up, down, status, logs, demo, test, bench, lint, format"
}

help_all() {
    cat <<'TEXT'
./dev COMMAND

  up [options]             installs what is missing, builds, starts everything and waits; Ctrl-C stops it
  down [--data DIR]        stops what `up --detach` started
  status [--data DIR]      what runs, where, since when; exits 3 when the stack is not up
  logs [service] [-f]      the end of the logs
  demo [--data DIR]        makes a first request to the running stack and shows the answer
  test [filter]            formats-checks, builds, and runs every test, or those whose name matches
  bench [area] [--check]   measures Pentad side by side with its peers
  lint, format             checks the sources, or rewrites them in the project's format

`./dev help COMMAND` says more of one of them.
TEXT
}

help_up() {
    cat <<'TEXT'
./dev up [--detach] [--port N] [--data DIR] [--no-install] [--debug]

  --detach       returns as soon as everything is ready; `./dev down` stops it
  --port N       the gateway's port (8080)
  --data DIR     where the database, passwords and logs live (.local); another DIR and port make another stack
  --no-install   installs nothing: says what is missing
  --debug        builds without optimisation

  PENTAD_BIN=DIR       takes the executables from DIR and builds nothing
  SWIFT_TOOLCHAIN=DIR  the folder of the `swift` to use, instead of looking for one
TEXT
}

help_test() {
    cat <<'TEXT'
./dev test [filter] [--sanitize=thread|address] [--no-install]

  filter         a regular expression over `Module.Suite/test`; without one, the script's own tests and a short
                 run of each fuzz target come on top
  --sanitize     runs the tests of libs/common under ThreadSanitizer or AddressSanitizer

  PENTAD_SHARED=DIR  where the public conformance suites are, in data/conformance (../shared, beside the checkout);
                     tests that need them are skipped where they are absent

The log stays in .local/test.log. A second run waits for the first.
TEXT
}

help_bench() {
    cat <<'TEXT'
./dev bench [area] [--check] [--no-install]

  area           http, ...; all of them without one
  --check        exits 1 when a ratio is under its bar
TEXT
}

help_down() {
    cat <<'TEXT'
./dev down [--data DIR]

  --data DIR     the stack of that folder (.local)

Stops a stack, detached or not; a start that is still under way ends too. The data stays.
TEXT
}

help_status() {
    cat <<'TEXT'
./dev status [--data DIR]

  --data DIR     the stack of that folder (.local)

Exits 3 when the stack is not up, or not yet.
TEXT
}

help_logs() {
    cat <<'TEXT'
./dev logs [service] [--follow] [--data DIR]

  service        gateway, postgres, ...; all of them without one
  -f, --follow   goes on until Ctrl-C
  --data DIR     the stack of that folder (.local)
TEXT
}

help_demo() {
    cat <<'TEXT'
./dev demo [--data DIR]

  --data DIR     the stack of that folder (.local)
TEXT
}

help_lint() {
    cat <<'TEXT'
./dev lint

Checks the format of the Swift sources and, where shellcheck is installed, the scripts. Exits 1 when something is amiss.
TEXT
}

help_format() {
    cat <<'TEXT'
./dev format

Rewrites the Swift sources in the project's format.
TEXT
}
