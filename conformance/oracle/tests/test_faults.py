# SPDX-License-Identifier: MIT
"""Sessions with one fault each: the oracle names who, which requirement and where."""
import unittest

from oracle import Judge
from oracle.registry import pack

from .sessions import (ADD, HELLOS, INFO, KEPT, LIMITS, LOST, META, OPEN, OPENED, READY, RUNNING, SANDBOX, call,
                       client, done, encoded, failed, faults, server, tool)  # fmt: skip

PINGS = [call(i, "brig.ping") for i in range(10, 27)]
INFOS = [call(i, "brig.info") for i in range(10, 75)]
CANCEL = server(2, 9, "brig.cancel", {"id": 1}, {})
RESET = [call(3, "brig.reset"), server(4, 3, {"generation": 2, "sandbox": SANDBOX}, {})]
FILES = [{"path": path, "type": "file", "size": 1, "modified_ms": 0} for path in ("a", "b")]
NO_FILES = {"files": [], "complete": True}
GOT = {"data": b"xyz", "size": 3, "last": True}
STDOUT = server(1, 2, "stdout", b"123456", {})

# name, session, who, requirement; the fault is in the last message
FATAL = [
    ("the first message is a call", [call(1)], "client", "STA-001"),
    ("a second HELLO", [*HELLOS, HELLOS[0]], "client", "STA-002"),
    ("a HELLO without software", [client(0, {})], "client", "MSG-012"),
    ("a HELLO that takes no calls", [client(0, {"software": "c", "max_calls": 0})], "client", "MSG-012"),
    ("a HELLO above 4,096 octets", [client(0, {"software": "c" * 4096})], "client", "MSG-011"),
    ("no array", [*HELLOS, client(b"x")[:1] + (b"\x80",)], "client", "MSG-001"),
    ("a type above 255", [*HELLOS, client(256)], "client", "MSG-001"),
    ("an unknown even type", [*HELLOS, client(10)], "client", "MSG-003"),
    ("a call without options", [*HELLOS, client(2, 1, "brig.ping", {})], "client", "MSG-004"),
    ("the id 0", [*HELLOS, call(0)], "client", "MSG-005"),
    ("a CLOSE with a text of 8,193 octets", [*HELLOS, client(8, "done", "x" * 8193)], "client", "MSG-010"),
    ("an id that goes back", [*HELLOS, call(2), call(1)], "client", "SES-002"),
    ("an answer to no call", [*HELLOS, client(4, 1, None, {})], "client", "SES-003"),
    ("a second terminal", [*RUNNING, done(2), done(2)], "server", "SES-003"),
    ("an event after the terminal", [*RUNNING, done(2), STDOUT], "server", "SES-003"),
    ("a 65th call", [*HELLOS, *INFOS], "client", "SES-006"),
    ("a 17th control call", [*HELLOS, *PINGS], "client", "SES-007"),
    ("float32", [*HELLOS, ("client", b"\x94\x04\x01\xca\0\0\0\0\x80")], "client", "ENC-003"),
    ("an int in a longer form", [*HELLOS, ("client", b"\x94\x04\x01\xcc\x01\x80")], "client", "ENC-001"),
    ("a signed form of 1", [*HELLOS, ("client", b"\x94\x04\x01\xd0\x01\x80")], "client", "ENC-002"),
    ("text that is not UTF-8", [*HELLOS, ("client", b"\x94\x04\x01\xa1\xff\x80")], "client", "ENC-004"),
    ("a key that is an int", [*HELLOS, ("client", b"\x94\x04\x01\xc0\x81\x01\xc0")], "client", "ENC-005"),
    ("a key twice", [*HELLOS, ("client", b"\x94\x04\x01\xc0\x82\xa0\xc0\xa0\xc0")], "client", "ENC-006"),
    ("an octet behind", [*HELLOS, ("client", b"\x94\x04\x01\xc0\x80\xc0")], "client", "ENC-007"),
    ("depth 33", [*HELLOS, ("client", b"\x94\x04\x01" + b"\x91" * 32 + b"\xc0\x80")], "client", "ENC-008"),
    ("a missing value of no type", [*HELLOS, ("client", b"\x94\x04\x01\xd4\x02\x09\x80")], "client", "VAL-004"),
    ("a logical of 3", [*HELLOS, ("client", b"\x94\x04\x01\xd5\x01\x01\x03\x80")], "client", "VAL-007"),
    ("an annotated value of a nil", [*HELLOS, ("client", b"\x94\x04\x01\xd4\x03\xc0\x80")], "client", "VAL-012"),
    ("an opaque value of a nil", [*HELLOS, ("client", b"\x94\x04\x01\xd4\x04\xc0\x80")], "client", "VAL-020"),
]
OTHERS = [
    ("a server that speaks first", [HELLOS[1]], "server", "STA-004"),
    ("a server that answers a stranger", [call(1), server(8, "protocol", "")], "server", "CHN-040"),
    ("a long message before the server's HELLO",
     [HELLOS[0], call(1, "brig.eval", {"code": "x" * 65518})], "client", "SES-010"),
    ("a message after one's own CLOSE", [*HELLOS, client(8, "done", ""), call(1)], "client", "CHN-029"),
    ("another close code than that of the fault", [*HELLOS, client(10), server(8, "too_large", "")], "server", "CHN-032"),
    ("a close code that is not in the registry", [*HELLOS, server(8, "later", "")], "server", "8"),
    # 6.1, 7.1: what is asked decides the answer
    ("RESULT for elements behind the layout", [*READY, client(2, 2, "brig.ping", {}, {}, 0), server(4, 2, {}, {})],
     "server", "MSG-007"),
    ("the path of elements behind the layout",
     [*READY, client(2, 2, "brig.ping", {}, {}, 0), failed(2, "unsupported", {"path": "/4"})], "server", "MSG-007"),
    ("RESULT for an unknown key", [*READY, call(2, "brig.ping", {"later": 1}), server(4, 2, {}, {})], "server", "MSG-008"),
    ("RESULT for a wrong type", [*READY, call(2, "brig.eval", {"code": 1}), done(2)], "server", "PRC-001"),
    ("RESULT for two tools of one name", [*HELLOS, call(1, "brig.open", {"tools": [ADD, ADD]}), server(4, 1, OPENED, {})],
     "server", "TOL-002"),
    ("RESULT for an unknown keyword",
     [*HELLOS, call(1, "brig.open", {"tools": [{"name": "a", "params": {"later": 1}}]}), server(4, 1, OPENED, {})],
     "server", "TOL-004"),
    ("RESULT for keep_ms", [*HELLOS, call(1, "brig.open", {"keep_ms": 1}), server(4, 1, OPENED, {})], "server", "PRC-006"),
    ("RESULT for an effect that nobody has",
     [*HELLOS, call(1, "brig.open", {"require": {"level": "more"}}), server(4, 1, OPENED, {})], "server", "SBX-003"),
    ("another code for an unknown procedure", [*READY, call(2, "later"), failed(2, "unsupported", {"path": ""})],
     "server", "SES-009"),
    ("RESULT for a procedure of servers", [*READY, call(2, "brig.input", {"prompt": ""}), server(4, 2, "x", {})],
     "server", "SES-013"),
    ("code without a session", [*HELLOS, call(1), done(1)], "server", "SES-016"),
    ("files without a session", [*HELLOS, call(1, "brig.list"), failed(1, "stale")], "server", "SES-016"),
    ("a held call that is answered first", [*READY, call(2, "brig.reset"), call(3), done(3)], "server", "SES-014"),
    ("a second brig.open that succeeds", [*READY, call(2, "brig.open"), server(4, 2, OPENED, {})], "server", "SES-017"),
    ("code above code_bytes that runs", [*READY, call(2, "brig.eval", {"code": "x" * 101}), done(2)], "server", "PRC-011"),
    # 7.2
    ("two code calls at once", [*RUNNING, call(3), done(3)], "server", "COD-001"),
    ("busy without a reason", [*RUNNING, failed(2, "busy")], "server", "COD-001"),
    ("a terminal without generation", [*RUNNING, done(2, meta={})], "server", "COD-015"),
    ("an ERROR of code without state", [*RUNNING, failed(2, "runtime", META)], "server", "COD-015"),
    ("the generation of another worker", [*RUNNING, done(2, meta=META | {"generation": 2})], "server", "COD-015"),
    ("stale that tells of a worker", [*RUNNING, failed(2, "stale", KEPT)], "server", "COD-016"),
    ("a crash that keeps the state", [*RUNNING, failed(2, "crashed", KEPT)], "server", "COD-009"),
    ("an error of the code that loses the state", [*RUNNING, failed(2, "runtime", LOST)], "server", "COD-003"),
    ("code after a loss", [*RUNNING, failed(2, "exited", LOST), call(3), done(3)], "server", "COD-013"),
    ("an omitted value that is there", [*RUNNING, done(2, 1, META | {"value": "omitted"})], "server", "COD-018"),
    ("a value above value_bytes",
     [*READY, call(2, "brig.eval", {"code": "1", "value_bytes": 2}), done(2, "long")], "server", "COD-018"),
    ("a number where text was asked for", [*READY, call(2, "brig.eval", {"code": "1", "value": "text"}), done(2, 1)],
     "server", "7.2"),
    ("an ext where plain was asked for",
     [*READY, call(2, "brig.eval", {"code": "1", "value": "plain"}), done(2, pack.int32(1, 2))], "server", "7.2"),
    ("a tool call that outlives its code call", [*RUNNING, tool(1), done(2)], "server", "COD-010"),
    # 7.3, 7.5
    ("limits that are missing", [*HELLOS, OPEN, server(4, 1, OPENED | {"limits": {}}, {})], "server", "PRC-005"),
    ("a limit above what was asked for",
     [*HELLOS, call(1, "brig.open", {"limits": {"tool_calls": 2}}), server(4, 1, OPENED, {})], "server", "PRC-003"),
    ("a wall that is weaker than required",
     [*HELLOS, call(1, "brig.open", {"require": {"uid": "own"}}),
      server(4, 1, OPENED | {"sandbox": SANDBOX | {"uid": "shared"}}, {})], "server", "PRC-004"),
    ("a level that nobody named",
     [*HELLOS, OPEN, server(4, 1, OPENED | {"sandbox": SANDBOX | {"level": "none"}}, {})], "server", "SBX-004"),
    ("an effect with a value of its own",
     [*HELLOS, OPEN, server(4, 1, OPENED | {"sandbox": SANDBOX | {"exec": "no"}}, {})], "server", "PRC-005"),
    ("a first generation of 2", [*HELLOS, OPEN, server(4, 1, OPENED | {"generation": 2}, {})], "server", "PRC-015"),
    ("a reset without a new generation",
     [*READY, call(2, "brig.reset"), server(4, 2, {"generation": 1, "sandbox": SANDBOX}, {})], "server", "PRC-015"),
    ("a reset before the code call has ended", [*RUNNING, *RESET], "server", "PRC-014"),
    ("a cancel of what was never used",
     [*READY, call(2, "brig.cancel", {"id": 7}), server(4, 2, {"outcome": "finished"}, {})], "server", "PRC-018"),
    ("a cancel of what has ended",
     [*READY, call(2, "brig.cancel", {"id": 1}), server(4, 2, {"outcome": "unknown"}, {})], "server", "PRC-018"),
    ("an idle session that has lost its worker",
     [*RUNNING, failed(2, "memory", LOST), call(3, "brig.info"), server(4, 3, INFO, {})], "server", "COD-013"),
    ("brig.input that was not asked for", [*RUNNING, server(2, 1, "brig.input", {"prompt": ""}, {"parent": 2, "deadline_ms": 9})],
     "server", "PRC-028"),
    ("brig.input of no code call", [*HELLOS, call(1, "brig.open", {"stdin": True}), server(4, 1, OPENED, {}), call(2),
     server(2, 1, "brig.input", {"prompt": ""}, {"parent": 1, "deadline_ms": 9})], "server", "7.4"),
    ("a path that leaves the workspace", [*READY, call(2, "brig.list", {"path": "../a"}), server(4, 2, NO_FILES, {})],
     "server", "PRC-021"),
    ("a piece above 256 KiB",
     [*READY, call(2, "brig.get", {"path": "a", "offset": 0, "length": 262145}), server(4, 2, GOT, {})], "server", "PRC-024"),
    ("more octets than were asked for",
     [*READY, call(2, "brig.get", {"path": "a", "offset": 0, "length": 1}), server(4, 2, GOT, {})], "server", "PRC-025"),
    ("an end that is not marked",
     [*READY, call(2, "brig.get", {"path": "a", "offset": 0, "length": 9}), server(4, 2, GOT | {"last": False}, {})],
     "server", "7.3"),
    ("files in no order", [*READY, call(2, "brig.list"), server(4, 2, {"files": FILES[::-1], "complete": True}, {})],
     "server", "7.3"),
    ("idle while code waits for a tool", [*RUNNING, tool(1), server(8, "idle", "")], "server", "SES-018"),
    # 7.4
    ("a tool that was not declared", [*RUNNING, tool(1, "other")], "server", "TOL-008"),
    ("arguments that do not fit", [*RUNNING, tool(1, args={"a": "1"})], "server", "TOL-007"),
    ("a tool call after its code call", [*RUNNING, done(2), tool(1)], "server", "7.4"),
    ("more time than the code call has", [*RUNNING, tool(1, deadline_ms=60001)], "server", "COD-006"),
    ("more tool calls at once than allowed", [*RUNNING, tool(1), tool(2), tool(3)], "server", "TOL-015"),
    ("a server that evaluates", [*RUNNING, server(2, 1, "brig.eval", {"code": "1"}, {})], "server", "SES-013"),
    # 7.6
    ("more output than allowed", [*RUNNING, STDOUT, STDOUT], "server", "EVT-005"),
    ("output behind `truncated`",
     [*RUNNING, server(1, 2, "truncated", {"stream": "stdout", "bytes": 0}, {}), STDOUT], "server", "EVT-005"),
    ("`truncated` without `dropped`",
     [*RUNNING, server(1, 2, "truncated", {"stream": "stdout", "bytes": 0}, {}), done(2)], "server", "EVT-005"),
    ("late output that comes last", [*RUNNING, STDOUT, server(1, 2, "stdout", b"", {"late": True})], "server", "EVT-004"),
    ("`raw` that is no bool", [*RUNNING, server(1, 2, "stdout", b"", {"raw": 1})], "server", "EVT-008"),
    ("output that is text", [*RUNNING, server(1, 2, "stdout", "x", {})], "server", "7.6"),
    ("a second display", [*RUNNING, *[server(1, 2, "display", {"text/plain": "x"}, {})] * 2], "server", "EVT-006"),
    # 8
    ("a code that only clients send", [*RUNNING, failed(2, "tool")], "server", "ERR-001"),
    ("a code of another class", [*RUNNING, call(3), failed(3, "busy", class_="fix")], "server", "ERR-001"),
    ("connection_lost on the wire", [*RUNNING, failed(2, "connection_lost")], "server", "ERR-005"),
    ("a deadline from a client", [*RUNNING, tool(1), client(6, 1, "deadline", "fix", "", {})], "client", "ERR-001"),
    # 9
    ("an ext of a later version", [*RUNNING, done(2, pack.Ext(9, b""))], "server", "VER-005"),
    ("a vector of length 1", [*RUNNING, done(2, pack.int32(1))], "server", "VAL-003"),
    ("a code outside the levels", [*RUNNING, done(2, pack.factor(pack.int32(1), ["a"]))], "server", "VAL-016"),
    ("equal levels", [*RUNNING, done(2, pack.factor(pack.int32(), ["a", "a"]))], "server", "VAL-017"),
    ("a short column", [*RUNNING, done(2, pack.table([[1], [1, 2]], ["a", "b"], 1))], "server", "VAL-014"),
    ("a column without a name", [*RUNNING, done(2, pack.table([[1]], [], 1))], "server", "VAL-015"),
    ("a dim that does not fit", [*RUNNING, done(2, pack.plain([1, 2], dim=[3]))], "server", "VAL-018"),
    ("an annotated attribute", [*RUNNING, done(2, pack.plain([], later=pack.plain([])))], "server", "VAL-013"),
]  # fmt: skip

# A fault of the server before, and a client that takes it wrongly.
ANSWERS = [
    ("a tool that was not declared is answered", [*RUNNING, tool(1, "other"), client(4, 1, 1, {})], "client", "TOL-010"),
    ("a tool call without its code call is answered", [*RUNNING, done(2), tool(1), client(4, 1, 1, {})], "client", "TOL-011"),
    ("a procedure of servers is answered",
     [*RUNNING, server(2, 1, "brig.eval", {"code": "1"}, {}), client(4, 1, 1, {})], "client", "SES-013"),
]  # fmt: skip

RIGHT = [
    ("a reset that overtakes another one raises the generation as well",
     [*READY, call(2, "brig.reset"), call(3, "brig.reset"), failed(2, "cancelled"),
      server(4, 3, {"generation": 3, "sandbox": SANDBOX}, {}), call(4), done(4, meta=META | {"generation": 3})]),
    ("a reset that failed may have raised the generation or not",
     [*READY, call(2, "brig.reset"), failed(2, "unavailable"), call(3, "brig.info"),
      server(4, 3, INFO | {"generation": 2, "state": "stale"}, {})]),
    ("an unknown odd type", [*HELLOS, client(3, "later")]),
    ("unknown keys of what is told", [*RUNNING, server(1, 2, "later", None, {"later": 1}), done(2, meta=META | {"later": 1})]),
    ("everything at once", [HELLOS[0], OPEN, call(2), HELLOS[1], server(4, 1, OPENED, {}), done(2)]),
    ("busy", [*RUNNING, call(3), failed(3, "busy"), done(2)]),
    ("busy that is late", [*RUNNING, call(3), done(2), failed(3, "busy")]),
    ("idle that meets a call", [*RUNNING, server(8, "idle", "")]),
    ("files", [*READY, call(2, "brig.list"), server(4, 2, {"files": FILES, "complete": True}, {}),
               call(3, "brig.get", {"path": "a/b", "offset": 0, "length": 3}), server(4, 3, GOT, {}),
               call(4, "brig.get", {"path": "a", "offset": 9, "length": 3}), server(4, 4, GOT | {"data": b""}, {})]),
    ("a session that fails to open, and another",
     [*HELLOS, OPEN, call(2), failed(1, "unavailable"), failed(2, "unavailable"), call(3, "brig.open"), server(4, 3, OPENED, {})]),
    ("a reset that ends a code call and mends a loss",
     [*RUNNING, RESET[0], failed(2, "cancelled", LOST), RESET[1], call(4), done(4, meta=META | {"generation": 2})]),
    ("stale after a loss", [*RUNNING, failed(2, "exited", LOST), call(3), failed(3, "stale")]),
    ("a tool call that is cancelled",
     [*RUNNING, tool(1), server(2, 2, "brig.cancel", {"id": 1}, {}), failed(2, "deadline", KEPT), client(4, 1, 1, {}),
      client(4, 2, {"outcome": "interrupting"}, {})]),
    ("tool calls one after the other", [*RUNNING, tool(1), client(4, 1, 1, {}), tool(2), client(6, 2, "tool", "fix", "", {}), done(2)]),
    ("output with its limit",
     [*RUNNING, STDOUT, server(1, 2, "truncated", {"stream": "stdout", "bytes": 6}, {}), done(2, meta=META | {"dropped": {"stdout": 6}})]),
    ("input", [*HELLOS, call(1, "brig.open", {"stdin": True}), server(4, 1, OPENED, {}), call(2),
               server(2, 1, "brig.input", {"prompt": "> "}, {"parent": 2, "deadline_ms": 9}), client(4, 1, "yes", {}), done(2)]),
    ("what meets a CLOSE is dropped", [*HELLOS, server(8, "idle", ""), client(10), client(8, "done", "")]),
    ("an omitted value", [*RUNNING, done(2, pack.Opaque([], ""), META | {"value": "omitted"})]),
]  # fmt: skip


class Faults(unittest.TestCase):
    def test_fatal_faults_are_found(self):
        for name, steps, by, requirement in FATAL:
            with self.subTest(name):
                found = faults(Judge(unit="message"), steps)
                fatal = [fault for fault in found if fault.fatal]
                self.assertEqual([(f.by, f.requirement) for f in fatal], [(by, requirement)])
                self.assertEqual(fatal[0].step, len(steps) - 1)

    def test_other_faults_are_found(self):
        for name, steps, by, requirement in OTHERS + ANSWERS:
            with self.subTest(name):
                found = [f for f in faults(Judge(unit="message"), steps) if f.step == len(steps) - 1]
                self.assertEqual([(f.by, f.requirement) for f in found], [(by, requirement)])
                self.assertFalse(found[0].fatal)

    def test_only_the_last_message_is_wrong(self):
        for name, steps, _, _ in FATAL + OTHERS:
            with self.subTest(name):
                before = [f for f in faults(Judge(unit="message"), steps[:-1]) if not f.fatal]
                self.assertEqual(before, [])

    def test_right_sessions_have_no_fault(self):
        for name, steps in RIGHT:
            with self.subTest(name):
                self.assertEqual([str(f) for f in faults(Judge(unit="message"), steps)], [])

    def test_a_fault_that_is_answered_as_it_has_to_be(self):
        found = faults(Judge(unit="message"), [*HELLOS, client(10), server(8, "protocol", "")])
        self.assertEqual([f.requirement for f in found], ["MSG-003"])

    def test_records_are_joined(self):
        judge, octets = Judge(), encoded(HELLOS[0][1])
        judge.feed("client", b"\1" + octets)
        judge.feed("server", b"\1" + encoded(HELLOS[1][1]))
        message = encoded(OPEN[1])
        self.assertEqual(judge.feed("client", b"\0" + message[:5]), [])
        self.assertEqual(judge.feed("client", b"\1" + message[5:]), [])
        self.assertIn(1, judge.connection.ways["client"].open)

    def test_a_record_that_does_not_decrypt_gets_no_answer(self):
        judge = Judge(unit="message")
        faults(judge, HELLOS)
        self.assertEqual(judge.feed("client", None)[0].requirement, "CHN-022")
        found = judge.feed("server", encoded([8, "protocol", ""]))
        self.assertEqual([f.requirement for f in found], ["CHN-022"])

    def test_ends(self):
        table = [
            ("a CLOSE that is not answered", [*HELLOS, client(8, "done", "")], ["CHN-030"]),
            ("a fault without a CLOSE", [*HELLOS, client(10)], ["CHN-032"]),
            ("both have closed", [*HELLOS, client(8, "done", ""), server(8, "done", "")], []),
            ("cut off", [*HELLOS], []),
        ]
        for name, steps, expected in table:
            with self.subTest(name):
                judge = Judge(unit="message")
                faults(judge, steps)
                self.assertEqual([f.requirement for f in judge.end("server")], expected)

    def test_times_are_judged_with_slack(self):
        for late, expected in ((61_400, []), (61_600, ["COD-004"])):
            judge = Judge(unit="message", slack_ms=500)
            for sender, message in RUNNING:
                judge.feed(sender, encoded(message), at=1000.0)
            found = judge.feed("server", encoded(done(2)[1]), at=1000.0 + late)
            self.assertEqual([f.requirement for f in found], expected)


if __name__ == "__main__":
    unittest.main()
