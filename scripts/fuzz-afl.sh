#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzz targets under AFL++ (Debian's package afl++): scripts/fuzz-afl.sh MINUTES [NAME…], each so long,
# as many at a time as there are processors. Without names: the server's own, which take octets from a
# socket (strangers) and from a worker (session). What AFL++ finds is added to what libFuzzer found.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
build=$root/build/fuzz-afl
found=$root/build/fuzz/fuzz/found

minutes=${1:?minutes}
shift
names=${*:-strangers session}
command -v afl-fuzz >/dev/null || scripts/install-dependencies.sh fuzz

cmake --preset fuzz-afl >"$root/build/fuzz-afl.log" 2>&1 || { cat "$root/build/fuzz-afl.log" >&2 && exit 1; }
cmake --build --preset fuzz-afl >"$root/build/fuzz-afl.log" 2>&1 ||
    { cat "$root/build/fuzz-afl.log" >&2 && exit 1; }

# The machine is left as it is: no core pattern, no governor is changed. A CHECK that fails exits
# with 1, and that is a crash.
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1
export AFL_CRASH_EXITCODE=1 AFL_FAST_CAL=1
export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0:allocator_may_return_null=1
export UBSAN_OPTIONS=abort_on_error=1:symbolize=0

# Inputs to begin with: what is kept, what was found, or one of a few octets.
prepare() {
    rm -rf "$build/in/$1" "$build/out/$1"
    mkdir -p "$build/in/$1" "$build/out" "$found/$1"
    for directory in "$build/fuzz/kept/$1" "$found/$1"; do
        find "$directory" -type f -exec cp -t "$build/in/$1" {} +
    done
    [ -n "$(ls "$build/in/$1")" ] || printf '\001\002\003' >"$build/in/$1/first"
}

figure() {
    sed -n "s/^$2 *: *//p" "$build/out/$1/default/fuzzer_stats"
}

# One target; its crashes and hangs are the verdict, and its queue goes to the other inputs.
run_one() {
    prepare "$1"
    cd "$build" # a target that makes files makes them here
    afl-fuzz -V $((minutes * 60)) -m none -t 20000 -i "$build/in/$1" -o "$build/out/$1" \
        -- "$build/bin/$1" >"$build/$1.log" 2>&1 || { tail -20 "$build/$1.log" >&2 && return 1; }
    for input in "$build/out/$1"/default/queue/id*; do
        cp "$input" "$found/$1/$(sha1sum <"$input" | cut -d' ' -f1)"
    done
    echo "fuzz-afl: $1: $(figure "$1" execs_done) runs, $(figure "$1" execs_per_sec) a second," \
        "$(figure "$1" corpus_count) inputs, $(figure "$1" saved_crashes) crashes," \
        "$(figure "$1" saved_hangs) hangs"
    [ "$(figure "$1" saved_crashes)" -eq 0 ] || echo "fuzz-afl: see $build/out/$1/default/crashes" >&2
    [ "$(figure "$1" saved_crashes)" -eq 0 ]
}

failed=$build/failed
rm -f "$failed"
running=0
for name in $names; do
    (run_one "fuzz_$name" || touch "$failed") &
    running=$((running + 1))
    [ $((running % $(getconf _NPROCESSORS_ONLN))) -ne 0 ] || wait
done
wait
[ ! -e "$failed" ]
