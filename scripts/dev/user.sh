# shellcheck shell=bash
# Who runs what. PostgreSQL refuses to run as root and services have no need to, so root hands both to a system user
# of ours: not to `postgres`, whom a system-wide cluster would trust.

# `sudo ./dev up` in one's own checkout: packages are installed as root, all else belongs to the caller.
become_owner() {
    ((EUID == 0)) && [[ -n ${SUDO_UID:-} && ${SUDO_UID:-0} != 0 ]] || return 0
    [[ $(stat -c %u "$ROOT") == "$SUDO_UID" ]] || return 0
    local home
    home=$(getent passwd "$SUDO_UID" | cut -d: -f6)
    if [[ " $* " != *" --no-install "* ]]; then
        INSTALL=yes install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}"
        [[ $1 != test ]] || INSTALL=yes install_packages "${PACKAGES_TEST[@]}"
        [[ $1 != bench ]] || INSTALL=yes install_packages "${PACKAGES_BENCH[@]}"
    fi
    cd "$CALLER"
    exec setpriv --reuid "$SUDO_UID" --regid "$(stat -c %g "$ROOT")" --init-groups \
        env -u SUDO_UID HOME="$home" "$ROOT/dev" "$@"
}

# Sets AS_USER, the prefix that runs a command unprivileged; empty when we already are.
choose_user() {
    AS_USER=()
    ((EUID == 0)) || return 0
    if ! getent passwd pentad >/dev/null; then
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pentad ||
            fail "PostgreSQL cannot run as root, and the user 'pentad' could not be made"
    fi
    AS_USER=(setpriv --reuid pentad --regid pentad --init-groups --no-new-privs --)
}

as_user() { (cd / && "${AS_USER[@]}" "$@"); }

# Makes a directory that only the unprivileged user may enter.
private_directory() {
    mkdir -p "$1"
    chmod 700 "$1"
    ((EUID != 0)) || chown pentad:pentad "$1"
}
