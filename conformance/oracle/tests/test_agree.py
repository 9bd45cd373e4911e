# SPDX-License-Identifier: MIT
"""The comparison of two readers can fail, and its sessions are what they are said to be."""
import pathlib
import subprocess
import sys
import unittest

from oracle import Judge, agree, mutate, verdict
from oracle.connection import PEER

SEED, SESSIONS = 7, 400
HOME = pathlib.Path(__file__).resolve().parents[2]


def expected_line(one):
    """What an adapter would print that is of the oracle's opinion."""
    return ["!STATE" if word is verdict.FAULTS else word[0] if isinstance(word, tuple) else word for word in one.words]


class Echo:
    """An adapter that agrees, but for what `change` makes of its lines."""

    def __init__(self, change=lambda line: line):
        self.change = change

    def judge(self, batch):
        return [self.change(expected_line(one)) for one in batch]


def changed(old, new):
    return lambda line: [word.replace(old, new) for word in line]


# An adapter with one opinion of its own.
LIARS = [
    ("takes what is refused", changed("!STATE", "")),
    ("closes with another code", changed("CLOSE:protocol", "CLOSE:too_large")),
    ("closes without a word", changed("CLOSE:protocol", "silent")),
    ("delivers another id", changed("M2:", "M2:7")),
    ("finds no problem", changed("bad_arguments", "ok")),
    ("sends what it may not", changed("STATE", "OK")),
    ("takes a truncation for an end", changed("E:TRUNCATED", "E:OK")),
    ("has lost a word", lambda line: line[:-1]),
    ("says more", lambda line: [*line, "more"]),
]


def first_octets(hash_seed):
    """Of twenty sessions, made by a process of its own."""
    code = f"import sys; sys.dont_write_bytecode = True; from oracle import agree, verdict; " \
           f"print([verdict.Verdict(agree.make({SEED}, i)).octets for i in range(20)])"
    environment = {"PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", code], cwd=HOME, env=environment, capture_output=True, check=True).stdout


class Agree(unittest.TestCase):
    def test_every_process_makes_the_same_sessions(self):
        self.assertEqual(first_octets("1"), first_octets("2"))

    def test_sessions_can_be_made_again(self):
        for number in range(50):
            first, again = (verdict.Verdict(agree.make(SEED, number)) for _ in range(2))
            self.assertEqual((first.octets, first.words), (again.octets, again.words))

    def test_sessions_are_mostly_long_and_often_faulty(self):
        count = agree.run(Echo(), SEED, range(SESSIONS), shown=0)
        self.assertEqual((count.sessions, count.different), (SESSIONS, 0))
        self.assertGreater(count.messages, SESSIONS)
        self.assertTrue(SESSIONS // 5 < count.faults < SESSIONS * 4 // 5, count.faults)

    def test_unmutated_sessions_have_no_fault(self):
        sessions = (agree.make(SEED, number) for number in range(SESSIONS))
        for session in (s for s in sessions if not s.mutations):
            self.assertNotIn(verdict.FAULTS, verdict.Verdict(session).words)

    def test_the_judge_of_sessions_survives_all_of_them(self):
        """It ends where the connection ends, whatever it has to say about the rest."""
        for number in range(SESSIONS):
            session = agree.make(SEED, number)
            one, judge = verdict.Verdict(session), Judge()
            if session.side == "client":
                judge.feed("client", b"\1" + agree.pack.encode([0, {"software": "c"}]))
            judge.connection.ways[session.side].max_message = session.max_message
            for (kind, octets), word in zip(one.steps, one.words):
                if kind in (b"r", b"d"):
                    found = judge.feed(PEER[session.side], None if kind == b"d" and octets else octets)
                    if word is verdict.FAULTS:
                        self.assertTrue(any(fault.fatal for fault in found), number)
                    elif word == "H" and session.side == "server":
                        judge.feed("server", b"\1" + agree.pack.encode([0, {"software": "s"}]))
                elif kind == b"s" and word.startswith("OK"):
                    judge.feed(session.side, b"\1" + octets)

    def test_every_mutation_is_made_and_can_matter(self):
        made = [agree.make(SEED, number) for number in range(SESSIONS * 3)]
        faulty = {name for s in made if verdict.FAULTS in verdict.Verdict(s).words for name in s.mutations}
        self.assertEqual({change.__name__ for change in mutate.MUTATIONS} - faulty, set())

    def test_an_adapter_of_another_opinion_is_found_out(self):
        for name, change in LIARS:
            with self.subTest(name):
                count = agree.run(Echo(change), SEED, range(SESSIONS), shown=0)
                self.assertGreater(count.different, 0)


if __name__ == "__main__":
    unittest.main()
