#!/bin/sh
# SPDX-License-Identifier: MIT
# check_mutants.sh absent|present TABLE FILE…: programs and libraries hold no deliberate fault, neither
# its name nor what chooses it; or, in the build that is made of them, each of them does.
set -eu
wanted=$1
table=$2
shift 2

names=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$table")
[ -n "$names" ] || {
    echo "no names in $table"
    exit 1
}

status=0
for file in "$@"; do
    found=present
    grep -aqF -e brig_mutant -e BRIG_MUTANT -e "$names" "$file" || found=absent
    [ "$found" = "$wanted" ] || {
        echo "faults are $found in $file"
        status=1
    }
done
exit $status
