# shellcheck shell=bash
# Python environments under .local, each made again only when its pinned requirements change.

python_interpreter() {
    if [[ -x /usr/bin/python3 ]]; then say /usr/bin/python3; else command -v python3; fi
}

# ensure_venv NAME REQUIREMENTS...
ensure_venv() {
    local venv=$LOCAL/$1 python stamp
    shift
    python=$(python_interpreter) || fail "no python3 found"
    stamp=$({ "$python" --version && cat "$@"; } | sha256sum)
    [[ ! -f $venv/.stamp || $(<"$venv/.stamp") != "$stamp" ]] || return 0
    [[ $INSTALL == yes ]] || fail "$venv is missing or out of date (run without --no-install)"
    mkdir -p "$LOCAL"
    (
        flock 8
        [[ ! -f $venv/.stamp || $(<"$venv/.stamp") != "$stamp" ]] || exit 0
        begin_stage "Installing Python packages" " into ${venv#"$ROOT/"}"
        # Chained: within `|| fail` bash goes on after a command that fails.
        rm -rf "$venv" && "$python" -m venv "$venv" &&
            timeout "${VENV_SECONDS:-1800}" "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "${@/#/--requirement=}" &&
            printf '%s\n' "$stamp" >"$venv/.stamp" && end_stage
    ) 8>"$LOCAL/venv.lock" || fail "could not install the Python packages of $*"
}

# The engines' own Python programs share one environment.
ensure_engines() {
    local -a requirements=()
    mapfile -t requirements < <(compgen -G 'services/*/Engine/requirements.txt')
    ((${#requirements[@]} == 0)) || ensure_venv venv "${requirements[@]}"
}
