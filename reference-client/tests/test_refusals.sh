#!/bin/sh
# SPDX-License-Identifier: MIT
# test_refusals.sh BRIG BRIGD DIRECTORY BRIGD_LATE: what users and operators do wrong gets one clear sentence and
# the right exit status; no code runs then. Prints what is wrong, and goes on.
set -u
brig=$1
brigd=$2
directory=$3/refusals
late=$4
rm -rf "$directory"
mkdir -p "$directory"
cd "$directory" || exit 1
export BRIG_SERVER="$brigd"
failed=0
listener=

# check NAME EXIT-STATUS PATTERN COMMAND…: it ends soon, so, and says that. Code that runs says RAN.
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    timeout 60 "$@" >out 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qE -- "$pattern" out || grep -q '^RAN$' out; then
        echo "$name: status $got, not $status, or no '$pattern', or code ran:"
        cat out
        failed=1
    fi
}

# start_listener CONFIG: brigd in the background, until its socket is there.
start_listener() {
    rm -f socket
    "$brigd" --config "$1" 2>log &
    listener=$!
    tries=0
    until [ -S socket ] || [ "$tries" -eq 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

stop_listener() {
    kill "$listener"
    wait "$listener" || {
        echo 'a server that could not serve does not end with status 0:'
        cat log
        failed=1
    }
}

run='cat("RAN\n")'
here='--connect unix:socket --key-file key'
"$brig" keygen key
"$brig" keygen other
printf 'listen:\n  - unix: socket\n    key_file: key\n' >listen.yaml

# Keys.
cp key open
chmod 0644 open
# CHN-011
check 'the server refuses a key that others can read' 2 'open.*mode must be 0600' \
    "$brigd" --listen unix:socket --key-file open
check 'so does the client' 3 'open.*mode 0600' \
    "$brig" run --connect unix:socket --key-file open -e "$run"
echo 'no key' >malformed
chmod 0600 malformed
check 'the server refuses a malformed key' 2 'malformed.*64 hexadecimal digits' \
    "$brigd" --listen unix:socket --key-file malformed
check 'so does the client' 3 'malformed.*64 hexadecimal digits' \
    "$brig" run --connect unix:socket --key-file malformed -e "$run"
check 'a key file that is not there is named' 3 'nokey: No such file' \
    "$brigd" --listen unix:socket --key-file nokey
if [ "$(id -u)" -eq 0 ]; then
    cp key foreign
    chmod 0600 foreign
    chown 12345 foreign
    check 'the server refuses a key of another user' 2 'foreign.*another user' \
        "$brigd" --listen unix:socket --key-file foreign
    check 'so does the client' 3 'foreign.*of yours' \
        "$brig" run --connect unix:socket --key-file foreign -e "$run"
fi

# Sockets.
long=$(printf '%0120d' 0)
check 'a socket path that is too long is refused' 2 'longer than 107 bytes' \
    "$brigd" --listen "unix:$long" --key-file key
check 'by the client too' 3 '1 to 107 bytes' \
    "$brig" run --connect "unix:$long" --key-file key -e "$run"
echo precious >file
check 'a file in the place of the socket stays' 3 'not a socket' \
    "$brigd" --listen unix:file --key-file key
grep -q '^precious$' file || {
    echo 'the file in the place of the socket is gone'
    failed=1
}
start_listener listen.yaml
check 'the socket of a living server stays' 3 'another server listens' \
    "$brigd" --listen unix:socket --key-file key
check 'a wrong key gets no session' 3 'same key' \
    "$brig" run --connect unix:socket --key-file other -e "$run"
# shellcheck disable=SC2086
check 'a profile that is not there is named' 3 'no profile `nosuch`' \
    "$brig" run $here --profile nosuch -e "$run"
# shellcheck disable=SC2086
check 'a limit that is not known is named' 3 '/limits/nosuch' \
    "$brig" run $here --limit nosuch=1 -e "$run"
stop_listener
if grep -q 'without a CLOSE' log; then
    echo 'a client that gets no session leaves without a word'
    failed=1
fi

# Configuration: each line is a file's text, what has to be named, and how brigd calls it.
check_config() {
    printf '%b' "$2" >wrong.yaml
    check "$1" 2 "wrong\\.yaml: .*$3" "$brigd" --config wrong.yaml --check-config
}
check_config 'an unknown key is named with its line' 'profiles:\n  - name: x\n    exce: true\n' \
    'exce.*line: 2'
check_config 'a wrong value is named with its line' \
    'profiles:\n  - name: x\n    limits:\n      deadline_ms: soon\n' "soon.*deadline_ms.*line: 4"
check_config 'a limit out of range is named' \
    'profiles:\n  - name: x\n    limits:\n      deadline_ms: 0\n' 'profile `x`.*deadline_ms must be'
check_config 'an unknown isolation is named' 'profiles:\n  - name: x\n    isolation: none\n' \
    'none.*isolation.*line: 3'
check_config 'text that is no YAML has its line' 'profiles: [' 'line: 1'
check_config 'an empty file is called empty' '' 'empty'
check_config 'a template must start a session' 'template_sessions: 0\n' 'template_sessions must be'
check_config 'a listener without a key is refused' 'listen:\n  - unix: s\n' 'key_file'
check 'a configuration that is not there is named' 2 'absent\.yaml: No such file' \
    "$brigd" --config absent.yaml --check-config
check 'a directory is no configuration' 2 '\.: Is a directory' "$brigd" --config . --check-config

# What the machine lacks.
mkdir empty partial
for program in R uname sed; do
    ln -s "$(command -v "$program")" "partial/$program"
done
check 'without R nothing runs' 3 'R is not installed.*apt install' \
    env PATH="$PWD/empty" "$brig" run -e "$run"
# SBX-001
check 'without bubblewrap nothing runs' 3 'bubblewrap is not installed.*apt install' \
    env PATH="$PWD/partial" "$brig" run -e "$run"
# shellcheck disable=SC2016
check 'without user namespaces nothing runs' 3 'user namespaces are forbidden.*sysctl -w' \
    unshare --user --map-user=1000 --map-group=1000 --keep-caps sh -c '
        echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' sh "$brig" run -e "$run"
check 'a root that cannot change users runs nothing' 3 'cannot become user 200000' \
    unshare --user --map-root-user "$brig" run -e "$run"
check 'a server that is not there is named' 3 '/nonexistent is not a program' \
    env BRIG_SERVER=/nonexistent "$brig" run -e "$run"
cp "$brigd" alone
check 'a worker program that is not there is missed' 3 'brig-worker is neither beside brigd' \
    env BRIG_SERVER="$PWD/alone" "$brig" run -e "$run"
check 'and the client does not blame the key' 3 'brigd ended before it answered' \
    env BRIG_SERVER="$PWD/alone" "$brig" run -e "$run"
check 'a worker program that was named is checked first' 3 'worker /nonexistent: No such file' \
    "$brigd" --listen unix:socket --key-file key --worker /nonexistent

# check_profile NAME CONFIG-LINES PATTERN: the server starts, its session does not.
check_profile() {
    printf '%b' "$2" | cat listen.yaml - >lacking.yaml
    start_listener lacking.yaml
    # shellcheck disable=SC2086
    check "$1" 3 "$3" "$brig" run $here -e "$run"
    stop_listener
}
check_profile 'a home of R that is none is named' \
    'profiles:\n  - name: standard\n    r_home: /nonexistent\n' '/nonexistent is not the home of R'
check_profile 'a package that is not there is named' \
    'profiles:\n  - name: standard\n    preload: [nosuchpackage]\n' 'nosuchpackage cannot be loaded'
check_profile 'a read-only path that is not there is named' \
    'profiles:\n  - name: standard\n    read_only: [/nonexistent]\n' 'lists /nonexistent'
check_profile 'a worker program that is something else is named' 'worker: /etc/hostname\n' \
    '/etc/hostname must be a brig-worker'
usual=$brigd
brigd=$late
check_profile 'also one that has ended before it is told anything' 'worker: /etc/hostname\n' \
    '/etc/hostname must be a brig-worker'
brigd=$usual

# Files and options of `brig run`.
head -c 1000000 /dev/zero >large
check 'a file larger than the workspace is refused' 3 'large: the workspace is full.*workspace_bytes' \
    "$brig" run --limit workspace_bytes=65536 --file large -e "$run"
check 'a file that is not there is named' 2 'nofile: No such file' \
    "$brig" run --file nofile -e "$run"
check 'a name outside of the workspace is refused' 3 'not a path within the workspace' \
    "$brig" run --file large=../large -e "$run"
for deadline in 0 -1 soon nan inf 1e9 ''; do
    check "the deadline '$deadline' is usage" 2 'seconds above 0' \
        "$brig" run --deadline "$deadline" -e "$run"
done
check 'a limit without a number is usage' 2 'NAME=NUMBER' \
    "$brig" run --limit memory_bytes=much -e "$run"

cd / && rm -rf "$directory"
exit "$failed"
