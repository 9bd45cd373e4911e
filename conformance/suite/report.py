# SPDX-License-Identifier: MIT
"""Outcomes, and the reports for machines: progress as TAP, JUnit XML, JSON."""

import json
import sys
from dataclasses import dataclass, field
from xml.etree import ElementTree

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


class Progress:
    """Writes one TAP line a case, as soon as it is known."""

    def __init__(self, total, stream=sys.stdout):
        self.number = 0
        self.stream = stream
        print(f"TAP version 14\n1..{total}", file=stream, flush=True)

    def say(self, outcome):
        """One case is over."""
        self.number += 1
        mark = "not ok" if outcome.verdict == FAILED else "ok"
        skip = f" # SKIP {outcome.reasons[0]}" if outcome.verdict == NOT_APPLICABLE else ""
        print(f"{mark} {self.number} - {outcome.name}: {outcome.title}{skip}", file=self.stream)
        if outcome.verdict == FAILED:
            for reason in outcome.reasons:
                print("#   " + reason.replace("\n", "\n#   "), file=self.stream)
        self.stream.flush()


def _printable(text):
    """XML has no place for control characters, and hostile output is full of them."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def write_junit(path, suite, outcomes):
    """For continuous integration."""
    root = ElementTree.Element("testsuites", name=suite)
    for group in dict.fromkeys(one.group for one in outcomes):
        members = [one for one in outcomes if one.group == group]
        element = ElementTree.SubElement(
            root, "testsuite", name=f"{suite}.{group}", tests=str(len(members)),
            failures=str(sum(one.verdict == FAILED for one in members)),
            skipped=str(sum(one.verdict == NOT_APPLICABLE for one in members)),
            time=f"{sum(one.seconds for one in members):.3f}")
        for one in members:
            case = ElementTree.SubElement(element, "testcase", classname=f"{suite}.{group}",
                                          name=f"{one.name}: {one.title}", time=f"{one.seconds:.3f}")
            reasons = _printable("\n".join(one.reasons))
            if one.verdict == FAILED:
                ElementTree.SubElement(case, "failure", message=reasons[:500]).text = (
                    reasons + "\n\n" + _printable(one.came_back))
            elif one.verdict == NOT_APPLICABLE:
                ElementTree.SubElement(case, "skipped", message=reasons)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def write_json(path, suite, facts, outcomes):
    """Everything, for other programs."""
    path.write_text(json.dumps({"suite": suite, "facts": facts,
                                "cases": [vars(one) for one in outcomes]}, indent=1) + "\n")


def count(outcomes):
    """{verdict: how many}."""
    return {verdict: sum(one.verdict == verdict for one in outcomes)
            for verdict in (HELD, FAILED, NOT_APPLICABLE)}
