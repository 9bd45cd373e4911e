# SPDX-License-Identifier: MIT
"""The client under test: how it is started, what it can do, how fast it answers."""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from suite import client_vectors, transport
from suite.case_files import Case, load, load_requirements
from suite.client_steps import CLIENT
from suite.driver import Driver
from suite.party import Fault, Keys
from suite.play import Play, Unsupported
from suite.recording import Recording
from suite.runner import WrongEnding
from suite.server_party import ServerParty
from suite.server_role import FLOOR_SECONDS, ROUND_TRIPS
from suite.transport import WHOLE, Ended, Late
from make import noise


def key_text(key):
    """A key file's content (CHN-010)."""
    return key.hex().encode() + b"\n"


class ClientPlay(Play):
    """One run of one case: each connection has a client process of its own."""

    def __init__(self, target, case, writing):
        super().__init__(target, case, writing)
        self.recording = Recording("server")
        self.drivers = {}  # connection -> Driver
        self.told_ends = set()  # connections whose end the client has told
        self.procedures = {}  # id of a call of the client's -> what it calls
        self.hello = {}  # the client's, of the last connection
        self.directory = Path(tempfile.mkdtemp(dir=target.directory))
        self.keys = Keys(os.urandom(32), os.urandom(32), b"")
        self.client_secret = os.urandom(32)

    @property
    def driver(self):
        """The client of the current connection."""
        return self.drivers[self.current]

    def start_driver(self, task, suite, mode=0o600, text=None):
        """A client with fresh keys for this case."""
        driver = Driver(self.target.command, self.directory / self.current)
        self.drivers[self.current] = driver
        driver.suite = suite
        key = self.keys.psk if suite == "local" else self.client_secret
        files = {"KEY_FILE": driver.write_key("key", key_text(key) if text is None else text, mode)}
        if suite == "keyed":
            files["SERVER_PUBLIC_FILE"] = driver.write_key(
                "server-public", key_text(noise.public(self.keys.secret)))
        driver.start(task, files)

    def open_party(self, name):
        """The connection that the client makes."""
        if name not in self.drivers:
            self.start_driver("eval", "local")
        driver = self.drivers[name]
        sock = driver.accept(self.target.seconds)
        if sock is None:
            if driver.is_unsupported():
                raise Unsupported("the client does not have this task, or this suite")
            raise Fault(f"the client ends with status {driver.process.poll()} and has not connected: "
                        f"{driver.complaints()[:200]}")
        line = transport.Transport(sock, self.writing, self.target.seconds)
        return ServerParty(line, self.recording, self.keys, name)

    def run(self, steps):
        """The steps; then every client ends regularly, leaves nothing behind, and comes not again."""
        super().run(steps)
        for name in self.drivers:
            self.current = name
            try:
                self._part(name)
            except (Fault, Ended, Late) as fault:
                raise WrongEnding(f"connection {name}: {fault}") from fault

    def _part(self, name):
        if name not in self.open_ends:
            self.take("end", {"close": "done"}, {"at": name})
            self.take("tells_end", "closed", {"at": name})
        if name in self.parties:
            self.parties[name].transport.close()
        status = self.driver.status(self.target.seconds)
        if status:
            raise Fault(f"the client ends with status {status}: {self.driver.complaints()[:200]}")
        further = self.driver.further_connection()
        if further is not None:
            further.close()
            raise Fault("the client has connected again", ["CHN-008", "CHN-009"])
        self._check_told(name)
        left = sorted(path.name for path in self.driver.files.rglob("*"))
        if left:
            raise Fault(f"the client has written files: {', '.join(left)}", ["SEC-003"])

    def _check_told(self, name):
        while name not in self.told_ends:
            told = self.driver.line(self.target.seconds)
            if told is None:
                raise Fault("the client has not told how the connection ended", ["CHN-031"])
            if "end" in told:
                self.told_ends.add(name)
        further = self.driver.line(self.target.seconds)
        if further is not None:
            raise Fault(f"the client tells more than the end: {further}")

    def close(self):
        """No socket, no process and no file is left."""
        super().close()
        for name, driver in self.drivers.items():
            driver.close()
            if driver.complaints():
                self.recording.note(f"the client's standard error: {driver.complaints()}", name)
        shutil.rmtree(self.directory, ignore_errors=True)


class ClientTarget:
    """A command that does the tasks of README.md, "A client"."""

    verbs = CLIENT

    def __init__(self, command, directory):
        self.command, self.directory = command, directory
        self.suite = "local"
        self.profile = None
        self.seconds = FLOOR_SECONDS
        self.requirements = load_requirements()
        self.offers = {"local"}
        self.facts = {"command": " ".join(map(str, command))}

    def new_play(self, case, writing):
        """For one run of one case."""
        return ClientPlay(self, case, writing)

    def _probe(self, *steps):
        """A few steps outside any case; the play, or None if the client does not take them."""
        play = self.new_play(Case("probe", "probe", "what the client can do", "client", [], []), WHOLE)
        try:
            play.run([self.verbs.parse(step) for step in steps])
            return play
        except (Fault, Ended, Late, Unsupported, WrongEnding, OSError) as error:
            self.facts.setdefault("notes", []).append(str(error))
            return None
        finally:
            play.close()

    def measure(self):
        """Whether it has the suite keyed, and how long it takes to answer."""
        started = time.monotonic()
        if self._probe("evaluating", {"answer": None}) is None:
            return
        # A whole session has four round trips and the start of a process.
        round_trip = (time.monotonic() - started) / 4
        self.seconds = max(FLOOR_SECONDS, min(ROUND_TRIPS * round_trip, 4 * FLOOR_SECONDS))
        self.facts["round trip"] = f"{round_trip * 1000:.2f} ms, with the start of a process"
        if self._probe({"evaluating": None, "suite": "keyed"}, {"answer": None}) is not None:
            self.offers.add("keyed")


def options(parser):
    """Of the command line."""
    parser.add_argument("--work", type=Path, metavar="DIR",
                        help="where sockets and key files are made; default: the system's place for such")
    parser.add_argument("client", nargs="+", metavar="COMMAND",
                        help="the client under test and its arguments, behind --")


def target(given):
    """The client under test, with a directory that is gone when the suite ends."""
    place = tempfile.mkdtemp(prefix="brig-", dir=given.work)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return ClientTarget(found(given.client), Path(place).resolve())


def found(command):
    """The command, with its program where it is from every directory."""
    program = shutil.which(command[0])
    if program is None:
        raise ValueError(f"{command[0]}: no such program")
    return [os.path.abspath(program), *command[1:]]


def cases():
    """Those of cases/client-*.yaml, and what the vectors give."""
    return load({"client": CLIENT}) + client_vectors.cases()
