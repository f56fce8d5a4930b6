# shellcheck shell=bash
# A short run of each fuzz target from its committed corpus; what makes one fail is kept in .local/fuzz.

FUZZ_RUNS=20000

fuzz_briefly() {
    local target fuzzer=.build/fuzz/release/fuzz
    local -a corpus
    [[ -f Tests/Fuzz/Fuzz.swift ]] || return 0
    say "Fuzzing"
    if ! build_fuzzer; then
        result failed "fuzz: build"
        return
    fi
    mkdir -p "$LOCAL/fuzz" "$WORK/corpus"
    for target in $(FUZZ_TARGET=list "$fuzzer" </dev/null); do
        # The first folder takes what is newly found, so the committed one only feeds.
        corpus=("$WORK/corpus/$target")
        mkdir -p "${corpus[0]}"
        [[ ! -d Tests/Fuzz/Corpus/$target ]] || corpus+=("Tests/Fuzz/Corpus/$target")
        printf '\n== fuzz %s\n' "$target" >>"$TEST_LOG"
        # Swift's own report of a crash waits for the sanitizer for ever.
        if FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no logged 300 "$fuzzer" -runs="$FUZZ_RUNS" \
            -max_len=4096 -seed=1 -timeout=10 -artifact_prefix="$LOCAL/fuzz/$target-" "${corpus[@]}"; then
            result passed "fuzz/$target"
        else
            result failed "fuzz/$target" "see .local/test.log and .local/fuzz"
        fi
    done
}

build_fuzzer() {
    PENTAD_FUZZ=1 run_long "$WORK/build" swift build -c release --product fuzz --scratch-path .build/fuzz \
        -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing
}
