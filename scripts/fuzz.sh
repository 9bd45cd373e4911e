#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzz all targets: scripts/fuzz.sh MINUTES [NAME…] takes so long in total, on all processors, and then
# prints what of the code their corpora reach; it fails if a target fails or if less than 90 % of
# libproto's lines are reached. NAME is a target without `fuzz_`. Other modes:
#   coverage         the figures alone, of what is in the repository and what was found since
#   keep             put what was found, minimised, into the folders corpora beside the targets
#   afl MINUTES [NAME…]  the same targets under AFL++ instead of libFuzzer
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
built=$root/build/fuzz/fuzz # found/NAME, kept/NAME, and inputs that failed
least_percent=90

fail() {
    echo "fuzz: $1" >&2
    exit 1
}

usage() {
    sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

build() {
    cmake --preset "$1" >"$root/build/$1.log" 2>&1 || { cat "$root/build/$1.log" >&2 && exit 1; }
    cmake --build --preset "$1" >"$root/build/$1.log" 2>&1 || { cat "$root/build/$1.log" >&2 && exit 1; }
}

# A target that makes files makes them in the build tree.
in_build() {
    (cd "$built" && "$@")
}

# A line for each target of a preset's build: name, program, options, seeds; | between.
targets() {
    list=$root/build/$1/fuzz/targets
    shift
    if [ $# -eq 0 ]; then
        cat "$list"
        return
    fi
    for name in "$@"; do
        grep "^fuzz_$name|" "$list" || fail "no target $name"
    done
}

# One target for so many seconds.
run_one() {
    name=$1 program=$2 options=$3 seeds=$4
    # Options and seeds are words on purpose.
    # shellcheck disable=SC2086
    if in_build "$program" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
        -reload=0 -artifact_prefix="$built/" $options "$built/found/$name" "$built/kept/$name" $seeds \
        >"$built/$name.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$built/$name.log")
        echo "fuzz: $name: $runs runs, $(find "$built/found/$name" -type f | wc -l) inputs found"
    else
        tail -40 "$built/$name.log" >&2
        echo "fuzz: $name: FAILED, $built/$name.log" >&2
        return 1
    fi
}

# Read lines of targets; as many at a time as there are processors. Fails if one failed.
run_all() {
    failed=$built/failed
    rm -f "$failed"
    running=0
    while IFS='|' read -r name program options seeds; do
        (run_one "$name" "$program" "$options" "$seeds" </dev/null || touch "$failed") &
        running=$((running + 1))
        [ $((running % processors)) -ne 0 ] || wait
    done
    wait
    [ ! -e "$failed" ]
}

# What the inputs of each target reach, added up. Only lines of the project's own code count.
coverage() {
    build fuzz-coverage
    out=$root/build/fuzz-coverage/profiles
    rm -rf "$out"
    mkdir -p "$out"
    objects=
    while IFS='|' read -r name program options seeds; do
        mkdir -p "$built/found/$name"
        # shellcheck disable=SC2086
        LLVM_PROFILE_FILE="$out/$name.profraw" in_build "$program" -runs=0 -timeout=60 $options \
            "$built/found/$name" "$root/build/fuzz-coverage/fuzz/kept/$name" $seeds >"$out/$name.log" 2>&1 ||
            { tail -20 "$out/$name.log" >&2 && fail "$name fails on its corpus"; }
        objects="$objects -object $program"
    done <"$root/build/fuzz-coverage/fuzz/targets"
    llvm-profdata-14 merge -sparse "$out"/*.profraw -o "$out/all.profdata"
    # shellcheck disable=SC2086
    llvm-cov-14 export -summary-only -instr-profile "$out/all.profdata" ${objects# -object } \
        >"$out/summary.json"
    /usr/bin/python3 scripts/fuzz_report.py "$out/summary.json" "$root" "$least_percent"
}

# The smallest part of all inputs that reaches the same, as one archive a target.
keep() {
    build fuzz
    while IFS='|' read -r name program options seeds; do
        small=$built/small/$name
        rm -rf "$small"
        corpora=$(dirname "$(find libproto reference-* -name "$name.c")")/corpora
        mkdir -p "$small" "$corpora"
        # shellcheck disable=SC2086
        in_build "$program" -set_cover_merge=1 -timeout=60 -rss_limit_mb=2048 $options "$small" "$built/kept/$name" \
            "$built/found/$name" >"$built/$name.log" 2>&1 || fail "$name: $built/$name.log"
        tar --create --directory="$small" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
            --mode=644 --file=- --files-from=- <<LIST | gzip -9 -n >"$corpora/$name.tar.gz"
$(cd "$small" && find . -type f -printf '%P\n')
LIST
        echo "fuzz: $name: $(find "$small" -type f | wc -l) inputs," \
            "$(wc -c <"$corpora/$name.tar.gz") octets"
    done <"$root/build/fuzz/fuzz/targets"
}

processors=$(getconf _NPROCESSORS_ONLN)
command -v llvm-cov-14 >/dev/null || scripts/install-dependencies.sh fuzz
case ${1:-} in
coverage) coverage ;;
keep) keep ;;
afl)
    [ $# -ge 2 ] || usage
    shift
    exec scripts/fuzz-afl.sh "$@"
    ;;
'' | *[!0-9]*) usage ;;
*)
    minutes=$1
    shift
    build fuzz
    lines=$(targets fuzz "$@")
    count=$(printf '%s\n' "$lines" | wc -l)
    rounds=$(((count + processors - 1) / processors))
    seconds=$((minutes * 60 / rounds))
    [ "$seconds" -gt 0 ] || seconds=1
    echo "fuzz: $count targets, $processors at a time, $seconds s each"
    printf '%s\n' "$lines" | run_all
    coverage
    ;;
esac
