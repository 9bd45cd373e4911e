#!/bin/sh
# SPDX-License-Identifier: MIT
# test_operation.sh BRIG BRIGD ACTIVATE DIRECTORY WEAK: brigd as operators run it: keyed clients, systemd's
# sockets, its bounds, and its ends. Run under brig_subreaper, which fails if a process is left.
set -u
brig=$1
brigd=$2
activate=$3
directory=$4/operation
weak=$5 # a worker whose Landlock does nothing
rm -rf "$directory"
mkdir -p "$directory"
cd "$directory" || exit 1
failed=0

fail() {
    echo "$1:"
    shift
    cat "$@"
    failed=1
}

# check NAME EXIT-STATUS PATTERN COMMAND…
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    timeout 120 "$@" >out 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qE -- "$pattern" out; then
        fail "$name: status $got, not $status, or no '$pattern'" out log
    fi
}

# await COMMAND…: until it succeeds; only a test that fails waits long.
await() {
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || return 1
        sleep 0.1
    done
}

# start COMMAND…: a server in the background.
start() {
    rm -f log
    "$@" 2>log &
    server=$!
    await grep -q 'listening on' log || fail 'the server does not listen' log
}

# stop NAME: SIGTERM; it ends with status 0 and takes its socket along.
stop() {
    kill "$server"
    wait "$server" || fail "$1: the status of the server is not 0" log
}

# hold: a session whose code runs until it is ended; its output is in the file held.
hold() {
    rm -f held
    # shellcheck disable=SC2086
    "$brig" run $here -e 'cat("up\n"); Sys.sleep(600)' >held 2>&1 </dev/null &
    holder=$!
    await grep -q '^up$' held || fail 'a session does not start' held log
}

# held_ends NAME PATTERN: the session that was held ends, and brig says why.
held_ends() {
    wait "$holder"
    got=$?
    if [ "$got" -ne 3 ] || ! grep -qE -- "$2" held; then
        fail "$1: status $got, not 3, or no '$2'" held log
    fi
}

"$brig" keygen key
printf 'listen:\n  - unix: socket\n    key_file: key\n' >config.yaml
here='--connect unix:socket --key-file key'

# A server that is killed leaves nothing but its socket's name, and the next one replaces it.
start "$brigd" --config config.yaml
hold
kill -KILL "$server"
wait "$server" 2>/dev/null
held_ends 'a client of a server that is killed hears of it' 'without taking leave'
[ -S socket ] || fail 'a server that is killed leaves the name of its socket' log
start "$brigd" --config config.yaml
# shellcheck disable=SC2086
check 'a dead socket is replaced' 0 '^\[1\] 2$' "$brig" run $here -e '1 + 1'

# SBX-002: what the walls were seen to do is in the statement.
# shellcheck disable=SC2086
check 'the statement says what the self-test found' 0 \
    '"self_test":\{"probes":([0-9]+),"stopped":\1,"stopped_by":\{"outer":[1-9]' \
    "$brig" run $here --json -e '1 + 1'

# SIGTERM while code runs.
hold
stop 'SIGTERM while code runs'
held_ends 'a client of a server that ends is told' 'shutdown'
[ ! -e socket ] || fail 'a server that ends leaves its socket' log

# SBX-001: a wall that does not hold is found before anybody's code runs.
{ cat config.yaml && echo "worker: $weak"; } >weak.yaml
start "$brigd" --config weak.yaml
# shellcheck disable=SC2086
check 'a server whose walls do not hold runs nothing, and says which' 3 \
    'self-test failed, and nothing runs in profile standard: .*: Landlock' "$brig" run $here -e 1
stop 'SIGTERM of a server whose walls do not hold'

# A socket that is in use stays with its server, and passes on while that server is slow to end: a
# client that is stopped does not answer CLOSE.
start "$brigd" --config config.yaml
check 'a socket that is in use is not taken' 3 'another server listens there' \
    "$brigd" --config config.yaml
hold
kill -STOP "$holder"
kill "$server"
ending=$server
await [ ! -e socket ] || fail 'a server that ends gives its name up at once' log
start "$brigd" --config config.yaml
wait "$ending" || fail 'a server that is slow to end: its status is not 0' log
kill -CONT "$holder"
wait "$holder"
# shellcheck disable=SC2086
check 'the server that took the place is still there' 0 '^\[1\] 2$' "$brig" run $here -e '1 + 1'
stop 'SIGTERM of the server that took the place'

# The bound of connections.
{ cat config.yaml && echo 'max_connections: 1'; } >one.yaml
start "$brigd" --config one.yaml
hold
# shellcheck disable=SC2086
check 'one connection too many is refused as busy' 3 'no further connection now' \
    "$brig" run $here -e 1
kill -INT "$holder"
wait "$holder"
# shellcheck disable=SC2086
check 'and served when there is room again' 0 '^\[1\] 1$' "$brig" run $here -e 1
# An idle session makes room. The fifo keeps the input of `brig repl` open and silent.
mkfifo quiet
: >idle
exec 9<>quiet
# shellcheck disable=SC2086
"$brig" repl $here --limit idle_ms=300 <quiet >idle 2>&1 9>&- &
holder=$!
printf '%s\n' 'cat("up\n")' >&9
await grep -q '^up$' idle || fail 'a session that will be idle does not start' idle log
# shellcheck disable=SC2086
await sh -c '"$@" >out 2>&1 </dev/null 9>&-' sh "$brig" run $here -e 1 ||
    fail 'an idle session is not closed' out log
echo '1 + 1' >&9
exec 9>&-
wait "$holder"
got=$?
if [ "$got" -ne 3 ] || ! grep -q '(idle)' idle; then
    fail "the client of an idle session is told: status $got" idle log
fi
stop 'SIGTERM of a server with a bound'

# Templates are replaced by count.
{ cat config.yaml && echo 'template_sessions: 2'; } >two.yaml
start "$brigd" --config two.yaml
for number in 1 2 3; do
    # shellcheck disable=SC2086
    check "session $number of templates for two" 0 "^\\[1\\] $number\$" "$brig" run $here -e "$number"
done
# A third one may be ready for the fourth session.
[ "$(grep -c 'ready after' log)" -ge 2 ] || fail 'three sessions need two templates for two' log
stop 'SIGTERM after a template was replaced'

# An engine of its own for each session.
printf 'profiles:\n  - name: standard\n    isolation: process\n' | cat config.yaml - >process.yaml
start "$brigd" --config process.yaml
# shellcheck disable=SC2086
check 'a session with an engine of its own runs' 0 '^\[1\] 42$' "$brig" run $here -e 'x <- 42' -e x
# shellcheck disable=SC2086
check 'the next one sees nothing of it' 0 'FALSE' "$brig" run $here -e 'exists("x")'
hold
stop 'SIGTERM while an engine of its own runs'
held_ends 'a client of an engine of its own is told of the end' 'shutdown'

# Suite keyed: client and server know each other's public keys.
"$brig" keygen --static server >server.pub
"$brig" keygen --static client >client.pub
"$brig" keygen --static stranger >stranger.pub
cp client.pub clients
cat >keyed.yaml <<'END'
listen:
  - unix: socket
    static_key_file: server
    client_keys_file: clients
END
start "$brigd" --config keyed.yaml
keyed='--connect unix:socket --server-key server.pub --key-file'
# shellcheck disable=SC2086
check 'a client whose key is listed gets a session' 0 '^\[1\] 2$' "$brig" run $keyed client -e '1 + 1'
# shellcheck disable=SC2086
check 'a client whose key is not listed gets none' 3 'no session' "$brig" run $keyed stranger -e 1
check 'a server with another key is not believed' 3 'no session' \
    "$brig" run --connect unix:socket --server-key stranger.pub --key-file client -e 1
# shellcheck disable=SC2086
check 'a shared key is not offered there' 3 'does not offer this kind of key' \
    "$brig" run $here -e 1
stop 'SIGTERM of a keyed server'

# Sockets from systemd. Their names are systemd's: they stay.
start "$activate" socket "$brigd" --config config.yaml
# shellcheck disable=SC2086
check 'a socket from systemd is used' 0 '^\[1\] 2$' "$brig" run $here -e '1 + 1'
stop 'SIGTERM of a server with a socket from systemd'
[ -S socket ] || fail 'the name of a socket from systemd is gone' log
rm -f socket
start "$activate" other "$brigd" --config config.yaml
# shellcheck disable=SC2086
check 'a socket from systemd for another path is left alone' 0 '^\[1\] 2$' \
    "$brig" run $here -e '1 + 1'
stop 'SIGTERM of a server with a socket of its own'

cd / && rm -rf "$directory"
exit "$failed"
