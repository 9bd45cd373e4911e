#!/bin/sh
# SPDX-License-Identifier: MIT
# test_service.sh BRIGD WORKER BRIG: brigd as a service manager starts it: with a socket that
# somebody else has bound, told when it is ready, with no more rights than brigd.service leaves it,
# its audit log rotated by SIGHUP, ended by SIGTERM, and started again behind its own log.
set -eu

brigd=$1
worker=$2
brig=$3
command -v systemd-socket-activate >/dev/null || {
    echo "service: this machine has no systemd-socket-activate: not tested"
    exit 77
}
place=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$place"
}
trap finish EXIT INT TERM
fail() {
    echo "service: $1" >&2
    cat "$place/log" >&2
    exit 1
}
# Wait for something, with a bound that only a failure reaches.
await() {
    tries=0
    until eval "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "waited in vain: $1"
        sleep 0.05
    done
}
cat >"$place/brigd.yaml" <<YAML
listen:
  - unix: $place/sock
    key_file: $place/key
worker: $worker
audit:
  file: $place/audit
YAML
"$brig" keygen "$place/key"

# The rights that brigd.service leaves to root; an ordinary user has fewer.
rights=
if [ "$(id -u)" -eq 0 ]; then
    rights="unshare --net setpriv --bounding-set=-all,+setuid,+setgid,+kill --inh-caps=-all --no-new-privs"
fi

serve() {
    : >"$place/ready"
    /usr/bin/python3 - "$place/notify" "$place/ready" <<'PYTHON' &
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
manager.settimeout(60)
with open(sys.argv[2], "wb") as file:
    file.write(manager.recv(4096))
PYTHON
    manager=$!
    await "[ -S '$place/notify' ]"
    # Words on purpose.
    # shellcheck disable=SC2086
    $rights systemd-socket-activate -l "$place/sock" -E NOTIFY_SOCKET="$place/notify" \
        -E PATH="$PATH" "$brigd" --config "$place/brigd.yaml" 2>>"$place/log" &
    server=$!
    await "[ -S '$place/sock' ]"
    printed=$("$brig" run --connect "unix:$place/sock" --key-file "$place/key" -e '6 * 7' 2>&1) ||
        fail "$printed"
    [ "$printed" = "[1] 42" ] || fail "the code printed: $printed"
    wait "$manager" || fail "brigd never said that it is ready"
    [ "$(cat "$place/ready")" = READY=1 ] || fail "it said: $(cat "$place/ready")"
    rm "$place/notify"
}
stop() {
    kill -TERM "$server"
    wait "$server" || fail "brigd did not end with status 0"
    server=
    [ -S "$place/sock" ] || fail "brigd removed the socket of its manager"
    rm "$place/sock"
}

serve
mv "$place/audit" "$place/audit.1"
kill -HUP "$server"
await "[ -e '$place/audit' ]"
stop
serve
stop
"$brigd" --verify-audit "$place/audit.1" "$place/audit" || fail "the audit log is not whole"
for event in server_start session_start call call_end session_end server_stop; do
    cat "$place/audit.1" "$place/audit" | grep -q "\"event\":\"$event\"" || fail "no $event is logged"
done
sed -i 's/"procedure":"brig.eval"/"procedure":"brig.ping"/' "$place/audit.1"
"$brigd" --verify-audit "$place/audit.1" "$place/audit" 2>"$place/said" && fail "a forged line is not found"
grep -q "audit.1:.*was changed" "$place/said" || fail "it is not named: $(cat "$place/said")"
