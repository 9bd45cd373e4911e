#!/bin/sh
# SPDX-License-Identifier: MIT
# test_secrets.sh BRIG BRIGD DIRECTORY: what must not be seen by others: keys in arguments and environments
# of processes, keys and the content of messages in logs. Prints what is wrong, and goes on.
set -u
brig=$1
brigd=$2
directory=$3/secrets
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

# TRN-004: a server that tells what it was given, and ends.
cat >server <<'END'
#!/bin/sh
printf '%s\n' "$@" >arguments
env >environment
cat <&4 >given
END
chmod +x server
timeout 60 "$brig" run --server "$PWD/server" -e 1 >out 2>&1
grep -qE '^[0-9a-f]{64}$' given || fail 'a private server gets its key through a descriptor' out
if grep -qiFf given arguments environment; then
    fail 'the key of a private server is in its arguments or its environment' arguments environment
fi

# SEC-004: a server whose log holds all that it logs by default.
secret=cleartext-that-nobody-may-read
"$brig" keygen key
printf 'listen:\n  - unix: socket\n    key_file: key\n' >config.yaml
"$brigd" --config config.yaml 2>log &
server=$!
tries=0
until [ -S socket ] || [ "$tries" -eq 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
echo "$secret" >file
timeout 60 "$brig" run --connect unix:socket --key-file key --file file \
    -e "cat(\"$secret\\n\")" -e "message(\"$secret\"); \"$secret\"" >out 2>&1 ||
    fail 'a session does not run' out log
[ "$(grep -c "$secret" out)" -ge 3 ] || fail 'the session does not say what it was to say' out
timeout 60 "$brig" run --connect unix:socket --key-file key -e "stop(\"$secret\")" >out 2>&1
grep -q "$secret" out || fail 'an error does not say what it was to say' out
timeout 60 "$brig" run --connect unix:socket --key-file key --profile "$secret" -e 1 >out 2>&1
kill "$server"
wait "$server" || fail 'the status of the server is not 0' log
grep -q 'listening on' log || fail 'the server logs nothing' log
if grep -qF "$secret" log; then
    fail 'the content of messages is in the log' log
fi
if grep -qiFf key log; then
    fail 'the key is in the log' log
fi

cd / && rm -rf "$directory"
exit "$failed"
