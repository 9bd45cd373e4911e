# SPDX-License-Identifier: MIT
"""Progress on the terminal: one TAP line a case, as soon as it is known, and a summary."""

import sys

from suite.outcome import FAIL, NON_STRICT, PASS, UNSUPPORTED, count


class Progress:
    """Says how each case went."""

    def __init__(self, total, expected=(), stream=sys.stdout):
        self.number, self.expected, self.stream = 0, set(expected), stream
        print(f"TAP version 14\n1..{total}", file=stream, flush=True)

    def say(self, outcome):
        """One case is over."""
        self.number += 1
        mark = "not ok" if outcome.is_bad else "ok"
        end = ""
        if outcome.verdict == UNSUPPORTED:
            end = f" # SKIP {outcome.reasons[0]}"
        elif outcome.is_bad and outcome.case.name in self.expected:
            end = " # TODO an expected failure"
        elif outcome.verdict == NON_STRICT:
            end = " # non-strict"
        print(f"{mark} {self.number} - {outcome.case.name}: {outcome.case.title}{end}",
              file=self.stream)
        if outcome.verdict not in (PASS, UNSUPPORTED) or outcome.ending_reasons:
            print(f"#   {outcome.verdict}: {', '.join(outcome.case.requirements)}", file=self.stream)
            for reason in outcome.reasons + outcome.ending_reasons:
                print("#   " + reason.rstrip().replace("\n", "\n#   "), file=self.stream)
        self.stream.flush()

    def summary(self, outcomes, stale, seconds):
        """All cases are over."""
        counts = count(outcomes)
        runs = sum(len(one.runs) for one in outcomes)
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in counts
                          if counts[verdict] or verdict in (PASS, FAIL))
        print(f"\n# {len(outcomes)} cases in {runs} runs: {words}, in {seconds:.1f} s",
              file=self.stream)
        if counts["ending"]:
            print("#   ending: the connection was not closed as it should be", file=self.stream)
        for name in stale:
            print(f"#   {name}: expected to fail, and does not", file=self.stream)
        for one in outcomes:
            if one.is_bad and not one.expected:
                print(f"#   {one.verdict if one.verdict == FAIL else one.verdict}  {one.case.name}",
                      file=self.stream)
        self.stream.flush()
