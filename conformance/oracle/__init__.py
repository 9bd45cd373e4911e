# SPDX-License-Identifier: MIT
"""A second reader of Brig/1: judges recorded sessions by the specification, and shares no code with libproto.

    judge = Judge()                                # a connection, recorded as the plaintexts of its records
    judge = Judge(unit="message")                  # the same, recorded as whole messages
    judge = WorkerJudge()                          # a worker link, recorded as whole messages
    for fault in judge.feed("client", octets):     # what this unit broke: usually nothing
        print(fault)
    for fault in judge.end("server"):              # the stream of this side has ended
        print(fault)
    judge.verdict                                  # the first fault, or None

README.md says more about what is judged, and from where.
"""
from .faults import Fault
from .judge import Judge
from .worker import WorkerJudge

__all__ = ["Fault", "Judge", "WorkerJudge"]
