#!/bin/sh
# SPDX-License-Identifier: MIT
# brigd tests its walls before it serves: with sound ones it passes, and a layer that only claims to
# stand is found and named. Arguments: brigd, brig-worker, the directory of the weak workers.
set -eu

brigd=$1
worker=$2
weak=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/brig-selftest-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1" >&2
    cat "$work/out" "$work/err" >&2
    exit 1
}

# A test of a profile: its exit status must be as expected.
run() { # name, expected status, arguments…
    name=$1
    expected=$2
    shift 2
    status=0
    "$brigd" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "$name: status $status"
}

has() { # name, file, pattern
    grep -q "$3" "$work/$2" || fail "$1"
}

tab=$(printf '\t')
for profile in standard tools strict; do
    run "profile $profile passes" 0 --worker "$worker" --self-test "$profile"
    if grep -q "OPEN" "$work/out"; then fail "profile $profile is open"; fi
    has "$profile: Landlock is seen" out "^signal${tab}stopped${tab}Landlock${tab}EPERM"
    has "$profile: mounts are seen" out "^other_file${tab}stopped${tab}the session's"
    has "$profile: limits are seen" out "^memory${tab}stopped${tab}resource limits${tab}ENOMEM"
    has "$profile: the outer wall is seen" out "^host_file${tab}stopped${tab}the outer wall"
    has "$profile: seccomp is seen" out "^keyring${tab}stopped${tab}seccomp${tab}EPERM"
done

run "tools grants programs" 0 --worker "$worker" --self-test tools
has "programs are granted" out "^exec${tab}granted"

run "a Landlock that does nothing is found" 3 --worker "$weak/brig-weak-landlock" --self-test standard
has "it is named" err "self-test failed.*nothing shows that this layer holds: Landlock"
run "limits that do nothing are found" 3 --worker "$weak/brig-weak-limits" --self-test standard
has "the probe is named" err "the probe memory"
has "the layer is named" err "holds: resource limits"
run "a filter that refuses nothing is found" 3 --worker "$weak/brig-weak-seccomp" --self-test standard
has "the open probe is printed" out "^keyring${tab}OPEN${tab}${tab}it worked"
has "the layer is named" err "holds: seccomp"

# One that cannot be raised at all: the first template that cannot build a session is the last.
status=0
timeout 60 "$brigd" --worker "$weak/brig-broken-speculation" --self-test standard \
    >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 3 ] || fail "a wall that cannot be raised ends the test: status $status"
has "the layer is named" err "self-test failed.*layer speculation failed: Input/output error"

# A kernel without Landlock: refused with the fix, unless the profile gives the wall up.
cat >"$work/config" <<'END'
profiles:
  - name: standard
  - name: less
    level: reduced
END
under() { # program of $weak, name, expected status, arguments of brigd…
    launcher=$weak/$1
    name=$2
    expected=$3
    shift 3
    status=0
    "$launcher" "$brigd" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "$name: status $status"
}
under brig-without-landlock "a profile of level full needs Landlock" 3 --worker "$worker" --config "$work/config" \
    --self-test standard
has "the fix is named" err "CONFIG_SECURITY_LANDLOCK=y"
under brig-without-landlock "a profile of level reduced does not" 0 --worker "$worker" --config "$work/config" \
    --self-test less
has "seccomp stops what Landlock would have" out "^socket_file${tab}stopped${tab}seccomp"
has "a signal that pid 1 ignores is granted" out "^signal${tab}granted"
if grep -q "OPEN" "$work/out"; then fail "the reduced profile is open"; fi

# A machine that forbids namespaces: likewise, and Landlock carries the walls alone.
under brig-without-namespaces "a profile of level full needs namespaces" 3 --worker "$worker" \
    --config "$work/config" --self-test standard
has "what would be fewer walls is said" err "level: reduced"
under brig-without-namespaces "a profile of level reduced does not" 0 --worker "$worker" \
    --config "$work/config" --self-test less
if grep -q "OPEN" "$work/out"; then fail "the profile without namespaces is open"; fi
has "the outer wall is Landlock's" out "^host_file${tab}stopped${tab}the outer wall${tab}EACCES"
has "sessions do not see each other's files" out "^other_file${tab}stopped${tab}the session's"
has "privileges are seen" out "^dumpable${tab}stopped${tab}privileges"
has "the shim is out of reach" out "^signal${tab}stopped${tab}Landlock${tab}EPERM"
has "limits are seen" out "^memory${tab}stopped${tab}resource limits${tab}ENOMEM"
under brig-without-namespaces "limits that do nothing are found" 3 \
    --worker "$weak/brig-weak-limits" --config "$work/config" --self-test less
has "the layer is named" err "holds: resource limits"
under brig-without-namespaces "a filter that refuses nothing is found" 3 \
    --worker "$weak/brig-weak-seccomp" --config "$work/config" --self-test less
has "the layer is named" err "holds: seccomp"
under brig-without-namespaces "a Landlock that does nothing is found" 3 \
    --worker "$weak/brig-weak-landlock" --config "$work/config" --self-test less
# Both at once.
status=0
"$weak/brig-without-landlock" "$weak/brig-without-namespaces" "$brigd" --worker "$worker" \
    --config "$work/config" --self-test less >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 3 ] || fail "without both nothing runs: status $status"
has "what is missing is named" err "ABI 6"

run "an unknown profile is a usage error" 2 --self-test nothing
echo "ok"
