# SPDX-License-Identifier: MIT
"""What a run of cases says on the terminal: a TAP line each, and a summary."""

from suite import tap
from suite.outcome import FAIL, NON_STRICT, PASS, UNSUPPORTED, count


class Progress(tap.Writer):
    """Says how each case went."""

    def __init__(self, total, expected=(), stream=None):
        super().__init__(total, stream)
        self.expected = set(expected)

    def say(self, outcome):
        """One case is over."""
        directive, notes = "", []
        if outcome.verdict == UNSUPPORTED:
            directive = f"SKIP {outcome.reasons[0]}"
        elif outcome.is_bad and outcome.case.name in self.expected:
            directive = "TODO an expected failure"
        elif outcome.verdict == NON_STRICT:
            directive = "non-strict"
        if outcome.verdict not in (PASS, UNSUPPORTED) or outcome.ending_reasons:
            notes = [f"{outcome.verdict}: {', '.join(outcome.case.requirements)}",
                     *outcome.reasons, *(f"ending: {one}" for one in outcome.ending_reasons)]
        self.line(not outcome.is_bad, f"{outcome.case.name}: {outcome.case.title}", directive, notes)

    def summary(self, outcomes, stale, seconds):
        """All cases are over."""
        counts = count(outcomes)
        runs = sum(len(one.runs) for one in outcomes)
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in counts
                          if counts[verdict] or verdict in (PASS, FAIL))
        lines = [f"{len(outcomes)} cases in {runs} runs: {words}, in {seconds:.1f} s"]
        if counts["ending"]:
            lines.append("  ending: the connection was not closed as it should be")
        lines += [f"  {name}: expected to fail, and does not" for name in stale]
        lines += [f"  {one.verdict}  {one.case.name}" for one in outcomes
                  if one.is_bad and not one.expected]
        print("", *(f"# {line}" for line in lines), sep="\n", file=self.stream, flush=True)
