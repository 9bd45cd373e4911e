# SPDX-License-Identifier: MIT
"""What went over the wire in one case, in order: for the judge of both sides and for the report."""

import threading
import time
from dataclasses import dataclass

SENT, RECEIVED = "sent", "received"


@dataclass
class Entry:
    """One unit on the wire, or a note between them.

    `what` is octets, preamble, message 1, message 2, refusal, record, message (of a worker link), end or note. `plaintext` is what a
    record holds (flags and fragment), `message` the octets of the whole message that it completes. An
    entry is `broken` if the suite has made it wrong on purpose below the level of messages, and
    `sealed_wrong` if it does not decrypt for that reason or another.
    """

    direction: str
    what: str
    wire: bytes = b""
    plaintext: bytes | None = None
    message: bytes | None = None
    broken: bool = False
    sealed_wrong: bool = False
    note: str = ""
    connection: str = "a"
    at: float = 0.0


class Recording:
    """Entries of all connections of one case."""

    def __init__(self, side="client"):
        self.side = side  # the part that the suite plays
        self.entries = []
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def add(self, direction, what, wire=b"", **more):
        """Remember it, with the time since the case began."""
        entry = Entry(direction, what, wire, at=time.monotonic() - self._started, **more)
        with self._lock:
            self.entries.append(entry)
        return entry

    def note(self, text, connection="a"):
        """A remark for the reader of the report."""
        self.add(SENT, "note", note=text, connection=connection)

    def connections(self):
        """Their names, in the order of their first entry."""
        return list(dict.fromkeys(entry.connection for entry in self.entries))

    def of(self, connection):
        """The entries of one connection."""
        return [entry for entry in self.entries if entry.connection == connection]
