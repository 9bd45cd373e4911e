# SPDX-License-Identifier: MIT
"""Sessions as one side of them sees its peer: made from the tables of the registry, right by themselves."""
from dataclasses import dataclass, field

from . import generate
from .connection import PEER
from .registry import REGISTRY

PEER_SAYS, WE_SAY, WE_CLOSE, SCHEMA = "peer", "self", "close", "schema"
LIMITS = REGISTRY.limits
ODD_TYPES = [3, 5, 7, 9, 255]
LATER_NAMES = ["later", "brig.later", "n" * 255]


@dataclass
class Step:
    """What happens next.

    message: elements, or octets if a mutation has gone below them. cuts: where the fragments of the
    message end. plaintexts: of its records, instead, if a mutation has gone below fragments.
    """

    kind: str
    message: object = None
    cuts: list = field(default_factory=list)
    plaintexts: list | None = None
    is_damaged: bool = False


@dataclass
class Session:
    """`side` is under test: it receives what its peer says, and says something itself."""

    side: str
    max_message: int
    steps: list
    mutations: list = field(default_factory=list)


class Walk:
    """Makes one session. It knows the open calls of both sides, as far as both keep to the rules."""

    def __init__(self, rng, side):
        self.rng, self.side, self.peer = rng, side, PEER[side]
        self.peer_id = 0
        self.peer_calls, self.our_calls, self.our_count = {}, {}, 0
        self.max_calls = LIMITS["max_calls"]
        self.steps = []

    def say(self, message):
        self.steps.append(Step(PEER_SAYS, message, self.cuts()))

    def cuts(self):
        """Mostly one fragment."""
        if not generate.chance(self.rng, 0.1):
            return []
        return sorted(self.rng.sample(range(1, 40), self.rng.randrange(1, 4)))

    def hello(self):
        about = {"software": "generated 1.0"}
        if generate.chance(self.rng, 0.3):
            about["max_calls"] = self.rng.choice([1, 2, 63, 64, 65, 2**53 - 1])
            self.max_calls = min(about["max_calls"], LIMITS["max_calls"])
        if generate.chance(self.rng, 0.3):
            ceiling = LIMITS["max_message_ceiling_bytes"]
            about["max_message"] = self.rng.choice([LIMITS["fragment_bytes"], ceiling, ceiling - 1])
        if generate.chance(self.rng, 0.2):
            about["capabilities"] = self.rng.choice([[], ["resume"], ["later", "resume"]])
        if generate.chance(self.rng, 0.1):
            about["later"] = generate.value(self.rng)
        self.steps.append(Step(PEER_SAYS, [0, about]))

    def id(self):
        gap = self.rng.choice([1, 1, 1, 1, 1, 2, 1000, 2**40])
        return min(self.peer_id + gap, LIMITS["max_id"])

    def peer_calls_us(self):
        call = self.id(), self.procedure(self.peer)
        if call[0] == self.peer_id or not self.has_room(self.peer_calls, call[1], LIMITS["max_calls"]):
            return
        self.peer_id = call[0]
        self.peer_calls[self.peer_id] = call[1]
        self.say([2, *call, *self.args_of(call[1])])

    def procedure(self, caller):
        roll = self.rng.random()
        if roll < 0.15:
            return self.rng.choice(LATER_NAMES)
        if roll < 0.3 and caller == "server":
            return self.rng.choice(generate.NAMES)
        return self.rng.choice([p for p in REGISTRY.procedures if REGISTRY.may_call(caller, p)])

    def args_of(self, procedure):
        rules = REGISTRY.procedures.get(procedure)
        if rules is None:
            return {"x": generate.value(self.rng, 1)}, {}
        options = generate.record(self.rng, rules["options"]) if "options" in rules else {}
        return generate.record(self.rng, rules["args"]), options

    def has_room(self, calls, procedure, most):
        is_control = REGISTRY.is_control(procedure)
        count = sum(1 for name in calls.values() if REGISTRY.is_control(name) == is_control)
        return count < (LIMITS["max_control_calls"] if is_control else most)

    def peer_tells(self):
        if not self.our_calls:
            return
        kind = self.rng.choice([*REGISTRY.events, "later"])
        payload = REGISTRY.events.get(kind, {}).get("payload", "any")
        payload = generate.displayed(self.rng) if kind == "display" else generate.by_type(self.rng, payload)
        meta = generate.record(self.rng, "event_meta")
        self.say([1, self.rng.choice(list(self.our_calls)), kind, payload, meta])

    def peer_answers(self):
        if self.our_calls:
            id_ = self.rng.choice(list(self.our_calls))
            del self.our_calls[id_]
            self.say(self.terminal(id_))

    def terminal(self, id_):
        if generate.chance(self.rng, 0.7):
            return [4, id_, generate.value(self.rng), self.rng.choice([{}, {"later": None}])]
        code = self.rng.choice([*REGISTRY.errors, "later"])
        class_ = REGISTRY.errors.get(code, {}).get("class", "later")
        return [6, id_, code, class_, generate.text(self.rng), self.rng.choice([{}, {"path": "/x"}])]

    def we_call(self):
        procedure = self.procedure(self.side)
        if self.has_room(self.our_calls, procedure, self.max_calls):
            self.our_count += 1
            self.our_calls[self.our_count] = procedure
            self.steps.append(Step(WE_SAY, [2, 0, procedure, {}, {}]))

    def we_answer(self):
        if self.peer_calls:
            id_ = self.rng.choice(list(self.peer_calls))
            if generate.chance(self.rng, 0.3):
                self.steps.append(Step(WE_SAY, [1, id_, "stdout", b"x", {}]))
                return
            del self.peer_calls[id_]
            self.steps.append(Step(WE_SAY, self.terminal(id_)))

    def peer_says_odd(self):
        elements = [generate.value(self.rng) for _ in range(self.rng.randrange(3))]
        self.say([self.rng.choice(ODD_TYPES), *elements])

    def many_calls(self):
        """Up to the limit and no further, of one kind."""
        ordinary = self.side == "server" and generate.chance(self.rng, 0.3)
        name = "brig.info" if ordinary else "brig.ping"
        while self.has_room(self.peer_calls, name, LIMITS["max_calls"]) and self.peer_id < LIMITS["max_id"]:
            self.peer_id += 1
            self.peer_calls[self.peer_id] = name
            self.steps.append(Step(PEER_SAYS, [2, self.peer_id, name, {}, {}]))

    def close(self):
        code = self.rng.choice([*sorted(REGISTRY.close_codes), "later"])
        if generate.chance(self.rng, 0.4):
            self.steps.append(Step(WE_CLOSE))
        if generate.chance(self.rng, 0.8):
            self.say([8, code, generate.text(self.rng)])

    MOVES = [(peer_calls_us, 6), (peer_tells, 3), (peer_answers, 3), (we_call, 4), (we_answer, 4),
             (peer_says_odd, 1), (many_calls, 0.15)]  # fmt: skip

    def session(self):
        moves, weights = zip(*self.MOVES)
        self.hello()
        for move in self.rng.choices(moves, weights, k=self.rng.randrange(9)):
            move(self)
        if generate.chance(self.rng, 0.4):
            self.close()
        max_message = self.rng.choice([LIMITS["fragment_bytes"], LIMITS["max_message_bytes"]])
        return Session(self.side, max_message, self.steps)


def make(rng):
    """A session that keeps to every rule that ends a connection."""
    return Walk(rng, rng.choice(["server", "client"])).session()


def make_schema(rng):
    """A declaration of a tool, and arguments for it."""
    tool = generate.tool(rng)
    return Session("server", LIMITS["max_message_bytes"],
                   [Step(SCHEMA, [tool, generate.arguments(rng, tool.get("params", {}))])])
