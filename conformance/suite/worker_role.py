# SPDX-License-Identifier: MIT
"""The engine under test: a command that speaks the worker profile on descriptor 3 (README.md, "An engine")."""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from suite import transport
from suite.case_files import Case, load, load_requirements
from suite.client_role import found
from suite.engine_process import EngineProcess
from suite.party import Fault
from suite.play import Play, Unsupported
from suite.recording import Recording
from suite.runner import WrongEnding
from suite.server_role import FLOOR_SECONDS, ROUND_TRIPS
from suite.transport import WHOLE, Ended, Late
from suite.worker_party import WorkerParty
from suite.worker_steps import WORKER, for_engine

ENGINES = ("conf", "r")


class WorkerPlay(Play):
    """One run of one case: each connection is a link to an engine's process of its own."""

    def __init__(self, target, case, writing):
        super().__init__(target, case, writing)
        self.recording = Recording("server")
        self.engines = {}
        self.directory = Path(tempfile.mkdtemp(dir=target.directory))

    @property
    def engine(self):
        """The process of the current connection."""
        return self.engines[self.current]

    def open_party(self, name):
        """A new engine."""
        self.engines[name] = EngineProcess(self.target.command, self.directory / name)
        line = transport.Transport(self.engines[name].socket, self.writing, self.target.seconds)
        return WorkerParty(line, self.recording, name)

    def run(self, steps):
        """The steps, in the language of the engine; then each link ends, and its process."""
        steps = [(verb, for_engine(value, self.target.engine), for_engine(keys, self.target.engine))
                 for verb, value, keys in steps]
        try:
            super().run(steps)
        except Fault as fault:
            raise Fault(f"{fault}{self._ended_early()}", fault.requirements) from fault
        for name in self.parties:
            if name in self.open_ends:
                continue
            try:
                self.take("ends", None, {"at": name})
            except Fault as fault:
                cites = f" [{', '.join(fault.requirements)}]" if fault.requirements else ""
                raise WrongEnding(f"connection {name}: {fault}{cites}") from fault

    def _ended_early(self):
        """How the engine of the current connection has ended, if its end of the link has."""
        party = self.parties.get(self.current)
        if party is None or party.transport.ended is None:
            return ""
        try:
            return f"; the process ended {self.engine.ending(1)}"
        except Late:
            return "; the process is still there"

    def close(self):
        """No socket, no process and no file is left."""
        super().close()
        for name, engine in self.engines.items():
            engine.close()
            if engine.complaints():
                self.recording.note(f"standard error: {engine.complaints()}", name)
        shutil.rmtree(self.directory, ignore_errors=True)


class WorkerTarget:
    """A command, and the name of the language that its code has in the cases."""

    verbs = WORKER

    def __init__(self, command, engine, directory):
        self.command, self.engine, self.directory = command, engine, directory
        self.seconds = FLOOR_SECONDS
        self.requirements = load_requirements()
        self.offers = {f"engine:{engine}"}
        self.facts = {"command": " ".join(map(str, command)), "engine": engine}

    def new_play(self, case, writing):
        """For one run of one case."""
        return WorkerPlay(self, case, writing)

    def measure(self):
        """Who it is, and how long it takes to start and to answer."""
        case = Case("probe", "probe", "what the engine is", "worker", [], [])
        play = self.new_play(case, WHOLE)
        started = time.monotonic()
        try:
            play.run([self.verbs.parse("opened")])
            self.facts["software"] = play.party.hello.get("software")
            round_trip = (time.monotonic() - started) / 2
            self.seconds = max(FLOOR_SECONDS, min(ROUND_TRIPS * round_trip, 4 * FLOOR_SECONDS))
            self.facts["round trip"] = f"{round_trip * 1000:.2f} ms, with the start of a process"
        except (Fault, Ended, Late, Unsupported, WrongEnding, OSError) as error:
            self.facts["notes"] = [str(error)]  # the sanity case will say more
        finally:
            play.close()


def options(parser):
    """Of the command line."""
    parser.add_argument("--engine", choices=ENGINES, default="conf",
                        help="whose language the engine has (default %(default)s)")
    parser.add_argument("--work", type=Path, metavar="DIR",
                        help="where engines have their directories; default: the system's place for such")
    parser.add_argument("worker", nargs="+", metavar="COMMAND",
                        help="the engine under test and its arguments, behind --")


def target(given):
    """The engine under test, with a directory that is gone when the suite ends."""
    place = tempfile.mkdtemp(prefix="brig-", dir=given.work)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return WorkerTarget(found(given.worker), given.engine, Path(os.path.realpath(place)))


def cases():
    """Those of cases/worker*.yaml."""
    return load({"worker": WORKER})
