# shellcheck shell=bash
# What takes long is told as it begins and, where no terminal shows it, as it ends. `up` also notes its stage in
# STAGE_FILE, where `status` and `down` in another terminal find it.

# begin_stage NAME [REST-OF-THE-LINE]
begin_stage() {
    STAGE=$1 STAGE_BEGAN=$SECONDS
    note_stage "$1"
    say "$1${2:-}"
}

end_stage() { [[ -t 1 ]] || say "$STAGE took $((SECONDS - STAGE_BEGAN)) s"; }

note_stage() { [[ -z ${STAGE_FILE:-} ]] || printf '%s\n' "$1" >"$STAGE_FILE"; }

# What an `up` that is not ready yet is doing; fails when there is none.
stage_of_start() {
    local stage
    is_running up && [[ -s $RUN/stage ]] || return 1
    stage=$(<"$RUN/stage") stage=${stage,}
    say "${stage#starting }"
}
