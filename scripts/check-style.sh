#!/bin/sh
# SPDX-License-Identifier: MIT
# House rules that no compiler checks: format, banned functions, licence lines, file length.
set -eu
cd "$(dirname "$0")/.."

failed=0
fail() {
    echo "style: $1" >&2
    echo "$2" >&2
    failed=1
}

sources=$(git ls-files --cached --others --exclude-standard '*.c' '*.h' | grep -v generated/)
scripts=$(git ls-files --cached --others --exclude-standard '*.sh' '*.py' '.ci/run')

# The version is pinned: other versions of clang-format disagree about the same file.
for source in $sources; do
    clang-format-14 --dry-run -Werror "$source" 2>/dev/null || fail "not formatted" "$source"
done

banned='\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|alloca|rand|system)[[:space:]]*\('
found=$(printf '%s\n' "$sources" | xargs grep -nE "$banned" | grep -vE '^[^:]*:[0-9]+: *(/?\*|")' |
    grep -vE '"[^"]*(rand|system|gets)\(' || true)
[ -z "$found" ] || fail "banned functions" "$found"

found=$(printf '%s\n' "$sources" "$scripts" | xargs grep -LE 'SPDX-License-Identifier: MIT' || true)
[ -z "$found" ] || fail "no SPDX line" "$found"

found=$(printf '%s\n' "$sources" | xargs wc -l | awk '$1 > 500 && $2 != "total"')
[ -z "$found" ] || fail "files over 500 lines" "$found"

[ "$failed" -eq 0 ] && echo "style: $(printf '%s\n' "$sources" | wc -l) C files are in order"
exit "$failed"
