# SPDX-License-Identifier: MIT
"""Judges what both sides have sent, whatever a case looked at. A fault of the suite is an error of it."""

from oracle import Judge, WorkerJudge

from suite.outcome import ERROR, FAIL, PASS
from suite.recording import RECEIVED, SENT

PEER = {"client": "server", "server": "client"}
SHORTEST = 17


def _units(entries):
    """(direction, plaintext) of the records of one connection; None for one that does not decrypt.

    Ends where the suite has sent octets that are no record, since nobody knows what follows.
    """
    for entry in entries:
        if entry.what == "record":
            yield entry.direction, None if entry.sealed_wrong else entry.plaintext
        elif entry.what == "octets" and entry.direction == SENT and entry.wire:
            if int.from_bytes(entry.wire[:2], "big") < SHORTEST <= len(entry.wire) + SHORTEST - 2:
                yield SENT, b""
            else:
                return
        elif entry.what == "end" and entry.direction == RECEIVED:
            yield RECEIVED, "end"


def _after_handshake(entries):
    """What stands behind message 2."""
    for i, entry in enumerate(entries):
        if entry.what == "message 2":
            return entries[i + 1 :]
    return []


def _worker_faults(recording, link):
    """What the judge of worker links finds; the entries are whole messages."""
    judge = WorkerJudge()
    for entry in link:
        judge.feed(recording.side if entry.direction == SENT else "worker", entry.message)
    return judge.faults


def faults(recording, connection):
    """What the judge finds on one connection."""
    link = [entry for entry in recording.of(connection) if entry.what == "message"]
    if link:
        return _worker_faults(recording, link)
    judge = Judge()
    for direction, unit in _units(_after_handshake(recording.of(connection))):
        sender = recording.side if direction == SENT else PEER[recording.side]
        if unit == "end":
            judge.end(sender)
        else:
            judge.feed(sender, unit)
    return judge.faults


def judge(run, case):
    """Adds to a run's reasons what is wrong in its recording."""
    broken = set()
    for connection in run.recording.connections():
        for fault in faults(run.recording, connection):
            if fault.by != run.recording.side:
                run.reasons.append(f"the record of connection {connection}: {fault}")
                run.verdict = run.verdict if run.verdict == ERROR else FAIL
            elif fault.requirement in case.breaks:
                broken.add(fault.requirement)
            elif not case.breaks_rules and run.verdict == PASS:
                run.reasons.append(f"the suite broke a rule on connection {connection}: {fault}")
                run.verdict = ERROR
    unbroken = sorted(set(case.breaks) - broken)
    if unbroken and run.verdict == PASS:
        run.reasons.append(f"the suite was to break {', '.join(unbroken)}, and did not")
        run.verdict = ERROR
