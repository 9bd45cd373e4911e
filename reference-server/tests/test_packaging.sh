#!/bin/sh
# SPDX-License-Identifier: MIT
# test_packaging.sh BUILD_DIR SOURCE_DIR: what is installed for operators agrees with itself, and
# with the tools that read it, where this machine has them.
set -eu

build=$1
source=$2
stage=$build/packaging-check
failed=0
fail() {
    echo "packaging: $1" >&2
    failed=1
}
rm -rf "$stage"
DESTDIR=$stage cmake --install "$build" >/dev/null
unit=$(find "$stage" -name brigd.service)
socket=$(find "$stage" -name brigd.socket)
config=$(find "$stage" -path '*/brig/brigd.yaml')
brigd=$(find "$stage" -type f -name brigd -perm -u+x)

# A path in a unit is one that is installed, that the system has, or that the unit itself makes.
for path in $(sed -n 's/^Exec[A-Za-z]*=//p; s/^Documentation=file://p' "$unit" | tr " '" '\n\n' | grep '^/' | sort -u); do
    case $path in
    /bin/*) test -x "$path" || fail "$path, named in brigd.service, is not a program" ;;
    /var/lib/brig/*) ;;
    *) test -e "$stage$path" || fail "$path, named in brigd.service, is not installed" ;;
    esac
done

# Socket, key and log are where the units put them.
listen=$(sed -n 's/^ListenStream=//p' "$socket")
grep -q "unix: $listen\( \|\$\)" "$config" || fail "brigd.yaml does not listen on $listen"
key=$(sed -n 's/.*keygen \([^ ]*\)'"'"'$/\1/p' "$unit")
grep -q "key_file: $key\( \|\$\)" "$config" || fail "brigd.yaml does not read $key"
grep -q "file: /var/log/$(sed -n 's/^LogsDirectory=//p' "$unit")/" "$config" ||
    fail "brigd.yaml logs elsewhere than in the LogsDirectory"
grep -q "^$(sed -n 's/^  file: //p' "$config") " "$source/packaging/systemd/brigd.logrotate" ||
    fail "logrotate takes another file than brigd.yaml writes"
"$brigd" --config "$config" --check-config >/dev/null || fail "brigd does not read its brigd.yaml"
"$brigd" --config "$source/brigd.example.yaml" --check-config >/dev/null ||
    fail "brigd does not read brigd.example.yaml"
sed 's/^# \(audit:\|  [a-z_]*: .*  *# .*\|  [a-z_]*: [^ ]*\)$/\1/' "$source/brigd.example.yaml" |
    sed -n '/^audit:/,/^$/p' >"$stage/audit.yaml"
"$brigd" --config "$stage/audit.yaml" --check-config >/dev/null ||
    fail "the part audit of brigd.example.yaml does not read"

if command -v systemd-analyze >/dev/null; then
    for program in /bin/sh /bin/kill; do
        mkdir -p "$stage/bin"
        cp "$program" "$stage$program"
    done
    cp /lib/systemd/system/*.target "$(dirname "$unit")"
    # What the machine's other units are like is not our affair: only what is said of ours.
    said=$(systemd-analyze verify --root="$stage" --man=no "$unit" "$socket" 2>&1 | grep brigd || true)
    [ -z "$said" ] || fail "systemd-analyze: $said"
    systemd-analyze security --offline=yes --root="$stage" --no-pager "$unit" 2>/dev/null | tail -1
fi

# Parsers before 4.0 do not know user namespaces: they read the rest.
profile=$stage/profile
cp "$(find "$stage" -path '*/apparmor/brigd')" "$profile"
if command -v apparmor_parser >/dev/null; then
    case $(apparmor_parser --version | sed -n 's/.*version \([0-9]*\).*/\1/p') in
    [123]) sed -i '/^abi /d; /^  userns,$/d' "$profile" ;;
    esac
    apparmor_parser --skip-kernel-load --skip-cache "$profile" 2>"$stage/said" ||
        fail "apparmor_parser: $(cat "$stage/said")"
fi
grep -q "^profile brigd ${brigd#"$stage"} " "$stage/profile" || fail "the profile is of another program"

# The filter for containers: it gains what sessions need, and nothing else changes.
cat >"$stage/default.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [
  {"names": ["read", "clone"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
  {"name": "bpf", "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]}
JSON
python3 "$source/packaging/seccomp.py" "$stage/default.json" >"$stage/wide.json"
python3 - "$stage" "$source" <<'PYTHON' || fail "seccomp.py"
import json, pathlib, re, sys
stage, source = sys.argv[1:]
wide = json.load(open(f"{stage}/wide.json"))
allowed, *rest = wide["syscalls"]
assert wide["defaultAction"] == "SCMP_ACT_ERRNO" and wide["archMap"] == [], "the rest stays"
assert allowed["action"] == "SCMP_ACT_ALLOW" and "includes" not in allowed, "allowed to everybody"
assert rest == [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
], rest
hint = open(f"{source}/sandbox/host_explain.c").read()
named = re.search(r"share/(brig/seccomp\.py)", hint).group(1)
assert list(pathlib.Path(stage).rglob(f"share/{named}")), "what brigd names is installed"
PYTHON
echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}' >"$stage/default.json"
python3 "$source/packaging/seccomp.py" "$stage/default.json" >/dev/null 2>&1 &&
    fail "seccomp.py takes a list of refused calls"

rm -rf "$stage"
exit "$failed"
