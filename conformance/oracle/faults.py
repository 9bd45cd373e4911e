# SPDX-License-Identifier: MIT
"""What the oracle finds, and how its parts say so."""
from dataclasses import dataclass

PROTOCOL, TOO_LARGE = ("protocol",), ("too_large",)
EITHER = PROTOCOL + TOO_LARGE


class Broken(Exception):
    """A rule is broken. `close`: the codes with which a receiver may close, if the fault is fatal."""

    def __init__(self, requirement, why, place="", close=()):
        super().__init__(why)
        self.requirement, self.place, self.close = requirement, place, close


@dataclass(frozen=True)
class Fault:
    """One breach of the specification."""

    by: str  # the side that committed it
    requirement: str  # an id; or a section, where a table says what no requirement says
    why: str
    step: int  # which unit of the recording, from 0, or the number of units if the stream ended
    message: int  # which message of this side, from 0
    place: str  # in the message: "/3/limits" as in RFC 6901, or "octet 12"
    fatal: bool  # a receiver ends the connection for it
    close: tuple  # with one of these codes; () is without a word

    def __str__(self):
        place = f" at {self.place}" if self.place else ""
        return f"{self.by}, message {self.message}{place}: {self.why} ({self.requirement})"
