# shellcheck shell=bash

# Puts the Swift toolchain on PATH. Says nothing of its version: on a bare machine it cannot even run before the
# system libraries that it needs are installed.
find_toolchain() {
    local directory
    command -v swift >/dev/null 2>&1 && return
    for directory in /opt/swift/usr/bin /usr/local/swift/usr/bin "${HOME:-/root}/.local/share/swiftly/bin"; do
        if [[ -x $directory/swift ]]; then
            PATH=$directory:$PATH
            return
        fi
    done
    fail "no Swift toolchain found: install Swift 6.1 or newer from https://www.swift.org/install/linux/"
}

check_toolchain() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    [[ -n $version ]] || fail "'$(command -v swift)' does not run; './dev up' without --no-install adds what it needs"
    if [[ $(printf '%s\n6.1\n' "$version" | sort -V | head -n 1) != 6.1 ]]; then
        fail "Swift $version is too old: install 6.1 or newer from https://www.swift.org/install/linux/"
    fi
}
