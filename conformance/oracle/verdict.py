# SPDX-License-Identifier: MIT
"""What the oracle says of a generated session, in the words that an adapter prints, and the octets for that adapter.

A session is side (`s`, `c`: the one under test), max_message u32, count of steps u16; a step is its kind (one letter), length u32,
octets. The answer is a line of words, one per step and two for the end:

    H                   the peer's HELLO; C its CLOSE
    M2:7:0:ok           a message: type, id, elements behind the layout; of its body: ok, meaningless (9.8), or the problem of a
                        CALL's args and options as code@path
    !MALFORMED          a fatal fault; - for every step behind it
    OK:3 FULL STATE     what sending came to
    E:OK E:TRUNCATED    the end of the stream
    CLOSE:done silent   the CLOSE that was sent, if one was
"""
import re

from . import requests
from .connection import PEER, Connection
from .faults import EITHER, TOO_LARGE, Broken
from .registry import REGISTRY, check_tools, pack, read, validate
from .sessions import PEER_SAYS, SCHEMA, WE_CLOSE, WE_SAY

REFUSALS = {"SES-006": "FULL", "SES-007": "FULL", "CHN-025": "TOO_LARGE"}
FAULTS = re.compile(r"!(MALFORMED|TOO_LARGE|STATE|AUTH)\Z")
BODIES = {"event": "payload", "call": "args", "result": "value", "error": "data"}


def quoted(path):
    return "".join(c if 0x20 < ord(c) < 0x7F and c != "%" else "".join(f"%{b:02x}" for b in c.encode()) for c in path)


def paths_of(problem):
    """How a path may be written (spec 6.3): with its control characters, or with \\xNN for them."""
    escaped = "".join(f"\\x{ord(c):02x}" if ord(c) < 0x20 or ord(c) == 0x7F else c for c in problem.path)
    return {quoted(problem.path), quoted(escaped)}


def is_meaningful(value):
    try:
        validate.validate(value)
    except read.Malformed:
        return False
    return True


def told(problems):
    """The words for problems: no rule says which of several a receiver finds first."""
    return tuple(f"{problem.code}@{path}" for problem in problems for path in paths_of(problem)) or ("ok",)


def call_problems(message):
    """The words for args and options that a client sends."""
    if not is_meaningful([message["args"], message["options"]]):
        return ("meaningless",)
    if requests.refusal_for_name(message["procedure"]):
        return ("unknown_procedure",)
    return told(REGISTRY.call_problems(message["procedure"], message["args"], message["options"]))


def schema_problems(*octets):
    """The words for a declaration of a tool and arguments."""
    try:
        tool, args = map(read.read, octets)
    except read.Refused:
        return ("meaningless",)
    if not is_meaningful([tool, args]):
        return ("meaningless",)
    problems = list(REGISTRY.record_problems("tool", tool, ""))
    if problems:
        return tuple(f"tool:{word}" for word in told(problems))
    problems = list(check_tools.argument_problems(tool.get("params"), args))
    return tuple(f"args:{word}" for word in told(problems)) if problems else ("ok",)


class Verdict:
    """One session: `octets` for the adapter, `words` that are expected of it."""

    def __init__(self, session):
        self.session, self.connection = session, Connection()
        self.us = self.connection.ways[session.side]
        self.peer = self.connection.ways[PEER[session.side]]
        self.us.max_message = session.max_message
        self.us.has_hello = session.side == "client"
        self.is_over, self.close, self.steps, self.words = False, None, [], []
        for step in session.steps:
            self.take(step)
        self.words += ["E:OK" if self.peer.has_close else "E:TRUNCATED", self.close or ("silent",)]

    @property
    def octets(self):
        head = self.session.side[:1].encode() + self.session.max_message.to_bytes(4, "big")
        steps = (kind + len(data).to_bytes(4, "big") + data for kind, data in self.steps)
        return head + len(self.steps).to_bytes(2, "big") + b"".join(steps)

    def take(self, step):
        if step.kind == PEER_SAYS:
            for plaintext in plaintexts_of(step):
                self.steps.append((b"d" if step.is_damaged else b"r", plaintext))
                self.words.append("-" if self.is_over else self.receive(plaintext, step.is_damaged))
        elif step.kind == WE_SAY:
            self.send(list(step.message))
        elif step.kind == WE_CLOSE:
            self.steps.append((b"c", b""))
            self.words.append("-" if self.is_over else self.end())
        elif step.kind == SCHEMA:
            tool, args = map(pack.encode, step.message)
            self.steps.append((b"t", len(tool).to_bytes(4, "big") + tool + args))
            self.words.append(schema_problems(tool, args))

    def receive(self, plaintext, is_damaged):
        try:
            if is_damaged and plaintext:
                self.check_length(plaintext)
                raise Broken("CHN-022", "a record that does not decrypt")
            message, _ = self.connection.receive(self.peer.sender, plaintext, "record", None)
        except Broken as broken:
            return self.fail(broken)
        if message is None:
            return ""
        if message.type == "hello":
            self.us.has_hello = True
            return "H"
        if message.type == "close":
            self.is_over, self.close = True, self.close or ("CLOSE:done",)
            return "C"
        word = f"M{message.number}:{message['id']}:{message.trailing}:"
        if message.type == "call" and self.session.side == "server":
            return tuple(word + problem for problem in call_problems(message))
        return word + ("ok" if is_meaningful(message[BODIES[message.type]]) else "meaningless")

    def check_length(self, plaintext):
        """A first record that is too long is refused by its length, before anybody can decrypt it."""
        way = self.peer
        if not way.has_hello and not self.us.has_close and len(plaintext) - 1 > REGISTRY.limits["hello_bytes"]:
            raise Broken("MSG-011", "the first message is too long", close=TOO_LARGE)

    def fail(self, broken):
        self.is_over = True
        # Of two defects no rule says which is found first.
        codes = EITHER if len(self.session.mutations) > 1 and broken.close else broken.close
        if broken.requirement == "CHN-022":
            self.close = None
        elif self.close is None and (self.session.side == "client" or self.peer.has_hello):
            self.close = tuple(f"CLOSE:{code}" for code in codes)
        return FAULTS

    def send(self, message):
        if message[0] == 2:
            message[1] = self.us.last_id + 1
        octets = pack.encode(message)
        self.steps.append((b"s", octets))
        self.words.append("-" if self.is_over else self.sent(message, octets))

    def sent(self, message, octets):
        if self.us.has_close or not self.us.has_hello:
            return "STATE"
        if not self.peer.has_hello and len(octets) > REGISTRY.limits["fragment_bytes"]:
            return "TOO_LARGE"  # SES-010
        try:
            self.connection.receive(self.us.sender, octets, "message", None)
        except Broken as broken:
            return REFUSALS.get(broken.requirement, "STATE")
        return f"OK:{message[1]}" if message[0] == 2 else "OK"

    def end(self):
        """Our CLOSE. A server has nobody to tell before the client's HELLO."""
        if self.us.has_hello:
            self.us.has_close, self.close = True, ("CLOSE:done",)
        else:
            self.is_over = True
        return "c"


def plaintexts_of(step):
    """The records of a step of the peer."""
    if step.plaintexts is not None:
        return step.plaintexts
    octets = step.message if isinstance(step.message, bytes) else pack.encode(step.message)
    most = REGISTRY.limits["fragment_bytes"]
    ends = sorted({*(cut for cut in step.cuts if cut < len(octets)), *range(most, len(octets), most)})
    pieces = [octets[a:b] for a, b in zip([0, *ends], [*ends, len(octets)])]
    pieces = [p for piece in pieces for p in (piece[i : i + most] for i in range(0, max(1, len(piece)), most))]
    return [bytes([i == len(pieces) - 1]) + piece for i, piece in enumerate(pieces)]


def matches(expected, word):
    if isinstance(expected, re.Pattern):
        return bool(expected.match(word))
    return word in expected if isinstance(expected, tuple) else word == expected
