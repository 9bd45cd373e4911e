# SPDX-License-Identifier: MIT
"""JUnit XML, for continuous integration."""

from dataclasses import dataclass, field
from xml.etree import ElementTree

PASSED, FAILED, SKIPPED, ERROR = "passed", "failed", "skipped", "error"


@dataclass
class Row:
    """One case."""

    group: str
    name: str
    kind: str
    reasons: list = field(default_factory=list)
    seconds: float = 0.0
    detail: str = ""


def printable(text):
    """XML has no place for control characters, and hostile output is full of them."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _add_case(parent, classname, row):
    case = ElementTree.SubElement(parent, "testcase", classname=classname, name=row.name,
                                  time=f"{row.seconds:.3f}")
    reasons = printable("\n".join(row.reasons))
    if row.kind in (FAILED, ERROR):
        tag = "failure" if row.kind == FAILED else "error"
        ElementTree.SubElement(case, tag, message=reasons[:500]).text = (
            reasons + "\n\n" + printable(row.detail))
    elif row.kind == SKIPPED:
        ElementTree.SubElement(case, "skipped", message=reasons)


def write(path, suite, rows):
    """A suite for each group."""
    root = ElementTree.Element("testsuites", name=suite)
    for group in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == group]
        element = ElementTree.SubElement(
            root, "testsuite", name=f"{suite}.{group}", tests=str(len(members)),
            failures=str(sum(row.kind == FAILED for row in members)),
            errors=str(sum(row.kind == ERROR for row in members)),
            skipped=str(sum(row.kind == SKIPPED for row in members)),
            time=f"{sum(row.seconds for row in members):.3f}")
        for row in members:
            _add_case(element, f"{suite}.{group}", row)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
