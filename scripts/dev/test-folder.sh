# shellcheck shell=bash
# The folder of one run of the tests, with the servers that run in it. A run that was killed clears nothing: the next
# one does, by what the folder says of its owner and its processes.

TEST_FOLDERS=/tmp/pentad-test

# One run at a time in a checkout: the log and the build are shared. Children do not inherit the lock (9).
wait_for_other_tests() {
    exec 9>"$LOCAL/test.lock" || fail "cannot write to $LOCAL"
    flock -n 9 && return
    say "Waiting for another ./dev test in $(printf '%q' "$ROOT") to end"
    until flock -w 1 9; do :; done
}

# Sets WORK and opens it as a stack. Who runs as somebody else may pass through it, and has TMPDIR.
make_test_folder() {
    WORK=$(mktemp -d "$TEST_FOLDERS.XXXXXX")
    printf '%s %s\n' "$$" "$(start_time "$$")" >"$WORK/owner"
    chmod 711 "$WORK"
    mkdir -m 1777 "$WORK/tmp"
    export TMPDIR=$WORK/tmp
    open_stack "$WORK"
    mkdir -p "$RUN" "$LOGS"
}

clear_test_folder() {
    stop long TERM 5
    stop objects TERM 5
    stop_postgres
    rm -rf "$WORK"
}

# Folders of ours alone: anybody may write to /tmp. One without an owner's name is only being made.
clear_dead_tests() {
    local folder pid started
    for folder in "$TEST_FOLDERS".*; do
        [[ -d $folder && ! -L $folder && -O $folder && -s $folder/owner ]] || continue
        read -r pid started <"$folder/owner" || continue
        [[ $(start_time "$pid") != "$started" ]] || continue
        say "Clearing what a run of the tests that was killed left in $folder"
        (
            WORK=$folder
            open_stack "$WORK"
            clear_test_folder
        ) || say "$folder could not be cleared"
    done
}
