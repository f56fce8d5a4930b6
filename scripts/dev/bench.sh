# shellcheck shell=bash

command_bench() {
    local -a arguments=()
    INSTALL=yes
    while (($#)); do
        case $1 in
            --no-install) INSTALL=no && shift ;;
            --check) arguments+=(--check) && shift ;;
            -h | --help) help_bench && return ;;
            -*) usage_error "bench does not know '$1'" ;;
            *) arguments+=("$1") && shift ;;
        esac
    done
    [[ -f Benchmarks/bench.py ]] || fail "there are no measurements yet (Benchmarks/bench.py)"
    find_toolchain
    exit_on_signals
    trap end_long_command EXIT
    install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_BENCH[@]}"
    check_toolchain
    ensure_venv bench-venv Benchmarks/requirements.txt
    build_services release
    PENTAD_BIN=$BIN "$LOCAL/bench-venv/bin/python" Benchmarks/bench.py "${arguments[@]}"
}
