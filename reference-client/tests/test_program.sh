#!/bin/sh
# SPDX-License-Identifier: MIT
# test_program.sh BRIG DIRECTORY: the program brig as people call it. Prints what is wrong, and goes on.
set -u
brig=$1
directory=$2/program
rm -rf "$directory"
mkdir -p "$directory"
cd "$directory" || exit 1
failed=0

# check NAME EXIT-STATUS PATTERN COMMAND…: the status, and a pattern in what it says.
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || { [ -n "$pattern" ] && ! grep -qE -- "$pattern" out; }; then
        echo "$name: status $got, not $status, or no '$pattern' in:"
        cat out
        failed=1
    fi
}

check 'a value is printed as R prints it' 0 '^\[1\] 3\.6$' "$brig" run -e 'mean(c(1, 5, 3, 7, 2))'
check 'pieces of code share a session' 0 '^\[1\] 42$' "$brig" run -e 'x <- 41' -e 'x + 1'
check 'an error is status 1' 1 '^brig: runtime: .*no such' "$brig" run -e 'stop("no such")'
check 'after an error nothing more runs' 1 'first' "$brig" run -e 'stop("first")' -e 'cat("second")'
check 'a deadline is status 1' 1 '^brig: deadline' "$brig" run --deadline 0.3 -e 'repeat {}'
check 'a parse error has its place' 1 'line 2' "$brig" run -e '1
)'
check 'nothing to run is usage' 2 '^usage' "$brig" run
check 'an unknown option is usage' 2 'nonsense' "$brig" run --nonsense -e 1
check 'a key without a server is usage' 2 'belong together' "$brig" run --key-file k -e 1
check 'an unknown command is usage' 2 'no command' "$brig" nonsense
check 'no server is infrastructure' 3 'not a program' "$brig" run --server /nonexistent -e 1
check 'a server without a key is usage' 2 'belong together' "$brig" run --connect unix:./none -e 1

printf 'x,y\n1,2\n3,4\n' >table.csv
check 'a file is put into the workspace' 0 '^\[1\] 10$' \
    "$brig" run --file table.csv=data.csv -e 'sum(read.csv("data.csv"))'
printf 'cat("from a file\\n")\n' >script.R
check 'code comes from a file' 0 '^from a file$' "$brig" run script.R
check 'messages and warnings are told' 0 'Warning: careful' "$brig" run -e 'warning("careful")'
check 'a refusal names its layer' 1 'blocked by seccomp' "$brig" run -e 'stopifnot(system("true") == 0)'

mkdir plots
check 'a plot is saved under a name of ours' 0 'plot-001.png' "$brig" run --plot-dir plots -e 'plot(1:3)'
check 'the formats of a plot share its number' 0 'plot-002.svg' "$brig" run --plot-dir plots -e 'plot(1:3)'
head -c 8 plots/plot-001.png | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a' || {
    echo 'the plot is no PNG'
    failed=1
}

check 'JSON has value, output and sandbox' 0 '"value":3.6,.*' "$brig" run --json -e 'cat("hi"); mean(c(1, 5, 3, 7, 2))'
for key in '"stdout":"hi' '"level":"full"' '"wall_ms":' '"error":null'; do
    grep -q -- "$key" out || {
        echo "JSON has no $key"
        failed=1
    }
done
check 'JSON has every digit that counts' 0 '"value":0.30000000000000004,.*' "$brig" run --json -e '0.1 + 0.2'
check 'JSON has the error' 1 '"code":"runtime"' "$brig" run --json -e 'stop("x")'

check 'a key is made' 0 '' "$brig" keygen key
check 'a key is not overwritten' 3 'exists' "$brig" keygen key
check 'a static key shows its public key' 0 '^[0-9a-f]{64}$' "$brig" keygen --static secret
[ "$(stat -c %a-%s key)" = 600-65 ] || {
    echo 'a key file has mode 0600 and 65 bytes'
    failed=1
}
chmod 0644 key
check 'a key that others can read is refused' 3 'mode 0600' \
    "$brig" run --connect unix:./none --key-file key -e 1
chmod 0600 key
check 'nobody listening is infrastructure' 3 'cannot connect' \
    "$brig" run --connect unix:./none --key-file key -e 1

printf 'f <- function(x) {\n  x * 2\n}\nf(21)\nstop("oops")\nf(1)\n' | "$brig" repl >out 2>&1
grep -q '^\[1\] 42$' out && grep -q 'oops' out && grep -q '^\[1\] 2$' out || {
    echo 'repl:'
    cat out
    failed=1
}

# A listening server. It is there when a session opens; until then, each attempt costs a moment.
"$BRIG_SERVER" --listen unix:socket --key-file key 2>log &
server=$!
tries=0
until [ -S socket ] || [ "$tries" -eq 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
check 'a listening server is used' 0 '^\[1\] 2$' \
    "$brig" run --connect unix:socket --key-file key -e '1 + 1'
"$brig" keygen other
check 'another key gets no session' 3 'same key' \
    "$brig" run --connect unix:socket --key-file other -e '1 + 1'
kill "$server" && wait "$server"
[ "$failed" -eq 0 ] || cat log

check 'the doctor sees every attack blocked, and tells what stops each try' 0 \
    '"ok":true.*"name":"host_file","state":"stopped","layer":"the outer wall' "$brig" doctor --json
check 'the doctor tells it of the profile that is asked for' 0 'granted  start a program' \
    "$brig" doctor --profile tools

cd / && rm -rf "$directory"
exit "$failed"
