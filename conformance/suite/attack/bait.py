# SPDX-License-Identifier: MIT
"""Real targets on the host's side: an attack that succeeds leaves a trace, whatever it reports."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path


class Bait:
    """A secret in a file, in environments and in arguments; listeners; a process to kill."""

    def __init__(self, directory):
        self.secret = "bait" + secrets.token_hex(12)
        self.directory = Path(directory) / "host"
        self.directory.mkdir()
        self.directory.chmod(0o755)
        self.file = self.directory / "id_rsa"
        self.file.write_text(self.secret + "\n")
        # Readable by everybody: a wall has to hide it, not its mode.
        self.file.chmod(0o644)
        self._stat = self.file.stat()
        self._sockets = {}
        self._listen()
        self.victim = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()", self.secret],
            stdin=subprocess.PIPE, env={"BRIG_BAIT": self.secret})

    def _listen(self):
        for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
            self._sockets[name] = socket.socket(socket.AF_INET, kind)
            self._sockets[name].bind(("127.0.0.1", 0))
        self.unix_path = str(self.directory / "socket")
        self.abstract = "brig-" + self.secret[4:16]
        for name, address in (("unix", self.unix_path), ("abstract", "\0" + self.abstract)):
            self._sockets[name] = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._bind_short(self._sockets[name], address)
        for name in ("tcp", "unix", "abstract"):
            self._sockets[name].listen(8)
        for each in self._sockets.values():
            each.setblocking(False)

    @staticmethod
    def _bind_short(sock, address):
        """A socket's path has 107 octets at most; a build directory may have more."""
        if address.startswith("\0"):
            sock.bind(address)
            return
        directory, name = os.path.split(address)
        handle = os.open(directory, os.O_PATH | os.O_DIRECTORY)
        try:
            sock.bind(f"/proc/self/fd/{handle}/{name}")
        finally:
            os.close(handle)

    def places(self):
        """What code of cases may name as @NAME@."""
        return {
            "BAIT_FILE": str(self.file),
            "BAIT_DIRECTORY": str(self.directory),
            "TCP_PORT": str(self._sockets["tcp"].getsockname()[1]),
            "UDP_PORT": str(self._sockets["udp"].getsockname()[1]),
            "UNIX_PATH": self.unix_path,
            "ABSTRACT": self.abstract,
            "VICTIM": str(self.victim.pid),
        }

    def touched(self):
        """What has happened to the bait, as sentences."""
        found = []
        now = self.file.stat() if self.file.exists() else None
        if now is None or (now.st_mtime_ns, now.st_mode, now.st_size) != (
                self._stat.st_mtime_ns, self._stat.st_mode, self._stat.st_size):
            found.append("the secret's file was changed")
        if sorted(entry.name for entry in self.directory.iterdir()) != ["id_rsa", "socket"]:
            found.append("the directory of the host was changed")
        if self.victim.poll() is not None:
            found.append("a process of the host was ended")
        for name, each in self._sockets.items():
            try:
                each.recv(1) if name == "udp" else each.accept()
                found.append(f"the host's {name} socket was reached")
            except BlockingIOError:
                pass
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.victim.stdin.close()
        self.victim.wait()
        for each in self._sockets.values():
            each.close()
