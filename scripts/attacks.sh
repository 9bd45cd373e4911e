#!/bin/sh
# SPDX-License-Identifier: MIT
# Attack the sandbox: builds what is shipped and runs the catalogue in conformance/attacks against
# it. Exit status 0 if every attack was stopped. Name cases or groups to run only those: FR1 C7
set -eu
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh test
build=build/release
cmake --preset release -DBUILD_TESTING=ON >/dev/null
cmake --build --preset release -- --quiet
only=
for name; do
    only="$only --only $name"
done
# The list is words on purpose.
# shellcheck disable=SC2086
exec /usr/bin/python3 conformance/attacks.py --brig $build/bin/brig --brigd $build/bin/brigd \
    --actor $build/conformance/brig_actor --native $build/conformance/native \
    --work $build/conformance --reports $build $only
