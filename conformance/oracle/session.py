# SPDX-License-Identifier: MIT
"""What the calls of a session mean (spec 7 and 8): rules whose breach ends no connection.

Two sides do not see the same order of messages, so a rule is applied only where the order that was seen proves the breach: a
side is held to what itself said before, and to what it had received before only if it answered that. A terminal, for
example, proves that its sender had not ended the other calls that are still open in the recording.
"""
from . import answers, events, requests, tools
from .faults import Broken
from .registry import REGISTRY


class Session:
    """What both sides know of their session. The judges of this folder read and change it."""

    def __init__(self, connection, slack_ms):
        self.connection, self.slack_ms = connection, slack_ms
        self.opened = None  # the record `opened`, of the brig.open that succeeded
        self.open_args = None  # of that brig.open
        self.generation = None
        self.failed_resets = 0  # since that generation was told; each may have raised it or not
        self.is_lost = False  # a terminal has said so, and no reset since
        self.tools = {}  # declarations by name, as the client has asked for
        self.events = events.Events(self)

    @property
    def client(self):
        return self.connection.ways["client"]

    @property
    def server(self):
        return self.connection.ways["server"]

    def limit(self, name):
        """A limit in force, or None while it is not known."""
        return (self.opened or {}).get("limits", {}).get(name)

    def is_generation(self, number, raised):
        """May this be the generation now, with `raised` resets that may have raised it?"""
        return self.generation is None or self.generation <= number <= self.generation + raised

    def open_code_calls(self):
        return [call for call in self.client.open_calls() if REGISTRY.is_code(call.procedure)]

    def judge(self, sender, message, call, at):
        """Every Broken that a message shows; `call` is the one that it makes, ends or tells of."""
        match sender, message.type:
            case "client", "call":
                yield from requests.judge(self, call)
            case "server", "call":
                yield from tools.judge_call(self, call)
            case "client", "event":
                return  # none are defined, and a server ignores them (7.6)
            case "server", "event":
                yield from self.events.judge(call, message)
            case "client", "result" | "error":
                yield from tools.judge_answer(self, call, message)
            case "server", "result" | "error":
                yield from answers.judge(self, call, message, at)
            case _, "close":
                yield from self.judge_close(message)

    def judge_close(self, message):
        code, place = message["code"], message.place("code")
        if code not in REGISTRY.close_codes:
            yield Broken("8", f"CLOSE {code}", place)
        # A call of the client may still be on its way; one that has called a tool has arrived.
        parents = {call.notes.get("parent") for call in self.server.open_calls()}
        if code == "idle" and parents & self.client.open.keys():
            yield Broken("SES-018", "idle, and a code call is open", place)
