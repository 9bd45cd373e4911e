# SPDX-License-Identifier: MIT
"""Clients with one fault each. The docstring says which."""

import time

from suite.transport import Late
from tests.fake_client import Client, Over, Refuser
from make.pack import Raw
from make.read import Malformed
from make.validate import validate


class Honest(Client):
    """none"""


class AnotherPreamble(Client):
    """the last octet of the preamble is not 00"""

    def greet(self):
        send = self.party.send_preamble
        self.party.send_preamble = lambda: send(last=1)
        super().greet()


class ComesAgain(Client):
    """after a refusal another connection is tried"""

    def greet(self):
        try:
            super().greet()
        except Over:
            self.socket()
            raise


class ForgetsTheReason(Client):
    """a refusal's reason is not told"""

    def tell(self, **line):
        super().tell(**(line | {"reason": ""} if "reason" in line else line))


class TakesAnyKeyFile(Client):
    """a key file may be read by others"""

    def read_key(self):
        return bytes.fromhex(open(self.key_file).read()[:64])


class WaitsForMessage2(Client):
    """a wrong length before handshake message 2 is waited for"""

    def check_length(self, length):
        self.take(length)


class AnnouncesFlips(Client):
    """a record that does not decrypt is answered by CLOSE"""

    def undecipherable(self, error):
        raise Refuser()


class AcceptsFlips(Client):
    """a record that does not decrypt is passed over"""

    def undecipherable(self, error):
        self.party.received_records += 1
        return self.record()


class DropsFaults(Client):
    """a fault of the server's is not announced"""

    def say(self, message):
        if message[0] == 8 and message[1] != "done":
            self.drop()
            raise Over("faulted")
        super().say(message)


class CallsTruncationsClosed(Client):
    """an end without CLOSE is told as a regular one"""

    def tell(self, **line):
        super().tell(**(line | {"end": "closed"} if line.get("end") == "truncated" else line))


class KeepsLostCalls(Client):
    """calls that were open at the end are not told"""

    def lose_all(self):
        pass


class TalksAfterClose(Client):
    """something follows CLOSE"""

    def leave(self):
        self.say([8, "done", ""])
        self.say([4, 1, None, {}])
        super().leave()


class NeverGoes(Client):
    """CLOSE is waited for without end"""

    def leave(self):
        self.say([8, "done", ""])
        self.party.transport.shut()
        try:
            self.party.transport.rest(60)
        except Late:
            pass
        raise Over("closed")


class DiesOfOddTypes(Client):
    """an unknown odd type is a fault"""

    def act(self, type_, elements):
        if type_ % 2 and type_ != 1:
            raise Refuser()
        super().act(type_, elements)


class TakesAnyAnswer(Client):
    """an answer to no call is passed over"""

    def act(self, type_, elements):
        if type_ in (1, 4, 6) and self.peer_hello and elements[0] not in self.open:
            return
        super().act(type_, elements)


class TakesAnyId(Client):
    """ids of the server's calls are not looked at"""

    def on_call(self, number, *rest):
        self.last_heard = 0
        super().on_call(number, *rest)


class GreetedTwice(Client):
    """a second HELLO is passed over"""

    def act(self, type_, elements):
        if type_ == 0 and self.peer_hello:
            return
        super().act(type_, elements)


class TakesAnyHello(Client):
    """a HELLO is not checked"""

    def on_hello(self, type_, elements):
        self.peer_hello, self.peer_max = type_ == 0, 16777216


class SendsTooMuch(Client):
    """a tool's result is above what the server takes"""

    def big(self, number, size):
        self.say([4, number, "x" * size, {}])


class HastensLargeCalls(Client):
    """a call of several records before the server's HELLO"""

    def do_large(self):
        self.call("open", "brig.open", {})
        self.eval("#" * 100000)


class HostsAnything(Client):
    """a tool that does not exist is answered"""

    def on_tool(self, number, name, args, parent):
        if name == "forge":
            self.say([4, number, None, {}])
        else:
            super().on_tool(number, name, args, parent)


class IgnoresParents(Client):
    """a tool call's parent is not looked at"""

    def on_tool(self, number, name, args, parent):
        super().on_tool(number, name, args, next(iter(self.open)))


class AnswersTwice(Client):
    """a tool call has two answers"""

    def echo(self, number, value):
        super().echo(number, value)
        super().echo(number, value)


class ForgetsTools(Client):
    """a tool call that is cancelled has no answer"""

    def on_cancel(self, number, of):
        self.hosted.pop(of, None)
        super().on_cancel(number, of)


class GoesOnAfterCancel(Client):
    """a tool call that is cancelled goes on"""

    def on_cancel(self, number, of):
        if self.hosted.pop(of, None) is not None:
            self.say([4, number, {"outcome": "interrupting"}, {}])
            self.say([4, of, "late", {}])
        else:
            super().on_cancel(number, of)


class NeverAnswersPings(Client):
    """a ping has no answer"""

    def pong(self, number):
        pass


class DiesOfEvents(Client):
    """an event of an unknown kind is a fault"""

    def on_event(self, number, kind, payload):
        if kind == "smell":
            raise Refuser()
        super().on_event(number, kind, payload)


class BelievesClasses(Client):
    """the class of an error is what was sent"""

    def error(self, code, class_, message, data):
        return super().error(code, class_, message, data) | {"class": class_}


class SavesDisplays(Client):
    """a display is written to where it says"""

    def on_event(self, number, kind, payload):
        if kind == "display":
            with open(next(iter(payload)).rsplit("/", 1)[-1], "wb") as file:
                file.write(b"1")
        super().on_event(number, kind, payload)


class SortsMaps(Client):
    """the entries of a map are sorted"""

    def eval(self, code, **more):
        if "args" in more and isinstance(more["args"]["x"], dict):
            more = {"args": {"x": dict(sorted(more["args"]["x"].items()))}}
        super().eval(code, **more)


class LongForms(Client):
    """an integer in a longer form than it needs"""

    def eval(self, code, **more):
        if "args" in more:
            more = {"args": {"x": Raw(b"\x91\xcd\x00\x01")}}
        super().eval(code, **more)


class LateEvents(Client):
    """an event follows the end of its call"""

    def echo(self, number, value):
        super().echo(number, value)
        self.say([1, number, "stdout", b"", {}])


class LongMessages(Client):
    """an ERROR whose message is longer than 8,192 octets"""

    def fail(self, number, code, text=""):
        super().fail(number, code, text.ljust(8193))


class SaysConnectionLost(Client):
    """an ERROR with a code that is not sent"""

    def fail(self, number, code, text=""):
        super().fail(number, "connection_lost", text)


class DiesOfValues(Client):
    """a value without meaning is a fault"""

    def act(self, type_, elements):
        if type_ == 4 and self.peer_hello and self.open.get(elements[0]) == "eval":
            try:
                validate(elements[1])
            except Malformed as error:
                raise Refuser() from error
        super().act(type_, elements)


class RoundsIntegers(Client):
    """integers are held as float64"""

    def eval(self, code, **more):
        if "args" in more and isinstance(more["args"]["x"], list):
            more = {"args": {"x": [int(float(one)) for one in more["args"]["x"]]}}
        super().eval(code, **more)


class ForgetsAnswers(Client):
    """a fault takes back what was answered"""

    def tell(self, **line):
        if "value" not in line or self.task != "twice":
            super().tell(**line)


class SameIds(Client):
    """ids do not increase"""

    def call(self, what, procedure, args):
        self.last_id = 0 if what == "eval" and not self.open else self.last_id
        return super().call(what, procedure, args)


class Sleepy(Client):
    """it never connects"""

    def connect(self, key):
        time.sleep(60)


FAULTY = (
    (AnotherPreamble, "client-channel/preamble"),
    (ComesAgain, "client-channel/refusal-version"),
    (ForgetsTheReason, "client-channel/refusals-are-told"),
    (TakesAnyKeyFile, "client-channel/key-readable-by-group"),
    (TakesAnyKeyFile, "client-channel/key-with-carriage-return"),
    (WaitsForMessage2, "client-channel/message-2-length-short"),
    (AnnouncesFlips, "client-channel/record-flipped"),
    (AcceptsFlips, "client-channel/record-flipped-tag"),
    (DropsFaults, "client-channel/flags-2"),
    (CallsTruncationsClosed, "client-channel/truncated-during-a-call"),
    (KeepsLostCalls, "client-channel/close-answered"),
    (TalksAfterClose, "client-channel/leave"),
    (NeverGoes, "client-channel/leave"),
    (DiesOfOddTypes, "client-messages/odd-types"),
    (TakesAnyAnswer, "client-session/result-for-no-call"),
    (TakesAnyId, "client-session/id-again"),
    (GreetedTwice, "client-channel/second-hello"),
    (TakesAnyHello, "client-messages/hello-without-software"),
    (SendsTooMuch, "client-messages/large-tool-result"),
    (HastensLargeCalls, "client-messages/before-our-hello"),
    (HostsAnything, "client-session/tool-unknown"),
    (IgnoresParents, "client-session/stale-parent"),
    (AnswersTwice, "client-session/echo"),
    (ForgetsTools, "client-session/cancel-ends-the-call-once"),
    (NeverAnswersPings, "client-session/ping-while-code-runs"),
    (DiesOfEvents, "client-session/events"),
    (BelievesClasses, "client-session/unknown-class"),
    (BelievesClasses, "client-session/class-of-a-known-code"),
    (SavesDisplays, "client-session/display-paths"),
    (SortsMaps, "client-values/map-order"),
    (LongForms, "client-encoding/integers-and-lengths"),
    (LateEvents, "client-session/echo"),
    (LongMessages, "client-session/tool-fails"),
    (SaysConnectionLost, "client-session/tool-fails"),
    (DiesOfValues, "client-values/factor-code-beyond-levels"),
    (RoundsIntegers, "client-values/integers-are-not-rounded"),
    (ForgetsAnswers, "client-channel/fault-after-an-answer"),
    (SameIds, "client-session/two-evaluations"),
    (Sleepy, "client-sanity/eval"),
)
