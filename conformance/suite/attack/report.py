# SPDX-License-Identifier: MIT
"""Outcomes, and the reports for machines: progress as TAP, JUnit XML, JSON."""

import json
from dataclasses import dataclass, field

from suite import junit, tap

HELD, FAILED, NOT_APPLICABLE = "held", "failed", "n/a"


@dataclass
class Outcome:
    """How one case went."""

    group: str
    name: str
    title: str
    verdict: str
    reasons: list = field(default_factory=list)
    seconds: float = 0.0
    code: str = ""
    came_back: str = ""


class Progress(tap.Writer):
    """Writes one TAP line a case, as soon as it is known."""

    def say(self, outcome):
        """One case is over."""
        directive = f"SKIP {outcome.reasons[0]}" if outcome.verdict == NOT_APPLICABLE else ""
        self.line(outcome.verdict != FAILED, f"{outcome.name}: {outcome.title}", directive,
                  outcome.reasons if outcome.verdict == FAILED else ())


def write_junit(path, suite, outcomes):
    """For continuous integration."""
    kinds = {FAILED: junit.FAILED, NOT_APPLICABLE: junit.SKIPPED, HELD: junit.PASSED}
    junit.write(path, suite, [
        junit.Row(one.group, f"{one.name}: {one.title}", kinds[one.verdict], one.reasons,
                  one.seconds, one.came_back) for one in outcomes])


def write_json(path, suite, facts, outcomes):
    """Everything, for other programs."""
    path.write_text(json.dumps({"suite": suite, "facts": facts,
                                "cases": [vars(one) for one in outcomes]}, indent=1) + "\n")


def count(outcomes):
    """{verdict: how many}."""
    return {verdict: sum(one.verdict == verdict for one in outcomes)
            for verdict in (HELD, FAILED, NOT_APPLICABLE)}
