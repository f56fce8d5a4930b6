# shellcheck shell=bash

test_an_unknown_command_is_refused() {
    dev 2 fly
    says_one_line "there is no command 'fly'"
}

test_an_unknown_option_is_refused() {
    dev 2 up --wings
    says_one_line "up does not know '--wings'"
    dev 2 test --sanitize=memory
    says_one_line "--sanitize is thread or address"
}

test_an_option_without_its_value_is_refused() {
    dev 2 up --port
    says_one_line "--port needs a value"
}

test_a_port_must_be_a_port() {
    local port
    for port in 0 65536 http 08080 -1; do
        dev 2 up --port "$port" --data "$STACK"
        says_one_line "--port must be 1 to 65535, not '$port'"
    done
}

test_help_lists_the_commands() {
    dev 0 help
    says "./dev COMMAND"
    dev 0 up --help
    says "--detach"
}
