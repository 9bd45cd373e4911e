#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passes requests on to a codec and spoils its answers: COMMAND KEY, where KEY names what is spoiled."""

import json
import subprocess
import sys


def spoiled(value):
    """Something else of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
        case list():
            return [*value, "00"] if not value else [*value[:-1], spoiled(value[-1])]
    return "00"


def main(command, key):
    codec = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    while prefix := sys.stdin.buffer.read(4):
        codec.stdin.write(prefix + sys.stdin.buffer.read(int.from_bytes(prefix, "big")))
        codec.stdin.flush()
        answer = json.loads(codec.stdout.read(int.from_bytes(codec.stdout.read(4), "big")))
        if key in answer:
            answer[key] = spoiled(answer[key])
        text = json.dumps(answer).encode()
        sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text)
        sys.stdout.buffer.flush()
    codec.stdin.close()
    return codec.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
