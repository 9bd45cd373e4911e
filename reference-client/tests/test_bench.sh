#!/bin/sh
# SPDX-License-Identifier: MIT
# test_bench.sh BRIG DIRECTORY: each figure that brig bench prints is whole. How large it is is no
# test's business.
set -u
brig=$1
directory=$2/bench
rm -rf "$directory"
mkdir -p "$directory"
cd "$directory" || exit 1
failed=0

complain() {
    echo "$@"
    cat out log
    failed=1
}

# check_figures COUNT ARGUMENT…: what, unit, runs, quantiles in order, the floor of the same run.
check_figures() {
    count=$1
    shift
    if ! "$brig" bench --json --html page.html "$@" >out 2>log; then
        complain "bench $*: it failed"
    elif ! /usr/bin/python3 - "$count" <<'END'; then
import json
import sys

lines = [json.loads(line) for line in open("out", encoding="utf-8")]
page = open("page.html", encoding="utf-8").read()
assert len(lines) == int(sys.argv[1]), "every figure that was asked for is there"
assert page.endswith("</body></html>\n"), "the page is whole"
for line in lines:
    assert "<h2>" + line["name"] + "</h2>" in page, line["name"]
    assert line["what"] and line["unit"] and line["runs"] > 0, line
    if line["name"] == "memory-available":
        continue  # of the whole machine, which others use too
    assert 0 < line["min"] <= line["median"] <= line["p90"] <= line["max"], line
    assert line["floor"]["median"] > 0, line
    assert abs(line["ratio"] - line["median"] / line["floor"]["median"]) < 1e-9, line
    if line["name"] == "hold":
        assert line["median"] == 5, "as many sessions as were asked for are held"
END
        complain "bench $*: a figure is not right"
    fi
}

# check_refusal STATUS PATTERN ARGUMENT…
check_refusal() {
    status=$1 pattern=$2
    shift 2
    "$brig" bench "$@" >out 2>log
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -q -- "$pattern" log; then
        complain "bench $*: status $got, not $status, or no '$pattern'"
    fi
}

check_figures 10 --runs 1 --sessions 5 open cold eval tool bulk churn hold proto
if [ "$(id -u)" -eq 0 ]; then
    check_figures 3 --runs 1 --sessions 5 memory
else # whose namespaces they are in decides whether an ordinary user may look at them
    "$brig" bench --runs 1 --sessions 1 memory >out 2>log
    got=$?
    [ "$got" -eq 0 ] || { [ "$got" -eq 3 ] && grep -q 'cannot be looked at' log; } ||
        complain "bench memory: status $got, neither figures nor a reason"
fi
check_refusal 2 'called nothing' nothing
check_refusal 2 'from 1 to' --runs 0 eval
check_refusal 2 'from 1 to' --sessions many hold
check_refusal 3 'nowhere' --html /nowhere/page.html proto

cd / && rm -rf "$directory"
exit "$failed"
