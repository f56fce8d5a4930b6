# shellcheck shell=bash
# Questions to the machine: ports, disk space.

# The inode of the socket that listens on a TCP port, if any.
listener_inode() {
    awk -v port="$(printf '%04X' "$1")" \
        '$4 == "0A" { split($2, address, ":"); if (address[length(address)] == port) { print $10; exit } }' \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

port_is_free() { [[ -z $(listener_inode "$1") ]]; }

# "name (pid N)" of a port's holder, where this user may know it.
port_holder() {
    local inode descriptor pid
    inode=$(listener_inode "$1")
    for descriptor in /proc/[0-9]*/fd/*; do
        if [[ $(readlink "$descriptor" 2>/dev/null) == "socket:[$inode]" ]]; then
            pid=${descriptor#/proc/} pid=${pid%%/*}
            printf '%s (pid %s)' "$(<"/proc/$pid/comm")" "$pid"
            return
        fi
    done
    printf 'another process'
}

# A port that nothing listens on, below the range that outgoing connections draw from.
free_port() {
    local port
    while :; do
        port=$((20000 + SRANDOM % 10000))
        port_is_free "$port" && break
    done
    say "$port"
}

# need_disk DIRECTORY MEBIBYTES: DIRECTORY may not exist yet.
need_disk() {
    local directory=$1 free
    while [[ ! -d $directory ]]; do directory=$(dirname "$directory"); done
    free=$(($(df -Pk -- "$directory" | awk 'NR == 2 { print $4 }') / 1024))
    ((free >= $2)) || fail "disk full: $free MiB free at $directory, $2 MiB needed"
}
