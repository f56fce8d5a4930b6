# shellcheck shell=bash

command_logs() {
    local data=$LOCAL service=
    local -a follow=() files=()
    while (($#)); do
        case $1 in
            -f | --follow) follow=(-F) && shift ;;
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_logs && return ;;
            -*) usage_error "logs does not know '$1'" ;;
            *) service=$1 && shift ;;
        esac
    done
    open_stack "$data"
    mapfile -t files < <(compgen -G "$LOGS/${service:-*}.log")
    ((${#files[@]})) || fail "no log of ${service:-anything} in $LOGS"
    exec tail -n 100 "${follow[@]}" -- "${files[@]}"
}
