#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""trace.py has to find what is wrong; a check that passes everything checks nothing."""
import tomllib
import unittest

import trace

CHAPTERS = "| CHN | 3 | channel |\n| SES | 7.1 | ids and calls |\n"

FORM_CASES = (
    ("one sentence with one key word is a requirement", "## 3 C\n* [CHN-001] A side MUST send.\n", None),
    ("a wrapped item is one requirement", "## 3 C\n* [CHN-001] A side\n  MUST send.\n", None),
    ("a key word in code does not count", "## 3 C\n* [CHN-001] A side MUST send `MAY`.\n", None),
    ("a prefix holds in the sections of its chapter", "### 3.2 C\n* [CHN-001] A side MUST send.\n", None),
    ("two key words are refused", "## 3 C\n* [CHN-001] A side MUST send and SHOULD wait.\n", "2 key words"),
    ("no key word is refused", "## 3 C\n* [CHN-001] A side sends.\n", "0 key words"),
    ("two sentences are refused", "## 3 C\n* [CHN-001] A side MUST send. It waits.\n", "not one sentence"),
    ("a sentence without an end is refused", "## 3 C\n* [CHN-001] A side MUST send\n", "not one sentence"),
    ("an id is used once", "## 3 C\n* [CHN-001] A MUST b.\n* [CHN-001] C MUST d.\n", "used twice"),
    ("an id stands in its chapter", "## 4 C\n* [CHN-001] A side MUST send.\n", "its prefix belongs to 3"),
    ("chapter 71 is not within chapter 7.1", "## 71 C\n* [SES-001] A side MUST send.\n", "belongs to 7.1"),
    ("an unknown prefix is refused", "## 3 C\n* [XYZ-001] A side MUST send.\n", "belongs to None"),
    ("a key word outside a requirement is refused", "## 3 C\nA side MUST send.\n", "outside a requirement"),
    ("a key word in a code block is text", "## 3 C\n```\nMUST\n```\n", None),
)

ONE = {"CHN-001": trace.Requirement("CHN-001", "3", "A side MUST send.", "MUST")}
OPTIONAL = {"CHN-001": trace.Requirement("CHN-001", "3", "A side MAY send.", "MAY")}

COVERAGE_CASES = (
    ("a cited requirement is covered", ONE, {"CHN-001": ["a.c"]}, {}, None),
    ("a requirement with a reason is covered", ONE, {}, {"CHN-001": "later"}, None),
    ("what is optional needs no test", OPTIONAL, {}, {}, None),
    ("a requirement with neither is reported", ONE, {}, {}, "neither cited"),
    ("a citation of nothing is reported", ONE, {"CHN-001": ["a.c"], "CHN-099": ["a.c"]}, {}, "not in protocol.md"),
    ("a reason for nothing is reported", ONE, {"CHN-001": ["a.c"]}, {"CHN-099": "x"}, "not in protocol.md"),
    ("ids of other lists are let alone", ONE, {"CHN-001": ["a.c"], "CVE-123": ["a.c"]}, {}, None),
)


MUST_2 = {"CHN-001": "MUST", "CHN-002": "MUST"}
FROZEN_CASES = (
    ("a requirement that is as it was passes", {"CHN-001": "MUST"}, None),
    ("a requirement may be added later", {}, None),
    ("a requirement that is gone is reported", MUST_2, "CHN-002: belongs to version 1.0 and is gone"),
    ("another key word is reported", {"CHN-001": "SHOULD"}, "SHOULD in version 1.0, now MUST"),
)

EVIDENCE_CASES = (
    ("a test may cite anywhere", "libproto/tests/a.c", "/* CHN-001 */", ["CHN-001"], "unit"),
    ("a case cites by its list", "conformance/cases/a.yaml",
     "cases:\n- id: a\n  requirements: [CHN-001,\n    CHN-002]\n", ["CHN-001", "CHN-002"], "suite: server"),
    ("a remark in a file of cases is no citation", "conformance/cases/a.yaml",
     "role: client\n# CHN-001\ncases:\n- why: CHN-002\n  requirements: [CHN-003]\n", ["CHN-003"], "suite: client"),
    ("an attack is evidence", "conformance/attacks/c01.yaml", "title: CHN-001", ["CHN-001"], "attacks"),
)

SECTION_CASES = (
    ("a section that exists may be cited", "/* spec 3.5 */", []),
    ("a chapter may be cited", "(spec 3 to 4).", []),
    ("each of a list is looked up", "(spec 3.5, 3.6 and 9)", ["3.6", "9"]),
    ("a section of another document is let alone", "RFC 8174, section 3.7", []),
)


class Trace(unittest.TestCase):
    def expect(self, faults, expected):
        if expected is None:
            self.assertEqual(faults, [])
        else:
            self.assertEqual([expected in fault for fault in faults], [True])

    def test_form(self):
        for name, body, expected in FORM_CASES:
            with self.subTest(name):
                self.expect(trace.read_requirements(CHAPTERS + body)[1], expected)

    def test_coverage(self):
        for name, requirements, citations, reasons, expected in COVERAGE_CASES:
            with self.subTest(name):
                self.expect(list(trace.coverage_faults(requirements, citations, reasons)), expected)


    def test_frozen(self):
        for name, frozen, expected in FROZEN_CASES:
            with self.subTest(name):
                self.expect(list(trace.frozen_faults(ONE, frozen)), expected)

    def test_evidence(self):
        for name, path, text, ids, kind in EVIDENCE_CASES:
            with self.subTest(name):
                self.assertEqual(trace.cited_in(path, text), ids)
                self.assertEqual(trace.kind_of(path, text), kind)

    def test_excluded(self):
        many = {f"CHN-{i:03}": trace.Requirement(f"CHN-{i:03}", "3", "", "MUST") for i in range(20)}
        self.expect(list(trace.excluded_faults(many, dict.fromkeys(list(many)[:3], "review"))), None)
        self.expect(list(trace.excluded_faults(many, dict.fromkeys(list(many)[:4], "review"))), "4 of 20")

    def test_sections(self):
        lines = ["## 3. Channel", "### 3.5 Records", "## 4. States"]
        for name, text, expected in SECTION_CASES:
            with self.subTest(name):
                faults = trace.section_faults(lines, "a.c", text)
                self.assertEqual(faults, [f"a.c: cites section {number}, which does not exist" for number in expected])

    def test_reasons(self):
        entries = [{"observed_by": "conformance", "reason": "needs \"it\"", "ids": ["CHN-001", "CHN-002"]},
                   {"observed_by": "review", "reason": "none", "ids": ["CHN-001"]}]
        left = trace.without_cited(entries, {"CHN-001": ["a.c"]})
        self.assertEqual([entry["ids"] for entry in left], [["CHN-002"]])
        self.assertEqual(tomllib.loads(trace.reasons_text(left))["uncovered"], left)
        self.assertEqual(tomllib.loads(trace.reasons_text([]))["uncovered"], [])
        self.expect(trace.reasons_of(entries)[1], "twice")


if __name__ == "__main__":
    unittest.main()
