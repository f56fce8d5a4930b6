# shellcheck shell=bash

# Builds what `up` starts and sets BIN, the folder of the executables. Release, debug and test builds have folders of
# their own, so that none undoes another's work.
build_services() {
    local configuration=$1 service
    local -a flags=(-c "$configuration")
    if [[ -n ${PENTAD_BIN:-} ]]; then
        BIN=$(absolute_path "$PENTAD_BIN")
        return
    fi
    [[ $configuration == debug ]] || flags+=(--static-swift-stdlib)
    BIN=$ROOT/.build/$configuration
    say "Building ($configuration)"
    for service in $(service_names); do
        run_long "$LOCAL/build.log" swift build "${flags[@]}" --product "$service" || fail "the build failed"
    done
}
