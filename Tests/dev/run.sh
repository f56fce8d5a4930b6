#!/usr/bin/env bash
# Runs one test of the script (`run.sh NAME`) or names them all (`run.sh --list`). A test is a function test_<name>
# in one of the files beside this one; it runs in a folder of its own and fails where a command fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=Tests/dev/support.sh
. Tests/dev/support.sh
# shellcheck source=Tests/dev/options_tests.sh
. Tests/dev/options_tests.sh
# shellcheck source=Tests/dev/machine_tests.sh
. Tests/dev/machine_tests.sh
# shellcheck source=Tests/dev/test_run_tests.sh
. Tests/dev/test_run_tests.sh
# shellcheck source=Tests/dev/stack_tests.sh
. Tests/dev/stack_tests.sh

if [[ $1 == --list ]]; then
    declare -F | sed -n 's/^declare -f test_//p'
    exit
fi
prepare
trap clean_up EXIT
"test_$1"
