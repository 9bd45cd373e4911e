# SPDX-License-Identifier: MIT
"""One direction of a connection: its records (3.5), its bounds (6.2), its calls (7.1)."""
from dataclasses import dataclass, field

from .faults import PROTOCOL, TOO_LARGE, Broken
from .registry import REGISTRY

LAST = REGISTRY.record_flags["last"]
FLAGS = sum(REGISTRY.record_flags.values())


@dataclass
class Call:
    """A CALL, from when it was seen. `notes` belongs to whoever judges what the call means."""

    id: int
    procedure: str
    message: object
    at: float | None = None
    is_open: bool = True
    notes: dict = field(default_factory=dict)

    @property
    def is_control(self):
        return REGISTRY.is_control(self.procedure)


class Way:
    """What one side has said so far."""

    def __init__(self, sender):
        self.sender = sender
        self.parts, self.part_bytes = [], 0  # fragments of an unfinished message
        self.messages, self.index = 0, 0  # whole ones so far; which one is being received
        self.has_hello, self.has_close = False, False
        self.is_over = False  # after a fatal fault: nobody reads on
        self.max_message = REGISTRY.limits["max_message_bytes"]  # what it accepts
        self.max_calls = REGISTRY.limits["max_calls"]
        self.last_id = 0
        self.calls = {}  # by id
        self.open = {}  # those without a terminal, by id

    def join(self, plaintext, most, is_first):
        """A record's plaintext to a whole message, or None. `most`: what the receiver accepts."""
        self.index = self.messages
        if not plaintext:
            raise Broken("CHN-021", "a record without flags", close=PROTOCOL)
        flags, fragment = plaintext[0], plaintext[1:]
        if flags & ~FLAGS:
            raise Broken("CHN-023", f"flags {flags:02x}", close=PROTOCOL)
        if not fragment and not flags & LAST:
            raise Broken("CHN-024", "an empty fragment that is not the last", close=PROTOCOL)
        if is_first:
            self.check_hello_record(len(fragment), flags)
        self.part_bytes += len(fragment)
        if self.part_bytes > most:
            raise Broken("CHN-025", f"a message above {most} octets", close=TOO_LARGE)
        self.parts.append(fragment)
        if not flags & LAST:
            return None
        whole, self.parts, self.part_bytes = b"".join(self.parts), [], 0
        self.messages += 1
        return whole

    def check_hello_record(self, length, flags):
        if length > REGISTRY.limits["hello_bytes"]:
            raise Broken("MSG-011", "the first message is too long", close=TOO_LARGE)
        if not flags & LAST:
            raise Broken("MSG-011", "the first message has more than one record", close=PROTOCOL)

    def whole(self, octets, most, is_first):
        """The same for a recording of whole messages."""
        self.index = self.messages
        if is_first:
            self.check_hello_record(len(octets), LAST)
        if len(octets) > most:
            raise Broken("CHN-025", f"a message above {most} octets", close=TOO_LARGE)
        self.messages += 1
        return octets

    def open_calls(self, is_control=None):
        """Those that have no terminal yet."""
        return [c for c in self.open.values() if is_control in (None, c.is_control)]

    def add_call(self, message, at, max_calls):
        """A CALL of this side, to a receiver that takes `max_calls` at once."""
        if message["id"] <= self.last_id:
            why = f"the id {message['id']} is not above {self.last_id}"
            raise Broken("SES-002", why, message.place("id"), PROTOCOL)
        call = Call(message["id"], message["procedure"], message, at)
        most = REGISTRY.limits["max_control_calls"] if call.is_control else max_calls
        if len(self.open_calls(call.is_control)) >= most:
            kind = "SES-007" if call.is_control else "SES-006"
            raise Broken(kind, f"more than {most} calls are open", close=PROTOCOL)
        self.last_id = call.id
        self.calls[call.id] = self.open[call.id] = call
        return call

    def answered(self, message):
        """The open call of this side that the other side's message belongs to."""
        call = self.open.get(message["id"])
        if call is None:
            what = "has ended" if message["id"] in self.calls else "was never used"
            why = f"{message.type.upper()} for id {message['id']}, which {what}"
            raise Broken("SES-003", why, message.place("id"), PROTOCOL)
        return call

    def end_call(self, call):
        call.is_open = False
        del self.open[call.id]
