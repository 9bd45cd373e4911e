#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An engine that passes the worker link on to another one. Subclasses break one rule each: CLASS COMMAND."""

import os
import pathlib
import select
import signal
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import spec_python  # noqa: E402, F401
from make.pack import encode  # noqa: E402
from make.read import read  # noqa: E402

WORKER_FD = 3
HELLO, EVENT, CALL, RESULT, ERROR = 0, 1, 2, 4, 6


class Gone(Exception):
    """The stream has ended."""


def take(sock, count):
    """So many octets."""
    octets = b""
    while len(octets) < count:
        piece = sock.recv(count - len(octets))
        if not piece:
            raise Gone
        octets += piece
    return octets


def take_message(sock):
    """One message as a list."""
    return read(take(sock, int.from_bytes(take(sock, 4), "big")))


def put_message(sock, message):
    """One message with its length."""
    octets = encode(message)
    sock.sendall(len(octets).to_bytes(4, "big") + octets)


class Engine:
    """Messages in both directions, as they are."""

    actions = ()  # more of what is done before the other engine starts

    def __init__(self, command):
        self.server = socket.socket(fileno=WORKER_FD)
        self.inner, theirs = socket.socketpair()
        self.pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs.fileno(), WORKER_FD), *self.actions])
        theirs.close()
        self.code_call = None  # the open call of the server's: [type, id, procedure, args, options]
        signal.signal(signal.SIGINT, lambda *_: self.on_interrupt())

    def on_interrupt(self):
        """The other engine is interrupted as well."""
        os.kill(self.pid, signal.SIGINT)

    def on_end(self):
        """The server's end is gone."""
        self.inner.shutdown(socket.SHUT_WR)
        os.waitpid(self.pid, 0)
        sys.exit(0)

    def from_server(self, message):
        """What the other engine is told."""
        return [message]

    def from_engine(self, message):
        """What the server is told."""
        return [message]

    def tell(self, message):
        """To the server."""
        put_message(self.server, message)

    def ask(self, message):
        """To the other engine."""
        put_message(self.inner, message)

    def step(self):
        """The next message of either side."""
        ready = select.select([self.server, self.inner], [], [])[0]
        if self.inner in ready:
            message = take_message(self.inner)
            told = self.from_engine(message)
            if message[0] in (RESULT, ERROR):
                self.code_call = None
            for one in told:
                self.tell(one)
        else:
            try:
                message = take_message(self.server)
            except Gone:
                self.on_end()
            if message[0] == CALL:
                self.code_call = message
            for one in self.from_server(message):
                self.ask(one)

    def run(self):
        """Until the other engine is gone."""
        try:
            while True:
                self.step()
        except Gone:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]) % 256)


if __name__ == "__main__":
    from tests import engine_faults
    getattr(engine_faults, sys.argv[1])(sys.argv[2:]).run()
