# SPDX-License-Identifier: MIT
"""The program under test in role client: started for one connection, listened to, ended for certain."""

import json
import os
import queue
import select
import signal
import socket
import subprocess
import threading
import time

from suite.party import Fault
from suite.transport import Late

UNSUPPORTED_STATUS = 127
PREFIX = "BRIG_CONFORMANCE_"
LINE_BYTES = 64 * 1024 * 1024


class Driver:
    """A directory of its own with socket, key files and an empty working directory, and a process."""

    def __init__(self, command, directory):
        self.command, self.directory = command, directory
        self.files = directory / "files"
        self.files.mkdir(parents=True)
        self.process = None
        self._lines = queue.SimpleQueue()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.listener.bind(str(directory / "socket"))
        except OSError as error:
            raise ValueError(f"no socket {directory / 'socket'}: {error}; try --work") from error
        self.listener.listen(8)
        self.listener.setblocking(False)

    def write_key(self, name, text, mode=0o600):
        """A key file, as the client under test will find it."""
        path = self.directory / name
        path.write_bytes(text)
        path.chmod(mode)
        return path

    def start(self, task, key_files):
        """Starts the command for one task; `key_files` are names of environment variables and paths."""
        named = {"SOCKET": self.directory / "socket", "CASE": task, **key_files}
        environment = {**{k: v for k, v in os.environ.items() if not k.startswith(PREFIX)},
                       **{PREFIX + key: str(value) for key, value in named.items()}}
        with open(self.directory / "stderr", "wb") as errors:
            self.process = subprocess.Popen(
                self.command, cwd=self.files, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def accept(self, seconds):
        """The client's connection, or None if it has ended without one."""
        end = time.monotonic() + seconds
        while True:
            connection = self.further_connection()
            if connection is not None:
                return connection
            if self.process.poll() is not None:
                # It may have connected just before it ended.
                return self.further_connection()
            if time.monotonic() > end:
                raise Late("the client does not connect")
            self._until_something(self.listener, end)

    def _until_something(self, waited_for, end):
        """Until that can be read or the process has ended."""
        watched = os.pidfd_open(self.process.pid)
        try:
            select.select([waited_for, watched], [], [], max(0, end - time.monotonic()))
        finally:
            os.close(watched)

    def further_connection(self):
        """A connection that waits to be accepted, or None."""
        try:
            return self.listener.accept()[0]
        except BlockingIOError:
            return None

    def _listen(self):
        """Takes what the client tells as soon as it does: it must never wait for us."""
        for text in iter(lambda: self.process.stdout.readline(LINE_BYTES), b""):
            self._lines.put(text)
        self._lines.put(None)

    def line(self, seconds):
        """The next line that the client tells, as an object; None at the end of its output."""
        try:
            text = self._lines.get(timeout=seconds)
        except queue.Empty as error:
            raise Late("the client tells nothing") from error
        if text is None:
            self._lines.put(None)
            return None
        try:
            told = json.loads(text)
        except ValueError as error:
            raise Fault(f"the client tells what is no line of JSON: {text[:80]!r}") from error
        if not isinstance(told, dict):
            raise Fault(f"the client tells what is no object: {text[:80]!r}")
        return told

    def status(self, seconds):
        """The exit status of the process, which is over or about to be."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Late("the client does not end") from error

    def is_unsupported(self):
        """Has it ended because it does not know the task?"""
        return self.process.poll() == UNSUPPORTED_STATUS

    def complaints(self):
        """What it has written to its standard error, for the report."""
        path = self.directory / "stderr"
        return path.read_text(errors="replace")[:4000] if path.exists() else ""

    def close(self):
        """Nothing of it is left: no process of its session, no socket, no file."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            self.process.wait()
            self._listener.join()
            self.process.stdout.close()
        self.listener.close()
