# SPDX-License-Identifier: MIT
"""Worker links with one fault each (spec 11): the oracle names who, which requirement and where."""
import unittest

from oracle import WorkerJudge

from .sessions import ADD, faults


def worker(*message):
    return "worker", list(message)


def server(*message):
    return "server", list(message)


ARGS = {"tools": [ADD], "stdin": False, "displays": 1, "display_bytes": 1, "display_pixels": 1, "value_bytes": 1}
HELLO = worker(0, {"software": "conf"})
MESSAGE_BYTES = 1048576
NARROW = [HELLO, server(2, 1, "brig.open", {**ARGS, "message_bytes": MESSAGE_BYTES}, {}), worker(4, 1, {}, {})]
READY = [HELLO, server(2, 1, "brig.open", ARGS, {}), worker(4, 1, {}, {})]
RUNNING = [*READY, server(2, 2, "brig.eval", {"code": "1"}, {})]
DONE = worker(4, 2, None, {"visible": False})

FAULTS = [
    ("a call before HELLO", [worker(2, 1, "add", {"a": 1}, {})], "worker", "WRK-001"),
    ("a HELLO without software", [worker(0, {})], "worker", "MSG-012"),
    ("a message of length 0", [HELLO, ("worker", b"")], "worker", "WRK-002"),
    ("octets that are no message", [HELLO, ("worker", b"\xc1")], "worker", "ENC-003"),
    ("an unknown odd type", [*RUNNING, worker(3)], "worker", "WRK-006"),
    ("a CLOSE", [*RUNNING, worker(8, "done", "")], "worker", "WRK-005"),
    ("elements behind the layout", [*RUNNING, worker(4, 2, None, {}, 1)], "worker", "WRK-006"),
    ("a key in meta that the server makes", [*RUNNING, worker(4, 2, None, {"generation": 1})], "worker", "WRK-006"),
    ("`visible` that is no bool", [*RUNNING, worker(4, 2, None, {"visible": 1})], "worker", "WRK-006"),
    ("an ERROR that only servers send", [*RUNNING, worker(6, 2, "deadline", "fix", "", {})], "worker", "WRK-005"),
    ("a key of another code", [*RUNNING, worker(6, 2, "parse", "fix", "", {"classes": []})], "worker", "WRK-006"),
    ("an EVENT that only servers send", [*RUNNING, worker(1, 2, "violation", {}, {})], "worker", "WRK-005"),
    ("`raw` of a worker", [*RUNNING, worker(1, 2, "stdout", b"", {"raw": True})], "worker", "WRK-006"),
    ("output that is text", [*RUNNING, worker(1, 2, "stdout", "x", {})], "worker", "WRK-005"),
    ("an event after the terminal", [*RUNNING, DONE, worker(1, 2, "stdout", b"", {})], "worker", "WRK-007"),
    ("a second terminal", [*RUNNING, DONE, DONE], "worker", "WRK-007"),
    ("a tool that the session does not have", [*RUNNING, worker(2, 1, "other", {}, {})], "worker", "WRK-005"),
    ("options of a tool call", [*RUNNING, worker(2, 1, "add", {"a": 1}, {"parent": 2})], "worker", "WRK-006"),
    ("input in a session without stdin", [*RUNNING, worker(2, 1, "brig.input", {"prompt": ""}, {})], "worker", "WRK-005"),
    ("a brig.open that answers something", [HELLO, READY[1], worker(4, 1, {"ready": True}, {})], "worker", "11.3"),
    ("an id that goes back", [*RUNNING, worker(2, 2, "add", {"a": 1}, {}), worker(2, 1, "add", {"a": 1}, {})],
     "worker", "SES-002"),
    ("a CALL before HELLO", [READY[1]], "server", "11.1"),
    ("a second code call at once", [*RUNNING, server(2, 3, "brig.eval", {"code": "1"}, {})], "server", "COD-007"),
    ("a procedure that workers do not have", [*READY, server(2, 2, "brig.reset", {}, {})], "server", "11.3"),
    ("a CALL with options", [*READY, server(2, 2, "brig.eval", {"code": "1"}, {"deadline_ms": 1})], "server", "11.3"),
    ("a HELLO of the server", [HELLO, server(0, {"software": "s"})], "server", "WRK-005"),
    ("a message above message_bytes",
     [*NARROW, server(2, 2, "brig.eval", {"code": "1"}, {}), worker(4, 2, b"x" * MESSAGE_BYTES, {})],
     "worker", "WRK-017"),
    ("a call above message_bytes",
     [*NARROW, server(2, 2, "brig.eval", {"code": "1" * MESSAGE_BYTES}, {})], "server", "11.1"),
    ("arguments that do not fit and are passed on",
     [*RUNNING, worker(2, 1, "add", {"a": "1"}, {}), server(4, 1, 1, {})], "server", "TOL-009"),
]  # fmt: skip

RIGHT = [
    ("a code call with output, a display and a tool",
     [*RUNNING, worker(1, 2, "stdout", b"x", {}), worker(1, 2, "display", {}, {"id": "p", "update": True}),
      worker(2, 1, "add", {"a": 1}, {}), server(4, 1, 1, {}), DONE]),
    ("arguments that do not fit are refused",
     [*RUNNING, worker(2, 1, "add", {}, {}), server(6, 1, "bad_arguments", "fix", "", {"path": "/a"}), DONE]),
    ("an ERROR with its keys", [*RUNNING, worker(6, 2, "parse", "fix", "", {"line": 1, "column": 1})]),
    ("a tool that is defined later",
     [*READY, server(2, 2, "brig.define", {"tools": [{"name": "more"}]}, {}), worker(4, 2, {}, {}),
      server(2, 3, "brig.eval", {"code": "1"}, {}), worker(2, 1, "more", {}, {})]),
]  # fmt: skip


class WorkerLinks(unittest.TestCase):
    def test_faults_are_found(self):
        for name, steps, by, requirement in FAULTS:
            with self.subTest(name):
                found = faults(WorkerJudge(), steps)
                self.assertEqual([(f.by, f.requirement) for f in found], [(by, requirement)])
                self.assertEqual((found[0].step, found[0].fatal), (len(steps) - 1, by == "worker"))

    def test_right_links_have_no_fault(self):
        for name, steps in RIGHT:
            with self.subTest(name):
                self.assertEqual([str(f) for f in faults(WorkerJudge(), steps)], [])

    def test_a_message_above_max_message(self):
        judge = WorkerJudge(max_message=20)
        self.assertEqual([f.requirement for f in faults(judge, [worker(0, {"software": "x" * 20})])], ["WRK-017"])


if __name__ == "__main__":
    unittest.main()
