# SPDX-License-Identifier: MIT
"""brig-conformance proxy and judge: their options, and the recordings that pass between them."""

import contextlib
import json
import re
from pathlib import Path

from oracle import Judge
from suite import proxy
from suite.server_role import read_key

CUT = re.compile(r"(client|server):(\d+)(octets|records)?\Z")


def proxy_options(parser):
    """Of brig-conformance proxy."""
    parser.add_argument("--listen", required=True, metavar="unix:PATH", help="where the client connects")
    parser.add_argument("--to", required=True, metavar="unix:PATH", help="where the server listens")
    parser.add_argument("--key", type=Path, help="the local key of both: the proxy reads what passes")
    parser.add_argument("--record", type=Path, metavar="FILE", help="what passes, for `judge`")
    parser.add_argument("--delay", type=int, default=0, metavar="MS", help="before each piece is passed on")
    parser.add_argument("--cut", action="append", default=[], metavar="SIDE:N[records]",
                        help="cut both connections after so many octets, or records, of client or server")


def judge_options(parser):
    """Of brig-conformance judge."""
    parser.add_argument("recording", type=Path, help="what a proxy with a key has recorded")


def path_of(address):
    """The path in unix:PATH."""
    kind, _, path = address.partition(":")
    if kind != "unix" or not path:
        raise ValueError(f"not an address: {address} (unix:PATH is)")
    return path


def cuts_of(texts, has_key):
    """{(side, unit): after how many}."""
    cuts = {}
    for text in texts:
        match = CUT.match(text)
        if not match:
            raise ValueError(f"not a place to cut: {text} (client:100 and server:3records are)")
        side, count, unit = match[1], int(match[2]), match[3] or "octets"
        if unit == "records" and not has_key:
            raise ValueError("records can be told apart with --key only")
        cuts[side, unit] = count
    return cuts


def run_proxy(options):
    """brig-conformance proxy, until a signal."""
    key = read_key(options.key) if options.key else b""
    with contextlib.ExitStack() as files:
        tape = None
        if options.record:
            tape = proxy.Tape(files.enter_context(open(options.record, "w", encoding="ascii")))
        plan = proxy.Plan(key, options.delay / 1000, cuts_of(options.cut, bool(key)), tape)
        proxy.run(path_of(options.listen), path_of(options.to), plan)
    return 0


def judged(path):
    """{connection: the judge of it}, of all whose handshake is in the recording."""
    judges = {}
    with open(path, encoding="ascii") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                connection, sender, what = entry["connection"], entry["sender"], entry["what"]
                octets = None if entry["octets"] is None else bytes.fromhex(entry["octets"])
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a recording") from error
            if what == "message 2":
                judges[connection] = Judge()
            elif what == "record" and connection in judges:
                judges[connection].feed(sender, octets, entry["at"])
            elif what == "end" and connection in judges:
                judges[connection].end(sender)
    return judges


def run_judge(options):
    """brig-conformance judge: 0 if nothing is wrong with a recording that shows something."""
    judges = judged(options.recording)
    if not judges:
        raise ValueError(f"{options.recording}: no handshake; was the proxy given the key?")
    for connection, judge in judges.items():
        for fault in judge.faults:
            print(f"connection {connection}: {fault}")
        print(f"connection {connection}: {judge.steps} records, {len(judge.faults) or 'no'} faults")
    return 1 if any(judge.faults for judge in judges.values()) else 0
