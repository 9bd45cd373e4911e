#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A small client that does the tasks of role client. Subclasses break one rule each; the first argument
names the class."""

import contextlib
import json
import os
import pathlib
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import transport  # noqa: E402
from suite.party import Fault, Keys, Party  # noqa: E402
from suite.recording import Recording  # noqa: E402
from suite.transport import Ended  # noqa: E402
from oracle.registry import REGISTRY  # noqa: E402
from make.messages import parse  # noqa: E402
from make.pack import encode  # noqa: E402
from make.read import Malformed, TooLarge  # noqa: E402

TOOLS = [
    {"name": "echo", "params": {"type": "object", "properties": {"value": {"type": "value"}},
                                "required": ["value"]}},
    {"name": "fail"}, {"name": "slow"},
    {"name": "big", "params": {"type": "object", "properties": {"bytes": {"type": "integer"}},
                               "required": ["bytes"]}},
]
PATIENCE_SECONDS = 30
MAX_MESSAGE = 16777216
SERVER_CALLS = ("brig.ping", "brig.cancel", "brig.input")


class Over(Exception):
    """The connection has ended: how, and why."""

    def __init__(self, end, reason=""):
        super().__init__(end)
        self.end, self.reason = end, reason


class Refuser(Fault):
    """A fatal fault of the server's, with its close code."""

    def __init__(self, code="protocol"):
        super().__init__(code)
        self.code = code


class Client:
    """One connection, from its key file to its end."""

    def __init__(self, environment):
        self.path = environment["BRIG_CONFORMANCE_SOCKET"]
        self.key_file = environment["BRIG_CONFORMANCE_KEY_FILE"]
        self.task = environment["BRIG_CONFORMANCE_CASE"]
        self.party, self.peer_hello = None, False
        self.open, self.hosted = {}, {}  # ids of calls of ours, tool calls that wait: id -> parent
        self.last_heard, self.last_id = 0, 0
        self.output, self.told_output = b"", b""
        self.peer_max = 65518

    # What is told

    def tell(self, **line):
        print(json.dumps(line), flush=True)

    def run(self):
        """The task, and how it ended."""
        try:
            key = self.read_key()
        except (OSError, ValueError) as error:
            self.tell(end="not_connected", reason=str(error))
            return
        try:
            self.connect(key)
            getattr(self, "do_" + self.task)()
            self.leave()
        except Over as over:
            self.lose_all()
            self.tell(end=over.end, reason=over.reason)

    def lose_all(self):
        for what in self.open.values():
            if what in ("open", "eval"):
                self.tell(did=what, error={"code": "connection_lost", "class": "lost"})

    # Channel

    def read_key(self):
        if os.stat(self.key_file).st_mode & 0o077:
            raise ValueError("others can read or write the key file")
        text = open(self.key_file, "rb").read()
        if len(text) != 65 or text[64:] != b"\n":
            raise ValueError("not a key")
        return bytes.fromhex(text[:64].decode())

    def socket(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.path)
        return sock

    def connect(self, key):
        line = transport.Transport(self.socket(), transport.WHOLE, PATIENCE_SECONDS)
        self.party = Party(line, Recording(), Keys(psk=key))
        self.greet()

    def greet(self):
        self.party.send_preamble()
        self.party.begin()
        self.party.send_handshake("message 1", self.party.handshake.write())
        length = int.from_bytes(self.take(2), "big")
        if length == 0:
            raise Over("refused", f"reason {self.take(3)[0]}")
        self.check_length(length)
        body = self.take(length)
        try:
            self.party.handshake.read(body)
        except Exception as error:
            self.drop()
            raise Over("not_authenticated", str(error)) from error
        self.party.split()
        self.party.send_message(self.hello())

    def check_length(self, length):
        if length != 48:
            self.drop()
            raise Over("faulted", "a wrong length")

    def hello(self):
        return [0, {"software": "fake client"}]

    def take(self, count):
        try:
            return self.party.transport.receive(count)
        except Ended as ended:
            self.drop()
            raise Over("truncated", str(ended)) from ended

    def drop(self):
        self.party.transport.close()

    def record(self):
        """(flags, fragment); faults end the connection as they should."""
        length = int.from_bytes(self.take(2), "big")
        if length < 17:
            raise Refuser()
        body = self.take(length)
        from make import noise
        try:
            plaintext = noise.unseal(self.party.receiving_key, self.party.received_records, b"", body)
        except noise.HandshakeError as error:
            return self.undecipherable(error)
        self.party.received_records += 1
        if plaintext[0] > 1 or plaintext == b"\0":
            raise Refuser()
        return plaintext[0], plaintext[1:]

    def undecipherable(self, error):
        self.drop()
        raise Over("not_authenticated", str(error)) from error

    def receive(self):
        """(type, elements) of the next message that is known."""
        message, is_last = b"", 0
        while not is_last:
            is_last, fragment = self.record()
            message += fragment
            if len(message) > MAX_MESSAGE:
                raise Refuser("too_large")
            if not self.peer_hello and (not is_last or len(message) > 4096):
                raise Refuser()
        try:
            return parse(message)
        except TooLarge as error:
            raise Refuser("too_large") from error
        except (Malformed, RecursionError) as error:
            raise Refuser() from error

    # One message

    def turn(self):
        """Reads and acts on one message."""
        try:
            self.act(*self.receive())
        except Refuser as fault:
            self.say([8, fault.code, ""])
            self.linger()
            raise Over("faulted", fault.code) from fault

    def say(self, message):
        self.party.send_message(message)

    def linger(self):
        self.party.transport.shut()
        self.party.transport.rest()
        self.drop()

    def act(self, type_, elements):
        if not self.peer_hello:
            self.on_hello(type_, elements)
        elif type_ == 0:
            raise Refuser()
        elif type_ == 8:
            self.on_close(elements)
        elif type_ == 2:
            self.on_call(*elements[:4])
        elif type_ in (1, 4, 6):
            if elements[0] not in self.open:
                raise Refuser()
            self.on_answer(type_, elements)

    def on_hello(self, type_, elements):
        if type_ != 0:
            raise Refuser()
        try:
            REGISTRY.check("hello", elements[0])
        except Exception as error:
            raise Refuser() from error
        about = elements[0]
        self.peer_max = about.get("max_message", MAX_MESSAGE)
        if not 65518 <= self.peer_max <= 268435456 or about.get("max_calls", 1) < 1:
            raise Refuser()
        self.peer_hello = True

    def on_close(self, elements):
        self.say([8, "done", ""])
        self.drop()
        raise Over("closed", elements[1])

    # The server's calls

    def on_call(self, number, procedure, args, options):
        if number <= self.last_heard:
            raise Refuser()
        self.last_heard = number
        if procedure == "brig.ping":
            self.pong(number)
        elif procedure == "brig.cancel":
            self.on_cancel(number, args.get("id"))
        elif procedure.startswith("brig."):
            self.fail(number, "unknown_procedure")
        else:
            self.on_tool(number, procedure, args, options.get("parent"))

    def pong(self, number):
        self.say([4, number, {}, {}])

    def fail(self, number, code, text="this client does not do that"):
        self.say([6, number, code, REGISTRY.errors[code]["class"], text, {}])

    def on_cancel(self, number, of):
        outcome = "interrupting" if of in self.hosted else (
            "finished" if of and of <= self.last_heard else "unknown")
        self.say([4, number, {"outcome": outcome}, {}])
        if self.hosted.pop(of, None) is not None:
            self.fail(of, "cancelled")

    def on_tool(self, number, name, args, parent):
        if name not in [tool["name"] for tool in TOOLS]:
            self.fail(number, "unknown_tool")
        elif self.open.get(parent) != "eval":
            self.fail(number, "stale")
        elif name == "echo":
            self.echo(number, args["value"])
        elif name == "big":
            self.big(number, args["bytes"])
        elif name == "fail":
            self.fail(number, "tool", "the tool failed")
        else:
            self.hosted[number] = parent
            if len(self.hosted) > 64:
                raise Refuser()

    def echo(self, number, value):
        self.say([4, number, value, {}])

    def big(self, number, size):
        if size + 100 > self.peer_max:
            self.fail(number, "too_large")
        else:
            self.say([4, number, "x" * size, {}])

    # Our calls

    def call(self, what, procedure, args):
        self.last_id += 1
        self.open[self.last_id] = what
        self.say([2, self.last_id, procedure, args, {}])
        return self.last_id

    def on_answer(self, type_, elements):
        number = elements[0]
        if type_ == 1:
            self.on_event(number, elements[1], elements[2])
            return
        what = self.open.pop(number)
        for waiting in [one for one, parent in self.hosted.items() if parent == number]:
            del self.hosted[waiting]
            self.fail(waiting, "cancelled")
        if type_ == 4:
            self.value = elements[1]
            line = {"did": what, "value": plain(elements[1])}
        else:
            line = {"did": what, "error": self.error(*elements[1:5])}
        if what in ("open", "eval"):
            self.tell(**line, output=self.output.decode())
            self.output = b""

    def on_event(self, number, kind, payload):
        if kind == "stdout":
            self.output += payload
            if self.task == "cancel" and "cancel" not in self.open.values():
                self.call("cancel", "brig.cancel", {"id": number})

    def error(self, code, class_, message, data):
        known = {error["class"] for error in REGISTRY.errors.values()}
        class_ = REGISTRY.errors[code]["class"] if code in REGISTRY.errors else (
            class_ if class_ in known else "fault")
        return {"code": code, "class": class_, "message": message, "state": data.get("state")}

    def until(self, number):
        while number in self.open:
            self.turn()

    # Tasks

    def open_session(self):
        self.until(self.call("open", "brig.open", {"tools": TOOLS}))

    def eval(self, code, **more):
        self.until(self.call("eval", "brig.eval", {"code": code, **more}))

    def do_eval(self):
        self.open_session()
        self.eval("the code")

    do_cancel = do_eval

    def do_twice(self):
        self.open_session()
        self.eval("first")
        self.eval("second")

    def do_back(self):
        self.open_session()
        self.eval("first")
        self.eval("second", args={"x": self.value})

    def do_large(self):
        self.open_session()
        if len(encode(["#" * 100000])) + 100 > self.peer_max:
            self.tell(did="eval", error={"code": "too_large"})
            return
        self.eval("#" * 100000)

    def do_wait(self):
        self.open_session()
        while True:
            self.turn()

    def leave(self):
        while "cancel" in self.open.values():
            self.turn()
        self.say([8, "done", ""])
        self.party.transport.shut()
        with contextlib.suppress(transport.Late):
            self.party.transport.rest(2)
        self.drop()
        raise Over("closed")


def plain(value):
    """What JSON can say of it."""
    try:
        json.dumps(value)
        return value
    except TypeError:
        return str(value)


def main(names):
    from tests import client_faults
    kind = getattr(client_faults, names[0]) if names else Client
    kind(os.environ).run()


if __name__ == "__main__":
    # Classes have to be the same whoever imports this file.
    from tests import fake_client
    fake_client.main(sys.argv[1:])
