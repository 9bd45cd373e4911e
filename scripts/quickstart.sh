#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh machine to sandboxed code: install what is missing, build, run, show the attacks fail.
set -eu
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh run
[ -f build/release/build.ninja ] || cmake --preset release -DBUILD_TESTING=OFF >/dev/null
cmake --build --preset release -- --quiet

echo "What is the mean of 1, 5, 3, 7, 2? The sandbox says:"
build/release/bin/brig run -e 'mean(c(1, 5, 3, 7, 2))'
echo
exec build/release/bin/brig doctor
