# shellcheck shell=bash

# build CONFIGURATION [PRODUCT...]: builds the products, or everything, and sets BIN, the folder of the executables.
# Flags decide what a build may keep, so builds with other flags have folders of their own: a plain `swift build`, this
# one and that of the tests never undo each other's work.
build() {
    local configuration=$1 product
    shift
    if [[ -n ${PENTAD_BIN:-} ]]; then
        BIN=$(absolute_path "$PENTAD_BIN")
        return
    fi
    BIN=$ROOT/.build/static/$configuration
    begin_stage "Building" " ($configuration)"
    local -a swift_build=(swift build -c "$configuration" --static-swift-stdlib --scratch-path .build/static)
    if (($# == 0)); then
        run_long "$LOCAL/build.log" "${swift_build[@]}" || fail "the build failed"
    fi
    for product in "$@"; do
        run_long "$LOCAL/build.log" "${swift_build[@]}" --product "$product" || fail "the build failed"
    done
    end_stage
}
