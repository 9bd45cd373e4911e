# SPDX-License-Identifier: MIT
"""The engine under test: a process with the worker link at descriptor 3, ended for certain."""

import fcntl
import os
import select
import signal
import socket
import threading
import time

from suite.transport import Late

WORKER_FD = 3
ABOVE_STANDARD = 10  # where no descriptor of ours is in the way of one of the engine's
READ_BYTES = 65536
SIGNALS = (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM, signal.SIGCHLD)
# posix_spawn, which is safe among threads, has no working directory; a shell has.
IN_DIRECTORY = ("sh", "-c", 'cd "$0" && exec "$@"')


def _moved_up(fd):
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ABOVE_STANDARD)
    os.close(fd)
    return moved


class Raw:
    """What the engine, and whatever it starts, writes straight to a descriptor. Always read: nobody has
    to wait for us."""

    def __init__(self):
        reading, writing = os.pipe()
        self.reading, self.writing = _moved_up(reading), _moved_up(writing)
        self.octets = b""
        self._stop, self._stopper = os.pipe()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self):
        """The other end has been handed on."""
        os.close(self.writing)
        self._thread.start()

    def _listen(self):
        while True:
            if self._stop in select.select([self.reading, self._stop], [], [])[0]:
                return
            piece = os.read(self.reading, READ_BYTES)
            if not piece:
                return
            with self._news:
                self.octets += piece
                self._news.notify_all()

    def await_octets(self, wanted, seconds):
        """Until it has written these; are they there?"""
        with self._news:
            return self._news.wait_for(lambda: wanted in self.octets, seconds)

    def close(self):
        """Also if a process that nobody knows of still holds the other end."""
        os.close(self._stopper)
        self._thread.join()
        os.close(self._stop)
        os.close(self.reading)


class EngineProcess:
    """Started with a directory of its own, /dev/null to read from, and default signals."""

    def __init__(self, command, directory):
        files, scratch = directory / "workspace", directory / "tmp"
        files.mkdir(parents=True)
        scratch.mkdir()
        self.socket, theirs = socket.socketpair()
        theirs = _moved_up(theirs.detach())
        self.raw = {"stdout": Raw(), "stderr": Raw()}
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_DUP2, self.raw["stdout"].writing, 1),
                   (os.POSIX_SPAWN_DUP2, self.raw["stderr"].writing, 2),
                   (os.POSIX_SPAWN_DUP2, theirs, WORKER_FD)]
        self.pid = os.posix_spawn("/bin/sh", [*IN_DIRECTORY, str(files), *command],
                                  {**os.environ, "TMPDIR": str(scratch)}, file_actions=actions,
                                  setsid=True, setsigmask=[], setsigdef=SIGNALS)
        os.close(theirs)
        for raw in self.raw.values():
            raw.start()

    def interrupt(self):
        """SIGINT, as a server sends it (spec 11.3)."""
        os.kill(self.pid, signal.SIGINT)

    def ending(self, seconds):
        """How the process has ended, in words; Late if it does not."""
        watched = os.pidfd_open(self.pid)
        try:
            end = time.monotonic() + seconds
            if not select.select([watched], [], [], max(0, end - time.monotonic()))[0]:
                raise Late("the process does not end")
        finally:
            os.close(watched)
        # It stays a zombie, so that its group can be ended by a number that nobody else has.
        told = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        how = "with status" if told.si_code == os.CLD_EXITED else "by signal"
        return f"{how} {told.si_status}"

    def complaints(self):
        """What it has written to its standard error, for the report."""
        return self.raw["stderr"].octets[:4000].decode(errors="replace")

    def close(self):
        """Nothing of it is left: no process of its session, no socket."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        os.waitpid(self.pid, 0)
        for raw in self.raw.values():
            raw.close()
