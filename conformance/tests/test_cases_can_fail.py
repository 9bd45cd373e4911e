#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every check of role server has to find the server that breaks its rule, and to pass the one that does not."""

import concurrent.futures
import dataclasses
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import runner, server_role, vector_cases  # noqa: E402
from suite.case_files import load  # noqa: E402
from suite.outcome import FAIL, NON_STRICT, PASS, UNSUPPORTED  # noqa: E402
from suite.party import Keys  # noqa: E402
from tests.fake_server import PSK, Connection, FakeServer, Gone  # noqa: E402
from make.messages import parse  # noqa: E402

# A server that hangs is found by waiting for it; the honest one gets the suite's own time.
IMPATIENCE_SECONDS = 2.0
JOBS = 16


# Servers with one fault each. The docstring says which.


class AnswersTwice(Connection):
    """a call gets two answers"""

    def pong(self, number):
        super().pong(number)
        super().pong(number)


class AnswersLate(Connection):
    """something comes after the last answer"""

    def pong(self, number):
        super().pong(number)
        self.say([1, number, "stdout", b"late", {}])


class AcceptsFlips(Connection):
    """a record that does not decrypt is passed over"""

    def undecipherable(self):
        self.party.received_records += 1
        return self.open_record(60)


class AnnouncesFlips(Connection):
    """a record that does not decrypt is answered by CLOSE"""

    def undecipherable(self):
        self.close_with("protocol")
        raise Gone


class TalksToStrangers(Connection):
    """another protocol gets an answer"""

    def check_preamble(self, preamble):
        if preamble[:4] != b"BRIG":
            self.line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        super().check_preamble(preamble)


class GreetsFirst(Connection):
    """octets come before the preamble"""

    def greet(self):
        self.line.send(b"\0")
        super().greet()


class RefusesInAnotherOrder(Connection):
    """the suite is looked at before the version"""

    def reason(self, preamble):
        return "suite" if preamble[5] != 1 else super().reason(preamble)


class RefusesAtLength(Connection):
    """a refusal of six octets"""

    def refusal(self, reason):
        return super().refusal(reason) + b"\0"


class RefusesLater(Connection):
    """a fault before HELLO is answered by a refusal"""

    def fail(self, fault):
        if not self.has_hello:
            self.line.send(self.refusal("suite"))
        super().fail(fault)


class ReusesItsKey(Connection):
    """one ephemeral key for all connections"""

    def ephemeral(self):
        return bytes(31) + b"\1"


class AcceptsAnyLength(Connection):
    """the length of message 1 is not looked at"""

    def check_length(self, length):
        pass


class AcceptsOtherPreambles(Connection):
    """the preamble is not bound to the handshake"""

    def read_message_1(self, message):
        self.party.prologue = b"BRIG\1\1\1\0"
        self.party.begin(psk=PSK)
        super().read_message_1(message)


class SpeaksBeforeHello(Connection):
    """HELLO is sent behind handshake message 2"""

    def greet(self):
        super().greet()
        self.say(self.hello())


class GreetsTwice(Connection):
    """two HELLOs"""

    def hello(self):
        self.say(super().hello())
        return super().hello()


class HelloWithoutSoftware(Connection):
    """a HELLO that does not say what it is"""

    def hello(self):
        return [0, {"max_calls": 64}]


class AnotherCode(Connection):
    """every fault is closed as protocol"""

    def close_code(self, fault):
        return "protocol"


class ClosesWithoutAWord(Connection):
    """faults of an authenticated client are not announced"""

    def close_with(self, code):
        raise Gone


class AnnouncesToStrangers(Connection):
    """faults before HELLO are announced"""

    def fail(self, fault):
        self.close_with("protocol")
        raise Gone


class NeverTakesLeave(Connection):
    """CLOSE is not answered"""

    def leave(self):
        raise Gone


class TalksAfterClose(Connection):
    """a message behind its own CLOSE"""

    def leave(self):
        self.say([8, "done", ""])
        self.say([4, 1, {}, {}])
        raise Gone


class WaitsForEver(Connection):
    """the connection stays open after CLOSE until the client has gone"""

    def close_with(self, code):
        self.say([8, code, ""])
        self.line.rest(60)


class ForgetsFragments(Connection):
    """only the last fragment of a message is read"""

    def take_message(self, octets):
        if len(octets) > 65518:
            self.close_with("protocol")  # for what is left is no message
            raise Gone
        super().take_message(octets)


class IgnoresUnknownKeys(Connection):
    """unknown keys are ignored"""

    def problem(self, procedure, args, options):
        return None


class NamesAnotherPath(Connection):
    """the path of an error is not that of the key"""

    def error(self, number, code, path=None):
        super().error(number, code, path and path + "x")


class IgnoresTrailing(Connection):
    """elements behind the layout are ignored"""

    def answer(self, number, procedure, args, options, *further):
        super().answer(number, procedure, args, options)


class AnotherClass(Connection):
    """an ERROR of another class than its code's"""

    def error(self, number, code, path=None):
        self.say([6, number, code, "retry", "", {} if path is None else {"path": path}])


class LongMessages(Connection):
    """an ERROR that repeats what it was given"""

    def error(self, number, code, path=None):
        self.say([6, number, code, "fix", (path or "") * 2,
                  {} if path is None else {"path": path[:1000]}])


class LongForms(Connection):
    """a message in another form than the shortest"""

    def pong(self, number):
        self.say(b"\x94\x04\xcd\x00" + bytes([number]) + b"\x80\x80")


class FlagsOfItsOwn(Connection):
    """records with a flag that does not exist"""

    def pong(self, number):
        self.party.send_record(b"\x81\x94\x04" + bytes([number]) + b"\x80\x80")


class EmptyFragments(Connection):
    """an empty fragment that is not the last"""

    def pong(self, number):
        self.party.send_record(b"\0")
        super().pong(number)


class DiesOfOddTypes(Connection):
    """unknown odd types are fatal"""

    def take_message(self, octets):
        if parse(octets)[0] in (3, 77, 255):
            self.close_with("protocol")
            raise Gone
        super().take_message(octets)


class SplitsAtWrites(Connection):
    """a length is expected to come in one piece"""

    def open_record(self, seconds):
        self.line.receive(1, seconds)
        if not self.line.pending():
            raise Gone
        self.line._read = b"\0" + self.line._read  # lengths above 255 do not occur here
        return super().open_record(seconds)


class HangsUp(Connection):
    """every connection is closed at once: only who waits for that is content"""

    def greet(self):
        raise Gone


class NeverEnds(Connection):
    """no connection is ever closed, and nothing is ever said"""

    def greet(self):
        self.server.stopped.wait()


class OpenToAll(FakeServer):
    """anybody may write to the socket's file"""

    mode = 0o666


class HasRoomForAll(FakeServer):
    """strangers are not bounded"""

    def turn_away(self, connection):
        pass


FAULTY = (
    (AnswersTwice, "sanity/ping"),
    (AnswersLate, "sanity/ping"),
    (AcceptsFlips, "channel/flipped-first"),
    (AnnouncesFlips, "channel/flipped-tag"),
    (TalksToStrangers, "channel/another-protocol"),
    (GreetsFirst, "channel/nothing-before-the-preamble"),
    (RefusesInAnotherOrder, "channel/version-before-suite"),
    (RefusesAtLength, "channel/refusal-is-all"),
    (RefusesLater, "channel/no-refusal-later"),
    (ReusesItsKey, "channel/ephemeral-keys-are-fresh"),
    (AcceptsAnyLength, "channel/length-of-the-other-suite"),
    (AcceptsOtherPreambles, "channel/another-preamble"),
    (SpeaksBeforeHello, "states/server-waits-for-hello"),
    (GreetsTwice, "sanity/ping"),
    (HelloWithoutSoftware, "messages/hello-software"),
    (AnotherCode, "encoding/depth-33"),
    (ClosesWithoutAWord, "states/second-hello"),
    (AnnouncesToStrangers, "states/first-message-is-a-call"),
    (NeverTakesLeave, "channel/close-is-answered"),
    (TalksAfterClose, "channel/close-with-calls-before"),
    (WaitsForEver, "channel/fault-and-a-silent-client"),
    (ForgetsFragments, "channel/largest-record"),
    (IgnoresUnknownKeys, "messages/unknown-arg"),
    (NamesAnotherPath, "messages/path-is-a-pointer"),
    (IgnoresTrailing, "messages/trailing-open-does-nothing"),
    (AnotherClass, "messages/unknown-option"),
    (LongMessages, "messages/long-key"),
    (LongForms, "sanity/ping"),
    (FlagsOfItsOwn, "sanity/ping"),
    (EmptyFragments, "sanity/ping"),
    (DiesOfOddTypes, "versions/odd-types-ignored"),
    (SplitsAtWrites, "sanity/ping"),
)


def all_cases():
    """{name: case} of role server."""
    cases = load({"server": server_role.SERVER}) + vector_cases.server_cases()
    return {case.name: case for case in cases}


class CasesCanFail(unittest.TestCase):
    """The suite against servers made for the purpose."""

    @classmethod
    def setUpClass(cls):
        cls.cases = all_cases()

    def outcome(self, name, kind, server=FakeServer, seconds=None):
        """One case against one server."""
        with tempfile.TemporaryDirectory() as directory:
            fake = server(directory, kind)
            try:
                target = server_role.ServerTarget(fake.address, Keys(psk=PSK))
                target.seconds = seconds or target.seconds
                return runner.run_case(target, self.cases[name], {})
            finally:
                fake.stop()

    def test_the_honest_server_passes(self):
        for name in sorted({name for _, name in FAULTY} | {"channel/strangers-are-bounded"}):
            with self.subTest(name):
                outcome = self.outcome(name, Connection)
                self.assertIn(outcome.verdict, (PASS, UNSUPPORTED), outcome.reasons)
                self.assertEqual(outcome.ending_reasons, [])

    def test_a_fault_is_found(self):
        for kind, name in FAULTY:
            with self.subTest(kind.__doc__, case=name):
                outcome = self.outcome(name, kind, seconds=IMPATIENCE_SECONDS)
                self.assertTrue(outcome.is_bad, f"{outcome.verdict}: {outcome.reasons}")
                self.assertIn(outcome.verdict, (FAIL, PASS), outcome.reasons)

    def failed(self, cases, kind, server, seconds):
        """Names of those that fail against such a server."""
        with tempfile.TemporaryDirectory() as directory:
            fake = server(directory, kind)
            try:
                target = server_role.ServerTarget(fake.address, Keys(psk=PSK))
                target.seconds = seconds
                with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
                    outcomes = pool.map(lambda case: runner.run_case(target, case, {}), cases)
                    return {one.case.name for one in outcomes if one.verdict in (FAIL, NON_STRICT)}
            finally:
                fake.stop()

    def test_every_case_can_fail(self):
        """Whoever hangs up breaks all but the cases that end in silence; whoever hangs breaks those."""
        offers = {"local", "unix", "one-suite"}
        cases = [case for case in self.cases.values() if set(case.needs) <= offers]
        left = {case.name for case in cases} - self.failed(cases, HangsUp, FakeServer, 60)
        # A long grant of time is for the peer; here nobody has to be waited for.
        patient = [dataclasses.replace(self.cases[name], after=[], steps=[
            (verb, value, {key: one for key, one in keys.items() if key != "within_ms"})
            for verb, value, keys in self.cases[name].steps]) for name in sorted(left)]
        self.assertEqual(left - self.failed(patient, NeverEnds, OpenToAll, IMPATIENCE_SECONDS / 2), set())

    def test_unbounded_strangers_are_found(self):
        case = self.cases["channel/strangers-are-bounded"]
        few = [(verb, value, keys | {"most": 100} if verb == "strangers" else keys)
               for verb, value, keys in case.steps]
        self.cases["few strangers"] = dataclasses.replace(case, steps=few)
        for server, verdict in ((FakeServer, PASS), (HasRoomForAll, FAIL)):
            outcome = self.outcome("few strangers", Connection, server)
            self.assertEqual(outcome.verdict, verdict, outcome.reasons)


if __name__ == "__main__":
    unittest.main()
