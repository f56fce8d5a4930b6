# shellcheck shell=bash

swift_sources() { compgen -G 'Package.swift' && ls -d libs services Tests Benchmarks 2>/dev/null; }

# What bash reads. The parts of this script are checked through `dev`, which names them all.
SHELL_SCRIPTS=(dev scripts/dev/apt-install .ci/run Tests/dev/run.sh deploy/make-secrets deploy/postgres/roles.sh)

check_format() {
    local -a sources
    mapfile -t sources < <(swift_sources)
    swift format lint --strict --parallel --recursive "${sources[@]}"
}

check_scripts() { shellcheck -x -a "${SHELL_SCRIPTS[@]}"; }

command_lint() {
    local status=0
    case ${1:-} in
        '') ;;
        -h | --help) help_lint && return ;;
        *) usage_error "lint takes no options" ;;
    esac
    find_toolchain
    check_format || status=1
    if command -v shellcheck >/dev/null; then
        check_scripts || status=1
    else
        say "shellcheck is not installed: scripts not checked"
    fi
    ((status == 0)) && say "clean"
    return "$status"
}

command_format() {
    local -a sources
    case ${1:-} in
        '') ;;
        -h | --help) help_format && return ;;
        *) usage_error "format takes no options" ;;
    esac
    find_toolchain
    mapfile -t sources < <(swift_sources)
    swift format --in-place --parallel --recursive "${sources[@]}"
}
