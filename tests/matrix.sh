#!/usr/bin/env bash
# Installs vaeprep with plain pip on every Python that it promises to work on, and runs
# the tests there. Pythons that are not on this machine are named and skipped.
#
#   tests/matrix.sh                 all of them, all tests
#   tests/matrix.sh 3.12 3.13       these
#   TESTS=tests/job/test_run.py tests/matrix.sh
#
# Environments stay in build/matrix for the next time. Needs about 3 GB and 10 minutes each.
set -uo pipefail
cd "$(dirname "$0")/.."

install() { # the environment, with what the README says for another Python
    local python=$1 venv=$2
    test -e "$venv/.ready" && return
    rm -rf "$venv"
    "$python" -m venv "$venv" &&
        "$venv/bin/python" -m pip install --quiet --upgrade pip &&
        "$venv/bin/python" -m pip install --quiet --editable '.[magenta,dev]' &&
        "$venv/bin/python" -m pip install --quiet --no-deps magenta==2.1.4 &&
        touch "$venv/.ready"
}

run() { # one Python, named by its number
    local number=$1 python=python$1 venv=build/matrix/$1 log=build/matrix/$1.log
    if ! "$python" --version >/dev/null 2>&1; then
        echo "Python $number: not on this machine, skipped"
        return 0
    fi
    mkdir -p build/matrix
    if ! install "$python" "$venv"; then
        echo "Python $number: INSTALLING FAILED"
        return 1
    fi
    # shellcheck disable=SC2086  # several files may be given
    if ! "$venv/bin/python" -m pytest -n 2 --dist loadfile ${TESTS:-} >"$log" 2>&1; then
        echo "Python $number: TESTS FAILED, see $log: $(tail -1 "$log")"
        return 1
    fi
    echo "$("$venv/bin/python" --version): $(tail -1 "$log")"
}

test $# -gt 0 || set -- 3.10 3.11 3.12 3.13
status=0
for number in "$@"; do
    run "$number" || status=1
done
exit $status
