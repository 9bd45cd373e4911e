#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges a recorded session in a file: one JSON object on each line, the first of which says what was recorded.

    {"link": "connection", "unit": "record"}             or unit "message"; or link "worker", of messages only
    {"from": "client", "octets": "019200…", "at": 12.5}  hexadecimal; null: a record that does not decrypt; at: optional, ms
    {"from": "server", "end": true}                      the end of this side's stream

    conformance/oracle/recording.py session.jsonl

Prints every fault. Exit status: 0 the session is valid, 1 it is not, 2 the file is no recording.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from oracle import Judge, WorkerJudge  # noqa: E402

SIDES = {"connection": ("client", "server"), "worker": ("server", "worker")}
UNITS = {"connection": ("record", "message"), "worker": ("message",)}


class NoRecording(Exception):
    """The file does not have this form."""


def need(condition, what):
    if not condition:
        raise NoRecording(what)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def octets_of(text):
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        raise NoRecording("octets are hexadecimal, or null") from None


def judge_for(header):
    """The judge that the first line asks for, and the sides."""
    need(isinstance(header, dict) and header.keys() == {"link", "unit"}, "the first line has link and unit")
    link, unit = header["link"], header["unit"]
    need(link in tuple(SIDES) and unit in UNITS[link], "a link and a unit that there are")
    return WorkerJudge() if link == "worker" else Judge(unit), SIDES[link], unit == "record"


def play(judge, sides, has_records, row):
    """The faults that one line shows."""
    need(isinstance(row, dict) and row.get("from") in sides, f"`from` is one of {', '.join(sides)}")
    if "end" in row:
        need(row.keys() == {"from", "end"} and row["end"] is True, "an end is true, and nothing else")
        return judge.end(row["from"])
    need({"from", "octets"} <= row.keys() <= {"from", "octets", "at"}, "a line has from, octets and perhaps at")
    need("at" not in row or is_number(row["at"]), "`at` is a number")
    octets = octets_of(row["octets"])
    need(has_records or octets is not None, "a message has octets")
    return judge.feed(row["from"], octets, row.get("at"))


def faults_of(lines):
    """Every fault of a recording, as its lines are read."""
    rows = (json.loads(line) for line in lines if line.strip())
    try:
        judge, sides, has_records = judge_for(next(rows, None))
        for row in rows:
            yield from play(judge, sides, has_records, row)
    except ValueError as error:
        raise NoRecording(str(error)) from error


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    count = 0
    try:
        with open(arguments[0], encoding="utf-8") as lines:
            for fault in faults_of(lines):
                print(fault)
                count += 1
    except (OSError, NoRecording) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
