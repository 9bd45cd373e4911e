#!/bin/sh
# SPDX-License-Identifier: MIT
# The conformance suite against our programs with one deliberate fault after the other: a table of the
# case that found each. Name mutants of conformance/mutants/mutants.toml, or say --sample N, to try some.
set -eu
cd "$(dirname "$0")/.."

programs="brigd brig-worker brig-worker-conf brig_conformance_client brig_conformance_codec"
said=$(cmake --preset mutants && cmake --build --preset mutants --target $programs) || {
    echo "$said"
    exit 1
}
exec /usr/bin/python3 -B conformance/mutants/run.py --build build/mutants "$@"
