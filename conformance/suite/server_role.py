# SPDX-License-Identifier: MIT
"""The server under test: where it is, what it offers, how fast it answers."""

import time

from suite.case_files import Case, load_requirements
from suite.channel_steps import CHANNEL
from suite.code_steps import CODE
from suite.party import Fault, Keys
from suite.pattern import Anything, Bind
from suite.play import Play, Verbs
from suite.session_steps import SESSION
from suite.transport import WHOLE, Ended, Late
from make.read import read

SERVER = Verbs(CHANNEL, SESSION, CODE)
# A peer gets this long for each step: a thousand times what it needs for a ping, and never less than
# the floor, which is for loaded machines. Only what fails takes so long.
FLOOR_SECONDS = 15.0
ROUND_TRIPS = 1000
START_SECONDS = 120.0  # the first session of a profile may have to start what the others are made from


class ServerTarget:
    """A server at an address, with the keys that open it."""

    verbs = SERVER
    exec_profile = None  # of sessions whose code may start programs

    def __init__(self, address, keys, profile=None, suite=None):
        self.address, self.keys, self.profile = address, keys, profile
        self.suite = suite or keys.suites()[0]
        self.seconds = FLOOR_SECONDS
        self.requirements = load_requirements()
        self.offers = {*keys.suites(), address.partition(":")[0]}
        if len(keys.suites()) == 1:
            self.offers.add("one-suite")
        self.facts = {}

    def new_play(self, case, writing):
        """For one run of one case."""
        return Play(self, case, writing)

    def _probe(self, *steps):
        """A few steps outside any case; the play, or None if the server does not take them."""
        case = Case("probe", "probe", "what the server offers", "server", [], [])
        play = Play(self, case, WHOLE)
        try:
            play.run([self.verbs.parse(step) for step in steps])
            return play
        except (Fault, Ended, Late, OSError) as error:
            self.facts.setdefault("notes", []).append(str(error))
            return None
        finally:
            play.close()

    def measure(self):
        """What it says of itself, which engine it has, and how long a ping takes."""
        started = time.monotonic()
        play = self._probe("start", "barrier", "barrier", "barrier", "close")
        if play is None:
            return  # the sanity cases will say more
        round_trip = (time.monotonic() - started) / 5
        self.seconds = max(FLOOR_SECONDS, ROUND_TRIPS * round_trip)
        hello = next(entry.message for entry in play.recording.entries
                     if entry.direction == "received" and entry.message)
        self.facts |= {"server": read(hello)[1], "round trip": f"{round_trip * 1000:.2f} ms"}
        self._measure_sessions()

    def _measure_sessions(self):
        """One session of each profile, which starts what the cases shall find running."""
        for_a_step, self.seconds = self.seconds, max(self.seconds, START_SECONDS)
        play = self._probe({"session": {}, "opened": {"engine": {"name": _bound("engine")},
                                                     "sandbox": _bound("sandbox")}})
        if self.exec_profile:
            self._probe("start", {"open": {}, "exec": True}, {"result": Anything()}, "close")
        self.seconds = for_a_step
        if play:
            engine = play.bound.get("engine")
            self.offers |= {"session", f"engine:{engine}"}
            sandbox = {key: value for key, value in play.bound.get("sandbox").items() if key != "mechanisms"}
            self.facts |= {"engine": engine, "sandbox": sandbox}


def _bound(name):
    return Bind(name, Anything())


def read_key(path):
    """32 octets out of a key file (CHN-010)."""
    text = path.read_bytes()
    if len(text) != 65 or text[64:] != b"\n":
        raise ValueError(f"{path}: not 64 hexadecimal digits and a line feed")
    return bytes.fromhex(text[:64].decode("ascii"))


def read_keys(local=None, secret=None, public=None):
    """Keys out of their files."""
    return Keys(*(read_key(path) if path else b"" for path in (local, secret, public)))
