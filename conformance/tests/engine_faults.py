# SPDX-License-Identifier: MIT
"""Engines with one fault each. The docstring says which."""

import os
import signal

from tests.fake_engine import CALL, ERROR, EVENT, HELLO, RESULT, Engine
from make.pack import Raw, Vector, encode


class Honest(Engine):
    """none"""


class LongHello(Engine):
    """its HELLO is longer than 4,096 octets"""

    def from_engine(self, message):
        return [[HELLO, {"software": "x" * 4096}]] if message[0] == HELLO else [message]


class TalksBeforeHello(Engine):
    """an EVENT comes before HELLO"""

    def from_engine(self, message):
        early = [[EVENT, 1, "stdout", b"x", {}]] if message[0] == HELLO else []
        return [*early, message]


class OutlivesItsLink(Engine):
    """it stays when the link has ended"""

    def on_end(self):
        while True:
            signal.pause()


class ChildrenOnTheLink(Engine):
    """what somebody else writes comes over the link"""

    def from_engine(self, message):
        if message[0] == RESULT and message[1] > 1:
            self.server.sendall(b"from a child\n")
        return [message]


class AnswersTwice(Engine):
    """each call of code has two terminals"""

    def from_engine(self, message):
        return [message] * (2 if message[0] == RESULT and message[1] > 1 else 1)


class TalksAfterwards(Engine):
    """an EVENT comes behind the terminal"""

    def from_engine(self, message):
        late = [[EVENT, message[1], "stdout", b"x", {}]] if message[0] == RESULT and message[1] > 1 else []
        return [message, *late]


class AnnouncesNothing(Engine):
    """a message of no octets comes before each RESULT"""

    def from_engine(self, message):
        if message[0] == RESULT:
            self.server.sendall(bytes(4))
        return [message]


class AlwaysFive(Engine):
    """every value is 5.5"""

    def from_engine(self, message):
        if message[0] == RESULT and self.code_call[2] != "brig.open":
            message[2] = 5.5
        return [message]


class NeverFails(Engine):
    """what fails has a RESULT"""

    def from_engine(self, message):
        return [[RESULT, message[1], {}, {}] if message[0] == ERROR else message]


class ForgetsAfterErrors(Engine):
    """an ERROR takes what was there before with it"""

    has_failed = False

    def from_engine(self, message):
        self.has_failed |= message[0] == ERROR
        if message[0] == RESULT and self.has_failed:
            message[2] = None
        return [message]


class IgnoresInterrupts(Engine):
    """an interrupt does nothing"""

    def on_interrupt(self):
        pass


class DiesOfInterrupts(Engine):
    """an interrupt ends the process"""

    def on_interrupt(self):
        os._exit(1)


class KeepsInterrupts(Engine):
    """an interrupt that comes between calls ends the next one"""

    is_interrupted = False

    def on_interrupt(self):
        self.is_interrupted = self.code_call is None
        if not self.is_interrupted:
            super().on_interrupt()

    def from_engine(self, message):
        if message[0] == RESULT and self.is_interrupted:
            return [[ERROR, message[1], "cancelled", "fix", "late", {}]]
        return [message]


class CallsInterruptsErrors(Engine):
    """an interrupt is ERROR runtime"""

    def from_engine(self, message):
        if message[0] == ERROR and message[2] == "cancelled":
            message[2] = "runtime"
        return [message]


class TakesLateAnswers(Engine):
    """any answer is taken for that of the last call"""

    last_id = 0

    def from_engine(self, message):
        if message[0] == CALL:
            self.last_id = message[1]
        return [message]

    def from_server(self, message):
        if message[0] in (RESULT, ERROR):
            message[1] = self.last_id
        return [message]


class CallsAgainWithAnId(TakesLateAnswers):
    """all calls of tools have the id 1"""

    def from_engine(self, message):
        super().from_engine(message)
        return [[CALL, 1, *message[2:]] if message[0] == CALL else message]


class SwallowsToolErrors(Engine):
    """the ERROR of a tool is nil for the code"""

    def from_server(self, message):
        return [[RESULT, message[1], None, {}] if message[0] == ERROR else message]


class OneToolAtOnce(Engine):
    """a call of a tool waits until the one before has been answered"""

    def __init__(self, command):
        super().__init__(command)
        self.waiting = []
        self.is_busy = False

    def from_engine(self, message):
        if message[0] != CALL or not self.is_busy:
            self.is_busy |= message[0] == CALL
            return [message]
        self.waiting.append(message)
        return []

    def from_server(self, message):
        if message[0] in (RESULT, ERROR):
            self.is_busy = bool(self.waiting)
            for one in self.waiting[:1]:
                self.tell(one)
            self.waiting = self.waiting[1:]
        return [message]


class FloatArguments(Engine):
    """whole numbers in args are float64"""

    def from_engine(self, message):
        if message[0] == CALL:
            message[3] = {key: float(value) if isinstance(value, int) else value
                          for key, value in message[3].items()}
        return [message]


class UnshapedArguments(Engine):
    """an array of one element is that element"""

    def from_engine(self, message):
        if message[0] == CALL:
            message[3] = {key: value[0] if isinstance(value, list) and len(value) == 1 else value
                          for key, value in message[3].items()}
        return [message]


class LeavesOutNil(Engine):
    """an argument that is nil is left out"""

    def from_engine(self, message):
        if message[0] == CALL:
            message[3] = {key: value for key, value in message[3].items() if value is not None}
        return [message]


class NeverSimplifies(Engine):
    """arrays never become vectors"""

    def from_engine(self, message):
        if message[0] == RESULT and isinstance(message[2], Vector):
            message[2] = message[2].elements
        return [message]


class RunsWhatDoesNotParse(Engine):
    """some of the code has run before it does not parse"""

    def from_engine(self, message):
        early = [[EVENT, message[1], "stdout", b"x", {}]] if message[0] == ERROR else []
        return [*early, message]


class MisplacesErrors(Engine):
    """the place of an error is one too far"""

    def from_engine(self, message):
        if message[0] == ERROR and message[2] == "parse":
            message[5] = {"line": message[5]["line"] + 1, "column": 0}
        return [message]


class HidesClasses(Engine):
    """an error tells only that it is one"""

    def from_engine(self, message):
        if message[0] == ERROR and message[2] == "runtime":
            message[5]["classes"] = ["error"]
        return [message]


class LongMessages(Engine):
    """messages of errors are not bounded"""

    def from_engine(self, message):
        if message[0] == ERROR:
            message[4] += "x" * 8192
        return [message]


class PastesArgs(Engine):
    """args are put into the code as text"""

    def from_server(self, message):
        if message[0] == CALL and isinstance(message[3].get("args", {}).get("v"), str):
            message[3]["code"] = message[3]["code"].replace("$v", message[3]["args"]["v"])
        return [message]


class IgnoresForm(Engine):
    """every value has the full form"""

    def from_server(self, message):
        if message[0] == CALL and "code" in message[3]:
            message[3].pop("value", None)
        return [message]


class IgnoresValueBytes(Engine):
    """values have no bound of their own"""

    def from_server(self, message):
        if message[0] == CALL:
            message[3] = {**message[3], "value_bytes": 1048576}
            if message[2] == "brig.define":
                del message[3]["value_bytes"]
        return [message]


class IgnoresMessageBytes(Engine):
    """messages are as large as the protocol allows"""

    def from_server(self, message):
        if message[0] == CALL and message[2] == "brig.open":
            message[3].pop("message_bytes", None)
        return [message]


class JoinsOutput(Engine):
    """all of stdout comes in one event"""

    def __init__(self, command):
        super().__init__(command)
        self.octets = b""

    def from_engine(self, message):
        if message[0] == EVENT and message[2] == "stdout":
            self.octets += message[3]
            return []
        octets, self.octets = self.octets, b""
        return [*([[EVENT, message[1], "stdout", octets, {}]] if octets else []), message]


class HidesOmission(Engine):
    """nobody learns that a value was replaced"""

    def from_engine(self, message):
        if message[0] == RESULT:
            message[3].pop("value", None)
        return [message]


class SaysTheServersMeta(Engine):
    """meta has a key that is the server's"""

    def from_engine(self, message):
        if message[0] == RESULT and message[1] > 1:
            message[3]["generation"] = 1
        return [message]


class SortsMaps(Engine):
    """entries of maps are sorted"""

    def from_engine(self, message):
        if message[0] == RESULT and isinstance(message[2], dict):
            message[2] = dict(sorted(message[2].items()))
        return [message]


class RoundsIntegers(Engine):
    """integers pass through float64"""

    def from_engine(self, message):
        if message[0] == RESULT and isinstance(message[2], int):
            message[2] = int(float(message[2]))
        return [message]


class AnotherMissing(Engine):
    """a missing number has other bits"""

    def from_engine(self, message):
        if message[0] == RESULT:
            octets = encode(message).replace(bytes.fromhex("a20700000000f07f"), bytes.fromhex("a20700000000f87f"))
            message = Raw(octets) if octets != encode(message) else message
        return [message]


class LongForms(Engine):
    """a small int has a long form"""

    def from_engine(self, message):
        if message[0] == RESULT and message[2] == 42:
            message[2] = Raw(bytes.fromhex("cd002a"))
        return [message]


class HoldsOutput(Engine):
    """stdout comes when all else has come"""

    def __init__(self, command):
        super().__init__(command)
        self.held = []

    def from_engine(self, message):
        if message[0] == EVENT and message[2] == "stdout":
            self.held.append(message)
            return []
        held, self.held = (self.held, []) if message[0] == RESULT else ([], self.held)
        return [*held, message]


class EventsOfItsOwn(Engine):
    """an event has a kind that no worker may send"""

    def from_engine(self, message):
        if message[0] == EVENT and message[2] == "message":
            message[2] = "violation"
        return [message]


class MarksDisplays(Engine):
    """the meta of a display has a key that nobody knows"""

    def from_engine(self, message):
        if message[0] == EVENT and message[2] == "display":
            message[4]["late"] = True
        return [message]


class ForgetsRawOutput(Engine):
    """what is written to descriptor 1 is gone"""

    actions = ((os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),)


class DefinesByHalves(Engine):
    """a brig.define that fails has replaced the tools before"""

    def from_server(self, message):
        if message[0] == CALL and message[2] == "brig.define":
            message[3] = {"tools": message[3]["tools"][:1]}
        return [message]

    def from_engine(self, message):
        if message[0] == RESULT and self.code_call[2] == "brig.define":
            return [[ERROR, message[1], "parse", "fix", "no", {"line": 1, "column": 1}]]
        return [message]


class ListsTools(Engine):
    """the RESULT of brig.define has the names of tools"""

    def from_engine(self, message):
        if message[0] == RESULT and self.code_call[2] == "brig.define":
            message[2] = {"tools": ["made"]}
        return [message]


class KnowsAnyTool(Engine):
    """a tool that is not there is ERROR runtime"""

    def from_engine(self, message):
        if message[0] == ERROR and message[2] == "unknown_tool":
            message[2] = "runtime"
        return [message]


class SameSeed(Engine):
    """random numbers are always the same"""

    def from_server(self, message):
        if message[0] == CALL and message[2] == "brig.open":
            message[3].setdefault("seed", 1)
        return [message]


class IgnoresSeed(Engine):
    """random numbers are never the same"""

    def from_server(self, message):
        if message[0] == CALL and message[2] == "brig.open":
            message[3].pop("seed", None)
        return [message]


class AlwaysAsks(Engine):
    """it asks for lines in any session"""

    def from_server(self, message):
        if message[0] == CALL and message[2] == "brig.open":
            message[3]["stdin"] = True
        return [message]


class AsksWithoutPrompt(Engine):
    """a line is asked for without saying what for"""

    def from_engine(self, message):
        if message[0] == CALL and message[2] == "brig.input":
            message[3].pop("prompt")
        return [message]
