# SPDX-License-Identifier: MIT
"""A library without sockets: a command that answers what it makes of octets (README.md, "A codec")."""

import json
import os
import select
import shutil
import subprocess
import time

from suite import codec_vectors
from suite.case_files import Case, load, load_requirements
from suite.codec_steps import CODEC
from suite.party import Fault
from suite.play import Play, Unsupported
from suite.server_role import FLOOR_SECONDS, ROUND_TRIPS
from suite.transport import Ended, Late

LENGTH_BYTES = 4
ANSWER_BYTES = 256 * 1024 * 1024


class Codec:
    """The process: requests in, answers out, each a length of 4 octets and that much JSON."""

    def __init__(self, command, seconds):
        self.seconds = seconds
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        bufsize=0)

    def ask(self, request):
        """Its answer to one request, an object."""
        text = json.dumps(request).encode()
        end = time.monotonic() + self.seconds
        try:
            self._write(len(text).to_bytes(LENGTH_BYTES, "big") + text, end)
        except BrokenPipeError as error:
            raise Ended("end") from error
        length = int.from_bytes(self._read(LENGTH_BYTES, end), "big")
        if length > ANSWER_BYTES:
            raise Fault(f"an answer of {length} octets")
        try:
            answer = json.loads(self._read(length, end))
        except ValueError as error:
            raise Fault("the answer is no JSON") from error
        if not isinstance(answer, dict):
            raise Fault("the answer is no object")
        return answer

    def _write(self, octets, end):
        os.set_blocking(self.process.stdin.fileno(), False)
        while octets:
            self._until([], [self.process.stdin], end)
            octets = octets[os.write(self.process.stdin.fileno(), octets[:65536]):]

    def _read(self, count, end):
        octets = b""
        while len(octets) < count:
            self._until([self.process.stdout], [], end)
            piece = os.read(self.process.stdout.fileno(), min(count - len(octets), 1 << 20))
            if not piece:
                raise Ended("end")
            octets += piece
        return octets

    def _until(self, readable, writable, end):
        if not any(select.select(readable, writable, [], max(0, end - time.monotonic()))):
            raise Late("no answer")

    def leave(self):
        """Its exit status at the end of its input."""
        self.process.stdin.close()
        try:
            return self.process.wait(self.seconds)
        except subprocess.TimeoutExpired as error:
            raise Late("it does not end with its input") from error

    def close(self):
        """Nothing of it is left."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class CodecPlay(Play):
    """One run of one case: a process of its own."""

    def __init__(self, target, case, writing):
        super().__init__(target, case, writing)
        self.codec = Codec(target.command, target.seconds)
        self.answer = {}

    def ask(self, request):
        """Asks, and remembers the answer for the steps that look at it."""
        self.recording.note(f"asked: {_short(request)}")
        self.answer = self.codec.ask(request)
        self.recording.note(f"answered: {_short(self.answer)}")
        if self.answer.get("unsupported"):
            raise Unsupported(f"no requests of the kind {request['do']}")
        if "error" in self.answer:
            raise RuntimeError(f"the request was not understood: {self.answer['error']}")

    def run(self, steps):
        """The steps; then the process ends with its input."""
        super().run(steps)
        status = self.codec.leave()
        if status:
            raise Fault(f"it ends with status {status}")

    def close(self):
        """No process is left."""
        super().close()
        self.codec.close()


def _short(value):
    text = json.dumps(value)
    return text if len(text) < 2000 else text[:1990] + f"… ({len(text)} characters)"


class CodecTarget:
    """A command that answers requests."""

    verbs = CODEC

    def __init__(self, command):
        self.command = command
        self.seconds = FLOOR_SECONDS
        self.requirements = load_requirements()
        self.offers = set()
        self.facts = {"command": " ".join(map(str, command))}

    def new_play(self, case, writing):
        """For one run of one case."""
        return CodecPlay(self, case, writing)

    def measure(self):
        """How long an answer takes."""
        play = self.new_play(Case("probe", "probe", "how fast the codec is", "codec", [], []), "whole")
        try:
            started = time.monotonic()
            play.ask({"do": "value", "bytes": "c0"})
            round_trip = time.monotonic() - started
            self.seconds = max(FLOOR_SECONDS, min(ROUND_TRIPS * round_trip, 4 * FLOOR_SECONDS))
            self.facts["round trip"] = f"{round_trip * 1000:.2f} ms"
        except (Fault, Ended, Late, Unsupported, RuntimeError) as error:
            self.facts["notes"] = [str(error)]
        finally:
            play.close()


def options(parser):
    """Of the command line."""
    parser.add_argument("codec", nargs="+", metavar="COMMAND",
                        help="the codec under test and its arguments, behind --")


def target(given):
    """The codec under test."""
    program = shutil.which(given.codec[0])
    if program is None:
        raise ValueError(f"{given.codec[0]}: no such program")
    return CodecTarget([os.path.abspath(program), *given.codec[1:]])


def cases():
    """Those of cases/codec-*.yaml, and the vectors."""
    return load({"codec": CODEC}) + codec_vectors.cases()
