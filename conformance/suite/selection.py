# SPDX-License-Identifier: MIT
"""Which cases are run, and which of them are known to fail."""

import fnmatch
import re

REQUIREMENT = re.compile(r"[A-Z]{3}(-\d{3})?\Z")


def is_wanted(case, selectors):
    """A selector is a pattern of names (`channel/*`), a section, a requirement or a prefix of them."""
    def fits(one):
        if REQUIREMENT.match(one):
            return any(each == one or each.startswith(one + "-") for each in case.requirements)
        return case.section == one or fnmatch.fnmatchcase(case.name, one)
    return not selectors or case.is_sanity or any(map(fits, selectors))


def read_expected(path):
    """Names of cases, one a line; what follows # is why."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def mark_expected(outcomes, expected):
    """Marks outcomes that were expected to fail, and gives the names that are stale: they pass, or
    there is no such case."""
    stale = []
    for name in expected:
        found = [one for one in outcomes if one.case.name == name]
        for one in found:
            one.expected = True
        if not any(one.is_bad for one in found):
            stale.append(name)
    return stale
