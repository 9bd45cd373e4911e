#!/bin/sh
# SPDX-License-Identifier: MIT
# test_reduced.sh BRIGD WORKER BRIG LAUNCHER: sessions where no namespaces can be had, as in a
# container of Docker's defaults, with real R; as root and as an ordinary user.
set -eu

brigd=$1
worker=$2
brig=$3
launcher=$4
who=
place=$(mktemp -d "${TMPDIR:-/tmp}/brig-reduced-XXXXXX")
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$place"
}
trap finish EXIT INT TERM
fail() {
    echo "FAILED ($who): $1" >&2
    tail -n 40 "$place/log" "$place/out" "$place/err" >&2
    exit 1
}
# Wait for something, with a bound that only a failure reaches.
await() { # what, command
    tries=0
    until eval "$2"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "waited in vain: $1"
        sleep 0.05
    done
}

# Become the user that runs brigd: only in a subshell.
exec_as_user() {
    [ "$user" -ne "$(id -u)" ] || exec "$@"
    exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}
start() {
    : >"$place/log"
    (
        export TMPDIR="$place/tmp"
        exec_as_user "$launcher" "$brigd" --config "$place/config" 2>>"$place/log"
    ) &
    server=$!
    await "the self-test of standard" 'grep -q "profile .standard.: self-test passed" "$place/log"'
}
client() { # arguments of brig run…
    (exec_as_user "$brig" run --connect "unix:$place/sock" --key-file "$place/key" "$@")
}
run() { # expected status, arguments of brig run…
    expected=$1
    shift
    status=0
    client "$@" >"$place/out" 2>"$place/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "status $status of $*"
}
has() { # what, file, pattern
    grep -q -- "$3" "$place/$2" || fail "$1"
}
descendants() { # of a process, itself not
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        echo "$child"
        descendants "$child"
    done
}
sessions() { # directories of sessions
    find "$place/tmp" -mindepth 3 -maxdepth 3 -path "*/t/s*" 2>/dev/null || true
}
await_tidy() {
    await "$1: no directory of a session is left" '[ -z "$(sessions)" ]'
}
# A session that waits, whose directory is then $session and whose processes are $family: keeper,
# shim and worker.
begin() {
    await_tidy "the session before"
    client -e 'writeLines("of this session", "mine"); Sys.sleep(120)' >"$place/other" 2>&1 &
    other=$!
    await "a session that waits" 'mine=$(find "$place/tmp" -path "*/workspace/mine" 2>/dev/null) && [ -n "$mine" ]'
    session=${mine%/workspace/mine}
    template=$(for child in $(descendants "$server"); do
        [ "$(readlink "/proc/$child/cwd")" != "$(dirname "$session")" ] || echo "$child"
    done | head -n 1)
    await "keeper, shim and worker are all there is" \
        'family=$(descendants "$template") && [ "$(echo $family | wc -w)" -eq 3 ]'
    set -- $family
    keeper=$1
    shim=$2
}
is_gone() { # process
    [ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}
await_gone() { # what, processes…
    what=$1
    shift
    for pid in "$@"; do
        await "$what: process $pid ends" 'is_gone "$pid"'
    done
    wait "$other" 2>/dev/null || true
    await_tidy "$what"
}

the_tests() {
    mkdir -p "$place/tmp"
    chmod 1777 "$place/tmp"
    chmod 755 "$place"
    echo bait >"$place/bait"
    chmod 644 "$place/bait"
    cat >"$place/config" <<YAML
listen:
  - unix: $place/sock
    key_file: $place/key
worker: $worker
cgroup: $groups
profiles:
  - name: full
  - name: standard
    level: reduced
    spares: 0
    limits: {workspace_bytes: 8000000, workspace_files: 300, processes: 20, file_bytes: 6000000}
  - name: tools
    level: reduced
    exec: true
    spares: 0
  - name: proc
    level: reduced
    proc: true
    spares: 0
YAML
    rm -f "$place/key"
    "$brig" keygen "$place/key"
    [ "$user" -eq "$(id -u)" ] || chown -R "$user" "$place"
    start

    run 3 --profile full -e 1
    has "what would allow level full is said" err "it says: bwrap"
    has "and that the profile may do without" err "level: reduced"
    run 3 --profile proc -e 1
    has "what cannot be had is named" err "proc: false"

    run 0 --json -e '1 + 1'
    has "code runs" out '"value":2'
    for effect in '"level":"reduced"' '"fs_read":"listed"' '"fs_write":"workspace"' \
        '"network":"none"' '"exec":false' '"processes":"shared"' '"uid":"shared"' \
        '"outer":"Landlock"' '"namespaces":\[\]' '"no_new_privs":true'; do
        has "the statement says $effect" out "$effect"
    done
    await_tidy "a session that ended"

    # Files: nothing but what is listed, and what is the session's own.
    cat >"$place/files.R" <<R
fails <- function(code) inherits(suppressWarnings(try(code, silent = TRUE)), "try-error")
stopifnot(
    fails(readLines("$place/bait")), fails(readLines("/etc/shadow")), fails(readLines("/etc/hostname")),
    fails(readLines("/proc/self/status")), fails(writeLines("x", "$place/tmp/x")), fails(writeLines("x", "/tmp/x")),
    length(list.files("/tmp")) == 0, length(list.files("/")) == 0, length(list.files("..")) == 0,
    basename(getwd()) == "workspace", Sys.getenv("HOME") == path.expand("~"),
    Sys.getenv("HOME") == file.path(dirname(getwd()), "tmp"), dirname(tempdir()) == Sys.getenv("HOME"),
    nchar(Sys.getenv("BRIG_SELF_TEST_BAIT")) == 0)
# Its own are as elsewhere.
dir.create("a/b", recursive = TRUE)
writeLines("x", "a/b/f")
stopifnot(file.rename("a/b/f", tempfile()), file.rename("a/b", "b"), unlink("b", recursive = TRUE) == 0)
# What Landlock does not hold.
writeLines("x", "f")
before <- file.mode("f")
invisible(Sys.chmod("f", "777"))
stopifnot(file.mode("f") == before, system("true") != 0, fails(socketConnection(port = 1)))
png("p.png"); plot(1:3); invisible(dev.off())
stopifnot(file.size("p.png") > 0, sum(unlist(parallel::mclapply(1:3, identity))) == 6)
R
    run 0 "$place/files.R"
    await_tidy "a session with files"

    # Another session, its keeper, its shim, the template and brigd are out of reach.
    begin
    pids=$(echo "$server" "$template" $family | tr ' ' ',')
    run 0 -e "stopifnot(!tools::pskill(c($pids), 0), !tools::pskill(c($pids), 9))" \
        -e "stopifnot(inherits(suppressWarnings(try(readLines('$session/workspace/mine'), silent = TRUE)), 'try-error'))" \
        -e "stopifnot(inherits(suppressWarnings(try(readLines('/proc/$server/environ'), silent = TRUE)), 'try-error'))" \
        -e 'invisible(tools::pskill(-1, 9))' -e '"alive"'
    has "kill(-1) reaches nobody else" out alive
    for pid in $server $template $family; do
        ! is_gone "$pid" || fail "process $pid was reached"
    done
    [ "$(cat "$session/workspace/mine")" = "of this session" ] || fail "its file is as it was"

    # Whoever crashes, all of the session goes, and the next one works.
    kill -KILL "$shim"
    await_gone "a shim that crashed" $family
    run 0 -e 1
    begin
    kill -KILL "$keeper"
    await_gone "a keeper that crashed" $family "$template"
    # It took its template along: sessions wait for the next one, or are told to come again.
    await "the next session" 'client -e 1 >"$place/out" 2>"$place/err"'
    run 1 -e 'tools::pskill(Sys.getpid(), 9)'
    has "a worker that crashed is told of" err "crashed"
    await_tidy "a worker that crashed"

    # What leaves its parents and its process group ends with the session.
    run 0 --profile tools -e 'system("setsid sh -c \"setsid sleep 987654 & sleep 987654\" >/dev/null 2>&1 &")' \
        -e 'Sys.sleep(0.5); system("echo started")'
    has "programs run where the profile has exec" out started
    await "daemons of the code end" '! pgrep -f "sleep 987654" >/dev/null'
    await_tidy "a session with daemons"

    # Limits.
    run 1 -e 'x <- raw(1e6); for (i in 1:200) { writeBin(x, paste0("f", i)); Sys.sleep(0.02) }'
    has "workspace_bytes ends the worker, and is named" err "no_space.*workspace_bytes"
    run 1 -e 'for (i in 1:1e5) file.create(tempfile())'
    has "workspace_files does" err "no_space"
    run 1 -e 'dir.create("closed", mode = "0300"); Sys.sleep(5)'
    has "what cannot be looked into is counted as too much" err "no_space"
    run 1 -e 'writeBin(raw(7e6), "f"); stopifnot(file.size("f") == 7e6)'
    # Few, for the memory of all of them is counted as well.
    run 1 --limit processes=4 -e 'p <- list(); for (i in 1:8) p[[i]] <- parallel::mcparallel(Sys.sleep(60)); Sys.sleep(10)'
    has "processes are refused or end the worker" err "pids"
    run 1 -e 'x <- numeric(1e9)'
    has "memory is refused" err "cannot allocate"
    await_tidy "sessions at their limits"

    # brigd's own crash: its sessions end at once, and the next one removes what is left.
    begin
    kill -KILL "$server"
    await_gone "a server that crashed" $family "$template"
    wait "$server" 2>/dev/null || true
    rm -f "$place/sock"
    start
    await "the place of a server that crashed is removed" \
        '[ ! -e "$(dirname "$session")" ]'
    run 0 -e 1
    begin
    kill "$server"
    await_gone "a server that was told to end" $family "$template"
    wait "$server" || fail "brigd ends with status $?"
    server=
    [ -z "$(ls -A "$place/tmp")" ] || fail "nothing is left: $(ls -A "$place/tmp")"
}

user=$(id -u)
groups=auto
who="user $user"
the_tests
if [ "$user" -eq 0 ]; then
    user=65534
    groups=off
    who="user $user"
    if (exec_as_user test -r "$worker") && (exec_as_user test -x "$brigd"); then
        the_tests
    else
        echo "not tested as user $user, who cannot reach $worker"
    fi
fi
echo "ok"
