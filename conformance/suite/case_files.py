# SPDX-License-Identifier: MIT
"""The cases: YAML files, checked key by key, so that a typing error is never a weaker case."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from suite import notation, transport
from suite.spec_python import HOME

CASES = HOME / "cases"
REQUIREMENTS = HOME / "requirements-1.0.txt"
ROLES = ("server", "client", "worker", "codec")
NEEDS = re.compile(r"(local|keyed|session|engine:[a-z0-9-]+|[a-z][a-z-]*)\Z")
ID = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
FILE_KEYS = {"title", "role", "spec", "needs", "cases"}
CASE_KEYS = {"id", "title", "requirements", "needs", "after", "alone", "writings", "breaks", "breaks_rules",
             "why", "steps"}
# Steps that break a rule, or drop the connection.
BREAKING = {"refusal", "leave", "shut", "octets", "endless"}


class CaseError(Exception):
    """A case that cannot be understood."""


@dataclass
class Case:
    """One thing that an implementation must do, or must not."""

    section: str
    id: str
    title: str
    role: str
    requirements: list
    steps: list  # [(verb, value, keys)]
    needs: list = field(default_factory=list)
    after: list = field(default_factory=list)
    alone: bool = False
    writings: list = field(default_factory=list)
    why: str = ""
    breaks_rules: bool = False  # the suite breaks a rule in it, or leaves
    breaks: list = field(default_factory=list)  # rules that it breaks without an end by that

    @property
    def name(self):
        """section/id."""
        return f"{self.section}/{self.id}"

    @property
    def is_sanity(self):
        """Run first and last: `sanity`, `client-sanity` and so on; when it fails nothing else means
        anything."""
        return self.section.split("-")[-1] == "sanity"


def load_requirements(path=REQUIREMENTS):
    """The frozen set: {id: key word}."""
    lines = (line.split("#")[0].split(maxsplit=1) for line in path.read_text().splitlines())
    return {line[0]: line[1].strip() for line in lines if line}


def known(what, mapping, keys):
    """Refuse what is no mapping or has other keys."""
    if not isinstance(mapping, dict):
        raise CaseError(f"{what}: a mapping is wanted, not {mapping!r}")
    unknown = sorted(map(str, set(mapping) - keys))
    if unknown:
        raise CaseError(f"{what}: unknown keys {', '.join(unknown)}")


def parse_steps(what, steps, verbs):
    """[(verb, value, keys)], each known; a case that expects nothing could not fail."""
    if not isinstance(steps, list) or not steps:
        raise CaseError(f"{what}: steps are a list")
    parsed = []
    for number, step in enumerate(steps, 1):
        try:
            parsed.append(verbs.parse(step))
        except ValueError as error:
            raise CaseError(f"{what}: step {number}: {error}") from error
    return parsed


def _break_rules(steps):
    """Does the suite break a rule in these steps, or leave in another way than by CLOSE?"""
    has_closed = False
    for verb, _, keys in steps:
        has_closed |= verb == "close" or bool(keys.get("answered"))
        if verb in BREAKING or "flip" in keys or (verb == "end" and not has_closed):
            return True
    return False


def _writings(raw, is_once):
    if "writings" in raw:
        for one in raw["writings"]:
            if one not in transport.WRITINGS:
                raise CaseError(f"{raw['id']}: no writing {one}")
        return raw["writings"]
    return [transport.WHOLE] if is_once else list(transport.WRITINGS)


def make_case(section, head, raw, verbs, requirements):
    """A checked case out of a mapping; `head` is what the file says for all of them."""
    what = f"{section}/{raw.get('id', '?') if isinstance(raw, dict) else raw!r}"
    known(what, raw, CASE_KEYS)
    if not ID.match(str(raw.get("id", ""))):
        raise CaseError(f"{what}: not an id")
    if not str(raw.get("title", "")).strip():
        raise CaseError(f"{what}: no title")
    unknown = [one for one in raw.get("requirements", []) if one not in requirements]
    if unknown or not raw.get("requirements"):
        raise CaseError(f"{what}: requirements: {unknown or 'none'}")
    needs = [*head.get("needs", []), *raw.get("needs", [])]
    if not all(NEEDS.match(str(need)) for need in needs):
        raise CaseError(f"{what}: needs: {needs}")
    steps = parse_steps(what, raw.get("steps"), verbs)
    breaks_rules = raw.get("breaks_rules", False) or _break_rules(steps)
    role = head.get("role", "server")
    return Case(section, raw["id"], raw["title"].strip(), role,
                list(raw["requirements"]), steps, needs, raw.get("after", []),
                raw.get("alone", False), _writings(raw, breaks_rules or role == "worker"), raw.get("why", ""), breaks_rules,
                list(raw.get("breaks", [])))


def load_file(path, verbs_of, requirements):
    """All cases of one file; `verbs_of` gives the steps of each role."""
    try:
        content = notation.load(path.read_text(encoding="utf-8"), path.name)
    except notation.NotationError as error:
        raise CaseError(str(error)) from error
    known(path.name, content, FILE_KEYS)
    role = content.get("role", "server")
    if role not in ROLES:
        raise CaseError(f"{path.name}: no role {role}")
    if role not in verbs_of:
        return []
    return [make_case(path.stem, content, raw, verbs_of[role], requirements)
            for raw in content["cases"]]


def load(verbs_of, directory=CASES):
    """The cases of the roles in `verbs_of`, in the order of files and within them."""
    requirements = load_requirements()
    cases = []
    for path in sorted(Path(directory).glob("*.yaml")):
        cases += load_file(path, verbs_of, requirements)
    check_names(cases)
    return cases


def check_names(cases):
    """Names are unique, and `after` names cases."""
    names = {}
    for case in cases:
        if case.name in names:
            raise CaseError(f"{case.name}: twice")
        names[case.name] = case
    for case in cases:
        for before in case.after:
            if before not in names:
                raise CaseError(f"{case.name}: after {before}, which is no case")
