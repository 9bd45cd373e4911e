# SPDX-License-Identifier: MIT
"""A recorded connection in, its faults out."""
from .connection import PEER, Connection
from .faults import Broken, Fault
from .registry import REGISTRY
from .session import Session
from .way import LAST


class Judge:
    """Judges the units of a recording one by one, in the order in which one observer saw them.

    unit: "record" (plaintexts of records: flags and fragment) or "message" (whole messages).
    slack_ms: how much later than its deadline a terminal may be; None: times are not judged.
    """

    def __init__(self, unit="record", slack_ms=None):
        assert unit in ("record", "message")
        self.unit, self.steps, self.faults = unit, 0, []
        self.connection = Connection()
        self.session = Session(self.connection, slack_ms)
        self.fatal = {}  # by who committed it

    @property
    def verdict(self):
        return self.faults[0] if self.faults else None

    def feed(self, sender, octets, at=None):
        """Faults that this unit shows. octets None: a record that does not decrypt. at: milliseconds."""
        way = self.connection.ways[sender]
        found = list(self.before(sender))
        if not found and not way.is_over:
            found = list(self.judge(sender, octets, at))
        self.faults += found
        self.steps += 1
        return found

    def end(self, sender):
        """Faults that the end of this side's stream shows."""
        found = [self.fault(sender, broken) for broken in self.unfinished(sender)]
        self.connection.ways[sender].is_over = True
        self.faults += found
        return found

    def before(self, sender):
        """Faults of saying anything at all now."""
        ways = self.connection.ways
        if ways[sender].has_close:
            yield self.fault(sender, Broken("CHN-029", "something after its own CLOSE"))
        elif sender == "server" and not ways["client"].has_hello:
            requirement = "CHN-040" if "client" in self.fatal else "STA-004"
            yield self.fault(sender, Broken(requirement, "something before the client's HELLO"))

    def judge(self, sender, octets, at):
        try:
            if octets is None:
                raise Broken("CHN-022", "a record that does not decrypt")
            message, call = self.connection.receive(sender, octets, self.unit, at)
        except Broken as broken:
            yield self.fatal_fault(sender, broken)
            return
        if sender == "client" and not self.connection.ways["server"].has_hello:
            yield from self.judge_early(octets)
        if message is not None:
            yield from self.judge_message(sender, message, call, at)

    def judge_early(self, octets):
        """What a client sends before it can have read the server's HELLO (SES-010)."""
        limits = REGISTRY.limits
        is_long = not octets[0] & LAST if self.unit == "record" else len(octets) > limits["fragment_bytes"]
        if is_long:
            yield self.fault("client", Broken("SES-010", "more than one fragment before the server's HELLO"))

    def judge_message(self, sender, message, call, at):
        if message.type == "close":
            yield from self.judge_close(sender, message)
        for broken in self.session.judge(sender, message, call, at):
            yield self.fault(sender, broken)

    def judge_close(self, sender, message):
        """The code of a CLOSE that answers a fatal fault (CHN-022, CHN-032)."""
        fatal = self.fatal.get(PEER[sender])
        if fatal and message["code"] in ("protocol", "too_large") and message["code"] not in fatal.close:
            requirement = "CHN-032" if fatal.close else "CHN-022"
            why = f"CLOSE {message['code']} for: {fatal.why}"
            yield self.fault(sender, Broken(requirement, why, message.place("code")))

    def unfinished(self, sender):
        """What this side still had to say when its stream ended."""
        way, back = self.connection.ways[sender], self.connection.ways[PEER[sender]]
        if way.has_close or way.is_over:
            return
        fatal = self.fatal.get(PEER[sender])
        if fatal and fatal.close:
            yield Broken("CHN-032", f"no CLOSE for: {fatal.why}")
        elif back.has_close:
            yield Broken("CHN-030", "no CLOSE in answer to the peer's")

    def fatal_fault(self, sender, broken):
        way, back = self.connection.ways[sender], self.connection.ways[PEER[sender]]
        way.is_over = True
        if sender == "client" and not way.has_hello or back.has_close:
            broken.close = ()  # CHN-040; or there is nobody left to tell
        fault = self.fault(sender, broken, fatal=True)
        if not back.has_close:
            self.fatal[sender] = fault
        return fault

    def fault(self, sender, broken, fatal=False):
        return Fault(sender, broken.requirement, str(broken), self.steps,
                     self.connection.ways[sender].index, broken.place, fatal, tuple(broken.close))
