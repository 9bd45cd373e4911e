# SPDX-License-Identifier: MIT
"""Recordings in files: judged as they are, refused if they have another form."""
import json
import unittest

from oracle import recording

from .sessions import HELLOS, encoded

HEADER = {"link": "connection", "unit": "message"}
FIRST = [{"from": sender, "octets": encoded(message).hex(), "at": 1.5} for sender, message in HELLOS]
CLOSE = encoded([8, "done", ""]).hex()

JUDGED = [
    ("a session that is cut off", [HEADER, *FIRST], []),
    ("a CLOSE without an answer",
     [HEADER, *FIRST, {"from": "client", "octets": CLOSE}, {"from": "server", "end": True}], ["CHN-030"]),
    ("records", [HEADER | {"unit": "record"}, {"from": "client", "octets": "01" + FIRST[0]["octets"]},
                 {"from": "client", "octets": None}], ["CHN-022"]),
    ("a worker link", [{"link": "worker", "unit": "message"}, {"from": "worker", "octets": CLOSE}], ["WRK-001"]),
]  # fmt: skip
REFUSED = [
    ("nothing", []),
    ("no header", FIRST),
    ("an unknown link", [HEADER | {"link": "tcp"}]),
    ("a link that is a list", [HEADER | {"link": []}]),
    ("a side that is a list", [HEADER, FIRST[0] | {"from": []}]),
    ("records of a worker link", [{"link": "worker", "unit": "record"}]),
    ("a key that is not known", [HEADER, FIRST[0] | {"note": ""}]),
    ("an unknown side", [HEADER, FIRST[0] | {"from": "worker"}]),
    ("octets that are not hexadecimal", [HEADER, FIRST[0] | {"octets": "0g"}]),
    ("octets that are a number", [HEADER, FIRST[0] | {"octets": 1}]),
    ("a message without octets", [HEADER, FIRST[0] | {"octets": None}]),
    ("a time that is a text", [HEADER, FIRST[0] | {"at": "1"}]),
    ("an end that is false", [HEADER, {"from": "client", "end": False}]),
    ("a line that is no object", [HEADER, []]),
]


def lines(rows):
    return [json.dumps(row) + "\n" for row in rows]


class Recordings(unittest.TestCase):
    def test_recordings_are_judged(self):
        for name, rows, expected in JUDGED:
            with self.subTest(name):
                self.assertEqual([f.requirement for f in recording.faults_of(lines(rows))], expected)

    def test_other_files_are_refused(self):
        for name, rows in REFUSED:
            with self.subTest(name), self.assertRaises(recording.NoRecording):
                list(recording.faults_of(lines(rows)))
        with self.assertRaises(recording.NoRecording):
            list(recording.faults_of(["{"]))


if __name__ == "__main__":
    unittest.main()
