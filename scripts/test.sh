#!/bin/sh
# SPDX-License-Identifier: MIT
# Every test there is, on a fresh machine: installs what the tests need, then runs the presets a
# developer runs by hand. Name presets or steps to run only those: scripts/test.sh dev style
set -eu
cd "$(dirname "$0")/.."

steps=${*:-style dev mutants release r asan tsan tidy fuzz user}
scripts/install-dependencies.sh test

for step in $steps; do
    started=$(date +%s)
    echo "== $step"
    case $step in
    style) scripts/check-style.sh ;;
    r) scripts/test-r.sh ;;
    user) scripts/test-as-user.sh ;;
    mutants) scripts/mutants.sh --sample 12 ;;
    *) cmake --workflow --preset "$step" ;;
    esac
    echo "== $step took $(($(date +%s) - started)) s"
done
