#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""seccomp.py DEFAULT.json: print a seccomp profile for containers in which brigd runs.

DEFAULT.json is the default profile of Docker or Podman (moby's profiles/seccomp/default.json,
/usr/share/containers/seccomp.json). What is printed is that profile, with the calls allowed that
sessions are walled in with; nothing else changes. It takes nothing from the sandbox: each session
installs a filter of its own, which refuses all of them to its code.
"""
import json
import sys

CALLS = [
    "clone",
    "clone3",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "mount_setattr",
    "sethostname",
]


def widen(profile):
    """A call has one rule: what the profile says of it elsewhere goes."""
    rules = []
    for rule in profile["syscalls"]:
        names = rule["names"] if "names" in rule else [rule["name"]]
        left = [name for name in names if name not in CALLS]
        if left:
            kept = {key: value for key, value in rule.items() if key not in ("name", "names")}
            rules.append({"names": left, **kept})
    return {**profile, "syscalls": [{"names": CALLS, "action": "SCMP_ACT_ALLOW"}, *rules]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        profile = json.load(file)
    if profile.get("defaultAction") not in ("SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS"):
        sys.exit(f"{sys.argv[1]}: this is no list of allowed calls (defaultAction)")
    json.dump(widen(profile), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
