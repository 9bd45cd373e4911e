#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The suite's own parts: what it reads, how it writes, what it makes of verdicts, what it says at the end."""

import contextlib
import io
import json
import pathlib
import random
import socket
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import (annotate, case_files, command, notation, page, pattern, runner, selection,  # noqa: E402
                   server_role, transport)
from suite.outcome import ERROR, FAIL, NON_STRICT, PASS, UNSUPPORTED, Outcome, Run, count, worst  # noqa: E402
from suite.recording import Entry  # noqa: E402
from tests.fake_server import PSK, Connection, FakeServer  # noqa: E402
from make.pack import Ext, Raw, encode  # noqa: E402

NOTATION = (
    ("only true and false are bools", "[yes, on, true]", ["yes", "on", True]),
    ("a date is a text", "2023-01-01", "2023-01-01"),
    ("an int and a float64 are different", "[1, 1.0, 1e3]", [1, 1.0, 1000.0]),
    ("a number with a leading zero is decimal", "010", 10),
    ("octets", "!bin 00 ff", b"\x00\xff"),
    ("an ext", "!ext [9, '01']", Ext(9, b"\x01")),
    ("a text many times", "!repeat [ab, 3]", "ababab"),
    ("arrays around an object", "!nested [2, 5]", Raw(b"\x91\x91\x05")),
    ("octets as they are", "!octets c1", Raw(b"\xc1")),
    ("octets in pieces", "!octets ['94', {repeat: c0, times: 2}, {packed: [1]}]", Raw(b"\x94\xc0\xc0\x91\x01")),
    ("octets with numbers", "!octets [{head: a2, digits: 2, tail: c0, times: 2}]", Raw(b"\xa200\xc0\xa201\xc0")),
)

NOT_NOTATION = (
    ("a key twice", "{a: 1, a: 2}"),
    ("half an octet", "!octets 0"),
    ("octets that YAML reads as a number", "!octets [0010]"),
    ("a tag that does not exist", "!novel 1"),
    ("a kind that does not exist", "!kind number"),
    ("a piece of octets that says nothing", "!octets [{times: 3}]"),
    ("two patterns where one belongs", "!maybe [1, 2]"),
)

PATTERNS = (
    ("a value stands for itself", "5", 5, True),
    ("an int is no float64", "1", 1.0, False),
    ("a float64 is no int", "1.0", 1, False),
    ("true is not 1", "1", True, False),
    ("a map may have more keys", "{a: 1}", {"a": 1, "b": 2}, True),
    ("a map lacks a key", "{a: 1}", {"b": 1}, False),
    ("only these keys", "!only {a: 1}", {"a": 1, "b": 2}, False),
    ("an array has these elements", "[1, 2]", [1, 2, 3], False),
    ("a key that must not be there", "{a: !absent }", {"a": None}, False),
    ("a key that is not there", "{a: !absent }", {}, True),
    ("a key that may be missing", "{a: !maybe [!kind text]}", {}, True),
    ("a key that may be missing and is wrong", "{a: !maybe [!kind text]}", {"a": 1}, False),
    ("a bool is no int", "!kind int", True, False),
    ("a negative int is no uint", "!kind uint", -1, False),
    ("an expression in a text", "!search ^a+$", "aa", True),
    ("an expression in octets", "!search b", b"abc", True),
    ("an expression and a number", "!search 1", 1, False),
    ("one of two", "!one_of [1, 2]", 2, True),
    ("none of two", "!one_of [1, 2]", 3, False),
    ("between bounds", "!between [1, 2]", 3, False),
    ("between no bounds", "!between [null, null]", 3, True),
    ("a size in octets", "!size [2, 2]", "é", True),
    ("every element", "!each [!kind int]", [1, "a"], False),
    ("some element", "!contains 2", [1, 2], True),
    ("no element", "!contains 2", [1], False),
    ("bound and seen again", "[!bind x, !same x]", [7, 7], True),
    ("bound and seen otherwise", "[!bind x, !same x]", [7, 8], False),
    ("bound and another one", "[!bind x, !other x]", [7, 7], False),
    ("octets of an encoding", "!octets c0", None, True),
)

GOOD_CASE = {"id": "a", "title": "a sentence", "requirements": ["CHN-001"], "steps": ["start"]}
BAD_CASES = (
    ("an unknown key", {"later": 1}, "unknown keys later"),
    ("an id with a blank", {"id": "a b"}, "not an id"),
    ("no title", {"title": " "}, "no title"),
    ("a requirement that does not exist", {"requirements": ["CHN-999"]}, "CHN-999"),
    ("no requirement", {"requirements": []}, "requirements: none"),
    ("no step", {"steps": []}, "steps are a list"),
    ("a step that does not exist", {"steps": ["later"]}, "no step of this role"),
    ("a key beside a step that does not belong there", {"steps": [{"start": None, "later": 1}]}, "unknown keys"),
    ("two steps in one", {"steps": [{"start": None, "leave": None}]}, "two steps in one"),
    ("a way of writing that does not exist", {"writings": ["slow"]}, "no writing slow"),
)


class Reading(unittest.TestCase):
    """What stands in files."""

    def test_notation(self):
        for name, text, expected in NOTATION:
            with self.subTest(name):
                self.assertEqual(encode(notation.load(text, "t")), encode(expected))

    def test_what_is_no_notation(self):
        for name, text in NOT_NOTATION:
            with self.subTest(name), self.assertRaises(notation.NotationError):
                notation.load(text, "t")

    def test_patterns(self):
        for name, text, value, fits in PATTERNS:
            with self.subTest(name):
                reason = pattern.mismatch(notation.load(text, "t"), value, "", {})
                self.assertEqual(reason is None, fits, reason)

    def test_cases_are_checked(self):
        requirements = case_files.load_requirements()
        case_files.make_case("s", {}, GOOD_CASE, server_role.SERVER, requirements)
        for name, change, expected in BAD_CASES:
            with self.subTest(name), self.assertRaisesRegex(case_files.CaseError, expected):
                case_files.make_case("s", {}, GOOD_CASE | change, server_role.SERVER, requirements)

    def test_selectors(self):
        case = case_files.make_case("s", {}, GOOD_CASE, server_role.SERVER, {"CHN-001": "MUST"})
        for selector, fits in (("s", True), ("s/*", True), ("s/a", True), ("s/b*", False), ("CHN", True),
                               ("CHN-001", True), ("CHN-002", False), ("t", False)):
            with self.subTest(selector):
                self.assertEqual(selection.is_wanted(case, [selector]), fits)

    def test_what_stands_behind_comes_later(self):
        def case(name, *after):
            return case_files.Case("s", name, "", "server", [], [], after=[f"s/{one}" for one in after])
        waves = runner._waves([case("c", "b"), case("b", "a"), case("a")])
        self.assertEqual([[one.id for one in wave] for wave in waves], [["a"], ["b"], ["c"]])
        with self.assertRaises(ValueError):
            list(runner._waves([case("a", "b"), case("b", "a")]))


class Writing(unittest.TestCase):
    """Octets are cut where they should be."""

    def pieces(self, writing, sends):
        """What the other end reads, read by read, while it takes whatever is there."""
        mine, other = socket.socketpair()
        got = []

        def read():
            while piece := other.recv(65536):
                got.append(piece)
        thread = threading.Thread(target=read)
        thread.start()
        line = transport.Transport(mine, writing, 60)
        for octets, cuts in sends:
            line.send(octets, cuts)
        line.shut()
        thread.join()
        mine.close()
        other.close()
        return got

    def test_octet_by_octet(self):
        self.assertEqual(self.pieces(transport.OCTETS, [(b"abc", ())]), [b"a", b"b", b"c"])

    def test_at_lengths(self):
        self.assertEqual(self.pieces(transport.LENGTHS, [(b"\0\3abc", (0, 1, 2))]), [b"\0", b"\3", b"abc"])

    def test_joined(self):
        # The kernel may hand over less than was written at once, but never in another order.
        self.assertEqual(b"".join(self.pieces(transport.JOINED, [(b"ab", ()), (b"cd", ())])), b"abcd")

    def test_nothing_leaves_before_it_is_joined(self):
        mine, other = socket.socketpair()
        line = transport.Transport(mine, transport.JOINED, 60)
        line.send(b"ab")
        other.setblocking(False)
        with self.assertRaises(BlockingIOError):
            other.recv(1)
        line.send(b"cd")
        line.flush()
        self.assertEqual(other.recv(10), b"abcd")
        mine.close()
        other.close()


class Judging(unittest.TestCase):
    """Verdicts."""

    def test_the_worst_counts(self):
        self.assertEqual(worst([PASS, NON_STRICT, FAIL]), FAIL)
        self.assertEqual(worst([FAIL, ERROR]), ERROR)
        self.assertEqual(worst([PASS, UNSUPPORTED]), UNSUPPORTED)

    def test_a_reason_names_the_ways_of_writing(self):
        outcome = Outcome(None, [Run("whole"), Run("octets", FAIL, ["why"])])
        self.assertEqual(outcome.reasons, ["why (octets)"])

    def test_an_ending_speaks_against_a_case_that_passes(self):
        outcome = Outcome(None, [Run("whole", ending_reasons=["no CLOSE"])])
        self.assertTrue(outcome.is_bad)
        self.assertEqual(count([outcome])["ending"], 1)

    def test_stale_expectations(self):
        good = Outcome(case_files.Case("s", "good", "", "server", [], []), [Run("whole")])
        bad = Outcome(case_files.Case("s", "bad", "", "server", [], []), [Run("whole", FAIL, ["why"])])
        self.assertEqual(selection.mark_expected([good, bad], ["s/good", "s/bad", "s/gone"]), ["s/good", "s/gone"])
        self.assertTrue(bad.expected)


class Showing(unittest.TestCase):
    """Reports read whatever there is."""

    def test_octets_of_all_sorts_are_annotated(self):
        chance = random.Random(1)
        for _ in range(2000):
            octets = chance.randbytes(chance.randrange(40))
            found = annotate.Pieces(octets).read()
            self.assertLessEqual(len(found), annotate.MOST_PIECES + 1)

    def test_a_message_is_annotated(self):
        found = annotate.pieces(Entry("sent", "record", b"\0\5" + bytes(5), b"\1" + encode([4, 1, {"a": None}, {}]),
                                      encode([4, 1, {"a": None}, {}])))
        self.assertEqual([meaning for _, _, meaning in found], [
            "length 5", "sealed", "flags: last", "array of 4", "4, RESULT", "1", "map of 1", '"a"', "nil", "map of 0"])

    def test_hostile_text_stays_text(self):
        self.assertEqual(page.escape("<b>\u202e\x1b"), "&lt;b&gt;\\u202e\\u001b")


class Running(unittest.TestCase):
    """The command against a server of the tests."""

    def run_command(self, *arguments, kind=Connection):
        """(exit status, what it printed, its JSON report)."""
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory)
            (place / "key").write_text(PSK.hex() + "\n")
            fake = FakeServer(directory, kind)
            try:
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    status = command.main(["server", "--to", fake.address, "--key", str(place / "key"),
                                           "--reports", str(place / "reports"), *arguments])
                report = json.loads((place / "reports/conformance-server.json").read_text())
                for ending in ("html", "xml"):
                    self.assertTrue((place / f"reports/conformance-server.{ending}").read_text())
                return status, printed.getvalue(), report
            finally:
                fake.stop()

    def test_a_good_server(self):
        status, printed, report = self.run_command("--only", "messages/unknown-arg")
        self.assertEqual(status, command.EXIT_OK)
        self.assertIn("1..3\nok 1 - sanity/ping", printed)
        self.assertEqual(report["requirements"]["MSG-008"]["verdict"], PASS)
        self.assertIsNone(report["requirements"]["CHN-022"]["verdict"])

    def test_a_failure_and_an_expectation_of_it(self):
        class Wrong(Connection):
            def problem(self, procedure, args, options):
                return None
        status, printed, report = self.run_command("--only", "messages/unknown-arg", kind=Wrong)
        self.assertEqual((status, report["counts"][FAIL]), (command.EXIT_FAILED, 1))
        self.assertIn("not ok 2 - messages/unknown-arg", printed)
        with tempfile.NamedTemporaryFile("w") as expected:
            expected.write("messages/unknown-arg  # not yet\n")
            expected.flush()
            arguments = ("--only", "messages/unknown-arg", "--expected-failures", expected.name)
            self.assertEqual(self.run_command(*arguments, kind=Wrong)[0], command.EXIT_OK)
            status, printed, _ = self.run_command(*arguments)
            self.assertEqual(status, command.EXIT_FAILED)
            self.assertIn("expected to fail, and does not", printed)

    def test_nothing_else_is_run_when_sanity_fails(self):
        class Wrong(Connection):
            def pong(self, number):
                self.say([4, number, {}, {}, ])
                self.say([4, number, {}, {}])
        status, _, report = self.run_command("--only", "messages", kind=Wrong)
        self.assertEqual(status, command.EXIT_FAILED)
        self.assertEqual([one["name"] for one in report["cases"]], ["sanity/ping"])

    def test_a_fault_of_the_suite_is_an_error(self):
        requirements = case_files.load_requirements()
        steps = ["start", "hello", {"expect": [8, "protocol", notation.load("!any", "t")]}, "close"]
        case = case_files.make_case("s", {}, GOOD_CASE | {"steps": steps}, server_role.SERVER, requirements)
        with tempfile.TemporaryDirectory() as directory:
            fake = FakeServer(directory)
            try:
                target = server_role.ServerTarget(fake.address, server_role.Keys(psk=PSK))
                outcome = runner.run_case(target, case, {})
            finally:
                fake.stop()
        self.assertEqual(outcome.verdict, ERROR, outcome.reasons)
        self.assertIn("the suite broke a rule", outcome.reasons[0])

    def test_wrong_usage(self):
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(command.main(["server", "--to", "unix:/nowhere"]), command.EXIT_USAGE)

    def test_a_copy_runs_by_itself(self):
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory) / "copy"
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(command.main(["copy", str(place)]), command.EXIT_OK)
            for name in ("brig-conformance", "requirements-1.0.txt", "cases/channel.yaml",
                         "spec/vectors/handshake.json", "spec/protocol.md", "LICENSE"):
                self.assertTrue((place / name).is_file(), name)
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(command.main(["copy", str(place)]), command.EXIT_USAGE)
            self.assertIn("exists", said.getvalue())


if __name__ == "__main__":
    unittest.main()
