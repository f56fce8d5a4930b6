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

test_help_of_each_command_is_shown() {
    local command option
    for command in up down status logs demo test bench lint format; do
        dev 0 help "$command"
        says "./dev $command"
        for option in -h --help; do
            dev 0 "$command" "$option"
            says "./dev $command"
        done
    done
    dev 2 help nonsense
    says_one_line "there is no command 'nonsense': up, down, status"
}

test_it_runs_through_a_symlink() {
    ln -s "$PWD/dev" "$WORK/dev"
    ln -s dev "$WORK/twice"
    (cd "$WORK" && ./twice help) >"$WORK/output"
    says "./dev COMMAND"
}

test_an_unknown_area_is_refused_with_the_known_ones() {
    dev 2 bench nonsense
    says_one_line "bench has no area 'nonsense': data"
}

test_a_filter_must_be_a_regular_expression() {
    dev 2 test '['
    says_one_line "the filter '[' is not a regular expression"
}

test_hints_name_the_data_folder() {
    local data="$WORK/two words"
    dev 1 demo --data "$data"
    says_one_line "./dev up --data $(printf '%q' "$data")"
    dev 0 up --no-install --detach --data "$data" --port "$PORT"
    says "./dev down --data $(printf '%q' "$data")"
    dev 0 up --no-install --detach --data "$data"
    says_one_line "./dev status --data $(printf '%q' "$data"), ./dev down --data $(printf '%q' "$data")"
    dev 0 down --data "$data"
}
