# shellcheck shell=bash

swift_sources() { compgen -G 'Package.swift' && ls -d libs services Tests Benchmarks 2>/dev/null; }

# Everything that bash reads. The parts of this script are checked through `dev`, which names them all.
shell_scripts() {
    say dev
    compgen -G 'scripts/dev/apt-install' || true
    compgen -G '.ci/run' || true
    find Tests/dev deploy -name '*.sh' 2>/dev/null || true
}

check_format() {
    local -a sources
    mapfile -t sources < <(swift_sources)
    swift format lint --strict --parallel --recursive "${sources[@]}"
}

check_scripts() {
    local -a scripts
    mapfile -t scripts < <(shell_scripts)
    shellcheck -x -a -e SC1091 "${scripts[@]}"
}

command_lint() {
    local status=0
    (($# == 0)) || usage_error "lint takes no options"
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
    (($# == 0)) || usage_error "format takes no options"
    find_toolchain
    mapfile -t sources < <(swift_sources)
    swift format --in-place --parallel --recursive "${sources[@]}"
}
