# shellcheck shell=bash

# Builds what `up` starts and sets BIN, the folder of the executables. Flags decide what a build may keep, so builds
# with other flags have folders of their own: a plain `swift build`, this one and that of the tests never undo each
# other's work. All products at once: one look whether anything changed instead of one for each.
build_services() {
    local configuration=$1
    if [[ -n ${PENTAD_BIN:-} ]]; then
        BIN=$(absolute_path "$PENTAD_BIN")
        return
    fi
    BIN=$ROOT/.build/static/$configuration
    say "Building ($configuration)"
    run_long "$LOCAL/build.log" \
        swift build -c "$configuration" --static-swift-stdlib --scratch-path .build/static || fail "the build failed"
}
