# shellcheck shell=bash
# System packages, by purpose. Names that mean the same on Debian 12 and Ubuntu 22.04 and 24.04.

# What the toolchain itself runs on and links with, then the libraries that Pentad is built on.
PACKAGES_BUILD=(
    binutils ca-certificates git g++ libc6-dev libedit2 libncurses6 libsqlite3-0 libxml2-dev libz3-dev pkg-config tzdata
    libcurl4-openssl-dev libnghttp2-dev libssl-dev libpq-dev libpng-dev libjpeg-dev zlib1g-dev
)
PACKAGES_RUN=(postgresql curl python3 python3-venv)
PACKAGES_TEST=(nginx-light nghttp2-client openssl shellcheck)
PACKAGES_BENCH=(nginx-light wrk haproxy nghttp2-client)

missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
    done
}

install_packages() {
    local -a missing elevate=()
    command -v dpkg-query >/dev/null || fail "packages are installed on Debian 12 and Ubuntu 22.04 and 24.04 only"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    [[ $INSTALL == yes ]] || fail "missing packages: ${missing[*]} (run without --no-install)"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing packages: ${missing[*]} (run as root once, or install sudo)"
        elevate=(sudo)
        [[ -t 0 ]] || elevate+=(--non-interactive)
    fi
    begin_stage "Installing packages" ": ${missing[*]}"
    "${elevate[@]}" bash scripts/dev/apt-install "${missing[@]}" || fail "could not install: ${missing[*]}"
    end_stage
}
