# SPDX-License-Identifier: MIT
"""A connection up to what its calls mean: everything that a receiver has to treat as a fatal fault."""
from . import message as messages
from .faults import PROTOCOL, Broken
from .registry import REGISTRY, check_tools
from .way import Way

PEER = {"client": "server", "server": "client"}


def check_hello(about):
    """spec 6.2; a bound is checked by the receiver, so it is fatal."""
    try:
        REGISTRY.check("hello", about, "/1")
    except check_tools.Problem as problem:
        raise Broken("MSG-012", str(problem), problem.path, PROTOCOL) from problem
    limits = REGISTRY.limits
    most = about.get("max_message", limits["max_message_bytes"])
    if not limits["fragment_bytes"] <= most <= limits["max_message_ceiling_bytes"]:
        raise Broken("MSG-012", f"a max_message of {most}", "/1/max_message", PROTOCOL)
    calls = about.get("max_calls", limits["max_calls"])
    if calls == 0:
        raise Broken("MSG-012", "a max_calls of 0", "/1/max_calls", PROTOCOL)
    return most, min(calls, limits["max_calls"])


class Connection:
    """Both ways, and who may say what (spec 4)."""

    def __init__(self):
        self.ways = {side: Way(side) for side in PEER}

    def state(self, sender):
        """The receiver's state, as the registry names it."""
        way, back = self.ways[sender], self.ways[PEER[sender]]
        if way.has_close or way.is_over:
            return "closed"
        if back.has_close:
            return "closing"
        return "open" if way.has_hello else "await_hello"

    def receive(self, sender, octets, unit, at):
        """(message, call) of one unit; (None, None) if it tells nothing: unfinished, or dropped."""
        way, back = self.ways[sender], self.ways[PEER[sender]]
        join, state = way.join if unit == "record" else way.whole, self.state(sender)
        whole = join(octets, back.max_message, state == "await_hello")
        if whole is None:
            return None, None
        try:
            message = messages.parse(whole)
        except Broken:
            if state == "closing":  # STA-005
                return None, None
            raise
        if state == "closing" and message.type != "close":
            return None, None
        if not message.type and state == "open":  # MSG-002
            return None, None
        if message.type not in REGISTRY.receives[state]:
            raise Broken("STA-002" if message.type == "hello" else "STA-001",
                         f"a message of type {message.number} in state {state}", "/0", PROTOCOL)
        return message, self.take(message, way, back, at)

    def take(self, message, way, back, at):
        """The state after a message that may come now; the call that it belongs to."""
        match message.type:
            case "hello":
                way.max_message, way.max_calls = check_hello(message["about"])
                way.has_hello = True
            case "close":
                way.has_close = True
            case "call":
                return way.add_call(message, at, back.max_calls)
            case "event":
                return back.answered(message)
            case "result" | "error":
                call = back.answered(message)
                back.end_call(call)
                return call
        return None
