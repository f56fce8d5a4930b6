# shellcheck shell=bash

command_demo() {
    local data=$LOCAL
    while (($#)); do
        case $1 in
            --data | --data=*) option_value "$@" && data=$VALUE && shift "$SHIFT" ;;
            -h | --help) help_demo && return ;;
            *) usage_error "demo does not know '$1'" ;;
        esac
    done
    open_stack "$data"
    is_running gateway || fail "the stack is not up: ./dev up$(data_option)"
    show_request "http://127.0.0.1:$PORT_OF/health"
    show_request "http://127.0.0.1:$INTERNAL_OF/ready"
}

show_request() {
    say "\$ curl -i $1"
    curl -is --noproxy '*' --max-time 10 "$1" || fail "$1 does not answer"
    printf '\n\n'
}
