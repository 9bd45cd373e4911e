# SPDX-License-Identifier: MIT
"""One run of one case: its connections, its calls, what it has seen, and the steps that it may take."""

from suite import transport
from suite.party import Fault, Party
from suite.recording import Recording

STEP_KEYS = {"at"}  # which connection; every step may have it


class Unsupported(Exception):
    """The peer does not have what the case needs."""


class Verbs:
    """The steps of a role: name to function and the keys that may stand beside it."""

    def __init__(self, *bases):
        self.table = {}
        for base in bases:
            self.table.update(base.table)

    def verb(self, name, *keys):
        """A step `name: value` with these keys; the function gets (play, value, **keys)."""
        def register(function):
            self.table[name] = (function, set(keys), False)
            return function
        return register

    def expectation(self, name, *keys):
        """A step that looks at the next message: the function gives a function message -> why not."""
        def register(function):
            self.table[name] = (function, {*keys, "skip", "within_ms"}, True)
            return function
        return register

    def parse(self, step):
        """(verb, value, keys) of a step as it stands in a file; ValueError says what is wrong."""
        if isinstance(step, str):
            step = {step: None}
        if not isinstance(step, dict):
            raise ValueError(f"not a step: {step!r}")
        verbs = [key for key in step if key in self.table]
        if not verbs:
            raise ValueError(f"no step of this role: {', '.join(map(str, step))}")
        # A word may be a step and a key beside another one.
        fits = [verb for verb in verbs if set(step) - {verb} <= self.table[verb][1] | STEP_KEYS]
        if len(fits) != 1:
            raise ValueError(f"unknown keys, or two steps in one: {', '.join(map(str, step))}")
        keys = {key: value for key, value in step.items() if key != fits[0]}
        return fits[0], step[fits[0]], keys

    def is_expectation(self, verb):
        """Does it look at the next message?"""
        return self.table[verb][2]


class Play:
    """What the steps of a case share."""

    def __init__(self, target, case, writing):
        self.target, self.case, self.writing = target, case, writing
        self.recording = Recording()
        self.parties = {}
        self.current = "a"
        self.bound = {}
        self.calls = {}  # name -> id of a call of ours
        self.incoming = {}  # name -> id of a call of the peer's
        self.last_call = {}  # connection -> id
        self.endings = {}  # connection -> how it ended, in words
        self.open_ends = set()  # connections that a step has brought to their end

    # Connections

    @property
    def party(self):
        """The party of the current connection; opened when it is first used."""
        if self.current not in self.parties:
            self.parties[self.current] = self.open_party(self.current)
        return self.parties[self.current]

    def open_party(self, name):
        """A new connection to the server under test."""
        sock = transport.connect(self.target.address, self.target.seconds)
        line = transport.Transport(sock, self.writing, self.target.seconds)
        return Party(line, self.recording, self.target.keys, name)

    # Steps

    def run(self, steps):
        """All steps of the case, and a regular end of each connection that has none."""
        for number, (verb, value, keys) in enumerate(steps, 1):
            try:
                self.take(verb, value, keys)
            except Fault as fault:
                raise Fault(f"step {number}, {verb}: {fault}", fault.requirements) from fault
            except transport.Ended as ended:
                raise Fault(f"step {number}, {verb}: {ended}") from ended
            except transport.Late as late:
                raise Fault(f"step {number}, {verb}: {late}") from late

    def take(self, verb, value, keys):
        """One step."""
        keys = dict(keys)
        self.current = keys.pop("at", "a")
        function, _, is_expectation = self.target.verbs.table[verb]
        if not is_expectation:
            function(self, value, **keys)
            return
        skip, within = keys.pop("skip", []), keys.pop("within_ms", None)
        self.await_one([function(self, value, **keys)], skip, within)

    def await_one(self, expected, skip=(), within_ms=None):
        """The next message fits one of `expected`; that one is given. Events of kinds `skip` may precede."""
        seconds = None if within_ms is None else self.target.seconds + within_ms / 1000
        while True:
            message = self.party.receive_message(seconds)
            if message.type == 1 and (skip == "events" or message.elements[1] in skip):
                continue
            if message.type % 2 and message.type != 1:
                continue  # MSG-002 holds for us as well
            reasons = []
            for one in expected:
                reason = one(message)
                if reason is None:
                    return one
                reasons.append(reason)
            raise Fault("; ".join(dict.fromkeys(reasons)))

    # Calls

    def new_id(self, explicit=None):
        """The id of the next call on this connection."""
        number = self.party.last_id + 1 if explicit is None else explicit
        self.last_call[self.current] = number
        return number

    def id_of(self, name):
        """The id of a call of ours: by its name, by number, or the last."""
        if name is None:
            return self.last_call[self.current]
        return name if isinstance(name, int) else self.calls[name]

    def incoming_id(self, name):
        """The id of a call of the peer's: by its name, by number, or the last."""
        if name is None:
            return self.incoming[f"{self.current} last"]
        return name if isinstance(name, int) else self.incoming[name]

    def close(self):
        """No socket stays open."""
        for party in self.parties.values():
            party.transport.close()
