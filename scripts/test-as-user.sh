#!/bin/sh
# SPDX-License-Identifier: MIT
# The tests once more for an ordinary user, who shares no uid and no file with whoever checked out.
# Needs root to become somebody else; an ordinary user has run exactly these tests already.
set -eu
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
    echo "user: this is an ordinary user's run already"
    exit 0
fi
uid=65533
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT INT TERM
git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents -t "$place"
chown -R $uid:$uid "$place"
chmod 0755 "$place"
cd "$place"
as_user="setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs --inh-caps=-all
env -i PATH=/usr/sbin:/usr/bin:/bin HOME=$place LANG=C.UTF-8"
$as_user cmake --preset dev >/dev/null
$as_user cmake --build --preset dev
$as_user ctest --preset dev
