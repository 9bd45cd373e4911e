# SPDX-License-Identifier: MIT
"""A stream socket whose writes can be cut anywhere: whole, joined, octet by octet, or at given places."""

import errno
import fcntl
import socket
import struct
import termios
import time

# How a case's octets are cut into writes. Every positive case is run in all these ways.
WHOLE, JOINED, OCTETS, LENGTHS = "whole", "joined", "octets", "lengths"
WRITINGS = {
    WHOLE: "one write for each step",
    JOINED: "all that does not wait for an answer in one write",
    OCTETS: "octet by octet, each read by the peer before the next is sent",
    LENGTHS: "a cut before, within and behind every length",
}
# So many octets at each end of a write are sent one by one; a HELLO has a time limit.
SINGLE_OCTETS = 48
# A client has five seconds for its HELLO. What it sends before is cut as long as this has not passed,
# and goes in one write after that: on a machine that is too slow fewer cuts are tried, and none is in vain.
HURRY_SECONDS = 1.5
READ_BYTES = 65536
POLL_SECONDS = 0.00002
GONE = (BrokenPipeError, ConnectionResetError)


class Late(Exception):
    """Nothing came within the time that a peer gets."""


class Ended(Exception):
    """The stream is over; `how` is `end` or `reset`."""

    def __init__(self, how):
        super().__init__("the stream has ended" if how == "end" else "the connection was reset")
        self.how = how


def connect(address, seconds):
    """A stream to `unix:PATH`."""
    kind, _, place = address.partition(":")
    if kind != "unix" or not place:
        raise ValueError(f"not an address: {address} (unix:PATH is)")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # A socket of Python's with a timeout does not wait while the server's queue is full; this does.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(seconds) + 1, 0))
    try:
        sock.connect(place)
    except OSError:
        sock.close()
        raise
    sock.settimeout(seconds)
    return sock


class Transport:
    """Sends as its writing says; receives exactly so many octets, or says how the stream ended."""

    def __init__(self, sock, writing, seconds):
        self.sock, self.writing, self.seconds = sock, writing, seconds
        self.sock.settimeout(seconds)
        self._waiting, self._cuts = b"", []
        self._read = b""
        self._hurry = time.monotonic() + HURRY_SECONDS  # None: there is time
        self.ended = None  # how the peer's half of the stream ended
        self.deaf = False  # the peer takes nothing any more

    def send(self, octets, cuts=()):
        """`cuts` are the places in these octets where LENGTHS cuts."""
        self._cuts += [len(self._waiting) + cut for cut in cuts]
        self._waiting += octets
        if self.writing != JOINED:
            self.flush()

    def take_time(self):
        """The peer's limit for what comes first is met."""
        self._hurry = None

    def flush(self):
        """Write what waits. A peer that is gone is found out by the next read."""
        octets, cuts = self._waiting, self._cuts
        self._waiting, self._cuts = b"", []
        if self.writing == OCTETS:
            cuts = (*range(1, SINGLE_OCTETS), *range(len(octets) - SINGLE_OCTETS, len(octets)))
        elif self.writing != LENGTHS:
            cuts = ()
        at = 0
        for cut in sorted({*cuts, len(octets)}):
            if self._hurry and time.monotonic() > self._hurry and cut < len(octets):
                continue
            if at < cut <= len(octets):
                self._write(octets[at:cut], wait=cut < len(octets))
                at = cut

    def _write(self, octets, wait):
        if self.deaf:
            return
        try:
            self.sock.sendall(octets)
            if wait:
                self.await_read()
        except GONE:
            self.deaf = True
        except TimeoutError as error:
            raise Late("the peer does not read") from error

    def await_read(self):
        """Until the peer has taken every octet, or is gone: only then is a cut seen as one."""
        end = time.monotonic() + self.seconds
        while struct.unpack("i", fcntl.ioctl(self.sock, termios.TIOCOUTQ, bytes(4)))[0]:
            if time.monotonic() > end:
                raise Late("the peer does not read")
            time.sleep(POLL_SECONDS)  # lets the peer run

    def receive(self, count, seconds=None):
        """Exactly so many octets."""
        self.flush()
        end = time.monotonic() + (self.seconds if seconds is None else seconds)
        while len(self._read) < count:
            self._fill(end)
        octets, self._read = self._read[:count], self._read[count:]
        return octets

    def peek(self, count):
        """The next octets, without taking them."""
        octets = self.receive(count)
        self._read = octets + self._read
        return octets

    def pending(self):
        """What has come and was not received yet, without waiting."""
        self.sock.setblocking(False)
        try:
            self._read += self.sock.recv(READ_BYTES)
        except BlockingIOError:
            pass
        finally:
            self.sock.settimeout(self.seconds)
        return self._read

    def rest(self, seconds=None):
        """(octets until the end, how it ended)."""
        self.flush()
        end = time.monotonic() + (self.seconds if seconds is None else seconds)
        try:
            while True:
                self._fill(end)
        except Ended as ended:
            octets, self._read = self._read, b""
            return octets, ended.how

    def _fill(self, end):
        if self.ended:
            raise Ended(self.ended)
        left = end - time.monotonic()
        if left <= 0:
            raise Late("nothing came")
        self.sock.settimeout(left)
        try:
            piece = self.sock.recv(READ_BYTES)
        except TimeoutError as error:
            raise Late("nothing came") from error
        except OSError as error:
            if error.errno not in (errno.ECONNRESET, errno.EPIPE):
                raise
            self.ended = "reset"
            raise Ended("reset") from error
        finally:
            self.sock.settimeout(self.seconds)
        if not piece:
            self.ended = "end"
            raise Ended("end")
        self._read += piece

    def shut(self):
        """No more from this side."""
        self.flush()
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno not in (errno.ENOTCONN, errno.EPIPE, errno.ECONNRESET):
                raise

    def close(self):
        self.sock.close()
