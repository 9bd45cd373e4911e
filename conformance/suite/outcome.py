# SPDX-License-Identifier: MIT
"""Verdicts, and what a run of a case has left."""

from dataclasses import dataclass, field

PASS, NON_STRICT, FAIL, UNSUPPORTED, ERROR = "pass", "non-strict", "fail", "unsupported", "error"
VERDICTS = {
    PASS: "did what the specification demands",
    NON_STRICT: "missed what it advises (SHOULD)",
    FAIL: "broke a rule",
    UNSUPPORTED: "does not have what the case needs",
    ERROR: "the suite itself is at fault",
}
# The worst verdict of several runs is the case's.
_RANK = (ERROR, FAIL, NON_STRICT, UNSUPPORTED, PASS)


def worst(verdicts):
    """The one that counts."""
    return min(verdicts, key=_RANK.index)


@dataclass
class Run:
    """A case with one way of writing."""

    writing: str
    verdict: str = PASS
    reasons: list = field(default_factory=list)
    ending: str = ""  # how the connection was closed
    ending_reasons: list = field(default_factory=list)  # what was wrong with that
    seconds: float = 0.0
    recording: object = None


@dataclass
class Outcome:
    """A case with all its runs."""

    case: object
    runs: list = field(default_factory=list)
    expected: bool = False  # in the list of expected failures

    @property
    def verdict(self):
        return worst([run.verdict for run in self.runs])

    @property
    def seconds(self):
        return sum(run.seconds for run in self.runs)

    @property
    def reasons(self):
        """Sentences, each with the ways of writing in which it came up."""
        return self._collected(lambda run: run.reasons)

    @property
    def ending_reasons(self):
        """What was wrong with the end of connections."""
        return self._collected(lambda run: run.ending_reasons)

    def _collected(self, reasons_of):
        where = {}
        for run in self.runs:
            for reason in reasons_of(run):
                where.setdefault(reason, []).append(run.writing)
        return [reason if len(writings) == len(self.runs) else f"{reason} ({', '.join(writings)})"
                for reason, writings in where.items()]

    @property
    def is_bad(self):
        """Does it speak against the implementation, or the suite?"""
        return self.verdict in (FAIL, ERROR) or bool(self.ending_reasons)


def count(outcomes):
    """{verdict: how many}, and those that only ended wrongly as "ending"."""
    counts = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in VERDICTS}
    counts["ending"] = sum(bool(one.ending_reasons) for one in outcomes)
    return counts
