#!/bin/sh
# SPDX-License-Identifier: MIT
# The conformance suite against our own server, with reports in build/dev. Exit status 0 if no case
# failed. Name selectors to run only those: channel CHN-022 'states/*'
set -eu
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh test
build=build/dev
cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
only=
for selector; do
    only="$only --only $selector"
done
# The list is words on purpose, and selectors hold patterns of their own.
set -f
# shellcheck disable=SC2086
exec /usr/bin/python3 conformance/test-brigd.py --brigd $build/bin/brigd --work $build/conformance \
    -- --reports $build $only
