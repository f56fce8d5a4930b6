# shellcheck shell=bash

command_bench() {
    local -a given=("$@") arguments=()
    local area='' known
    INSTALL=yes
    while (($#)); do
        case $1 in
            --no-install) INSTALL=no && shift ;;
            --check) arguments+=(--check) && shift ;;
            -h | --help) help_bench && return ;;
            -*) usage_error "bench does not know '$1'" ;;
            *)
                [[ -z $area ]] || usage_error "bench takes one area"
                area=$1 && arguments+=("$1") && shift
                ;;
        esac
    done
    [[ -f Benchmarks/bench.py ]] || fail "there are no measurements yet (Benchmarks/bench.py)"
    known=$(bench_areas)
    [[ -z $area || -z $known || " $known " == *" $area "* ]] ||
        usage_error "bench has no area '$area': ${known// /, }"
    become_owner bench "${given[@]}"
    find_toolchain
    exit_on_signals
    trap end_long_command EXIT
    install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_BENCH[@]}"
    check_toolchain
    ensure_venv bench-venv Benchmarks/requirements.txt
    build release
    PENTAD_BIN=$BIN "$LOCAL/bench-venv/bin/python" Benchmarks/bench.py "${arguments[@]}"
}

# The names on one line; none while there is no Python to ask, which is installed later.
bench_areas() {
    local python
    python=$(python_interpreter) || return 0
    "$python" -B Benchmarks/bench.py --areas
}
