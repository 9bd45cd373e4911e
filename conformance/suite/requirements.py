# SPDX-License-Identifier: MIT
"""What the cases say about each requirement, and its sentence in the specification."""

import re

from suite.outcome import UNSUPPORTED, worst
from suite.spec_python import SPEC

ITEM = re.compile(r"^\* \[([A-Z]{3}-\d{3})\] (.*(?:\n  .*)*)", re.MULTILINE)
CHAPTER = re.compile(r"^\| ([A-Z]{3}) \| ([\d.]+) \| (.*) \|$", re.MULTILINE)


def sentences():
    """{id: sentence} of protocol.md."""
    text = (SPEC / "protocol.md").read_text(encoding="utf-8")
    return {match[1]: re.sub(r"\s+", " ", match[2]) for match in ITEM.finditer(text)}


def chapters():
    """{prefix: (chapter, title)} of protocol.md."""
    text = (SPEC / "protocol.md").read_text(encoding="utf-8")
    return {match[1]: (match[2], match[3]) for match in CHAPTER.finditer(text)}


def by_requirement(outcomes):
    """{id: [outcome]} of those that cite it."""
    cited = {}
    for one in outcomes:
        for name in one.case.requirements:
            if one not in cited.setdefault(name, []):
                cited[name].append(one)
    return cited


def verdict_of(outcomes):
    """One verdict for a requirement: the worst; unsupported only if nothing else was run."""
    verdicts = [one.verdict for one in outcomes]
    run = [verdict for verdict in verdicts if verdict != UNSUPPORTED]
    return worst(run) if run else UNSUPPORTED
