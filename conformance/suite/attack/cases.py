# SPDX-License-Identifier: MIT
"""The catalogue: YAML files, checked key by key, so that a typing error is never a weaker case."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ID = re.compile(r"(FR|FW|SC|[NPKRXETSH])[0-9]+(\.[a-z0-9-]+)?")
PROFILES = ("standard", "tools", "cold")
PROBES_ALLOWED_AT_MOST = 8
LANGUAGES = ("r", "sh", "c")

CASE_KEYS = {"id", "title", "profiles", "language", "code", "steps", "tools", "limits", "env", "stdin",
             "deadline", "expect", "not_applicable", "alone", "times", "through"}
EXPECT_KEYS = {"value", "output", "absent", "error", "violations", "truncated", "calls", "warnings",
               "displays_at_most", "not_opened", "probes", "calls_at_most", "differs_from"}
# What the statement says of memory decides which of two ends is right.
MEMORY_KEYS = {"group", "process"}
ERROR_KEYS = {"code", "state", "message", "reason", "signal", "status"}
STEP_KEYS = {"do", "code", "path", "data", "expect", "deadline_ms", "interrupt_at_output", "tool",
             "session", "times"}
STEPS = ("open", "eval", "reset", "put", "get", "list", "close")


class CaseError(Exception):
    """A case that cannot be understood."""


@dataclass
class Case:
    """One attack in one profile."""

    group: str
    id: str
    title: str
    profile: str = "standard"
    language: str = "r"
    code: str = ""
    steps: list = field(default_factory=list)
    tools: list = field(default_factory=list)
    limits: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    stdin: str = ""
    deadline: float = 20.0
    times: int = 1
    through: str = "json"
    expect: dict = field(default_factory=dict)
    not_applicable: str = ""
    alone: bool = False

    @property
    def name(self):
        """What reports call it."""
        if self.profile == "standard" or self.id.endswith("." + self.profile):
            return self.id
        return f"{self.id} ({self.profile})"


def _known(what, mapping, keys):
    if not isinstance(mapping, dict):
        raise CaseError(f"{what}: a mapping is wanted, not {mapping!r}")
    unknown = sorted(set(mapping) - keys)
    if unknown:
        raise CaseError(f"{what}: unknown keys {', '.join(unknown)}")


def _check_expect(what, expect):
    if isinstance(expect, dict) and set(expect) == MEMORY_KEYS:
        for one in expect.values():
            _check_expect(what, one)
        return
    if isinstance(expect, dict) and set(expect) == {"any"}:
        for one in expect["any"]:
            _check_expect(what, one)
        return
    _known(what, expect, EXPECT_KEYS)
    if not expect:
        raise CaseError(f"{what}: expects nothing, so it could not fail")
    for error in _alternatives(expect.get("error")):
        _known(f"{what}: error", error, ERROR_KEYS)
        if "code" not in error:
            raise CaseError(f"{what}: an error without its code")
    for key in ("output", "absent", "not_opened"):
        if key in expect:
            re.compile(expect[key])


def _alternatives(error):
    if error is None:
        return []
    return error if isinstance(error, list) else [error]


def _check_steps(what, steps):
    if not isinstance(steps, list) or not steps:
        raise CaseError(f"{what}: steps are a list")
    for number, step in enumerate(steps, 1):
        _known(f"{what}: step {number}", step, STEP_KEYS)
        if step.get("do", "eval") not in STEPS:
            raise CaseError(f"{what}: step {number}: no such step")
        if "expect" in step:
            _check_expect(f"{what}: step {number}", step["expect"])
    if not any("expect" in step for step in steps):
        raise CaseError(f"{what}: no step expects anything")


def _check_case(group, raw):
    what = f"{group}: {raw.get('id', 'a case without id') if isinstance(raw, dict) else raw!r}"
    _known(what, raw, CASE_KEYS)
    if not ID.fullmatch(str(raw.get("id", ""))):
        raise CaseError(f"{what}: not an id")
    if not str(raw.get("title", "")).strip():
        raise CaseError(f"{what}: no title")
    if raw.get("language", "r") not in LANGUAGES:
        raise CaseError(f"{what}: unknown language")
    for profile in raw.get("profiles", ["standard"]):
        if profile not in PROFILES:
            raise CaseError(f"{what}: unknown profile {profile}")
    if "not_applicable" in raw:
        if "code" in raw or "steps" in raw:
            raise CaseError(f"{what}: code that does not apply")
        return
    if ("code" in raw) == ("steps" in raw):
        raise CaseError(f"{what}: either code or steps")
    if "steps" in raw:
        _check_steps(what, raw["steps"])
    else:
        _check_expect(what, raw.get("expect", {}))


def _expand(group, raw):
    values = {key: value for key, value in raw.items() if key != "profiles"}
    return [Case(group=group, profile=profile, **values)
            for profile in raw.get("profiles", ["standard"])]


def load_group(path):
    """All cases of one file, one for each profile, and the group's title."""
    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    _known(path.name, content, {"group", "title", "cases"})
    cases = []
    for raw in content["cases"]:
        _check_case(content["group"], raw)
        cases += _expand(content["group"], raw)
    return content["title"], cases


def load_probes(path):
    """{probe: {outcome: [text], why: text}}; what is allowed has to be explained, and to be rare."""
    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    for name, entry in content["probes"].items():
        _known(f"{path.name}: {name}", entry, {"outcome", "why"})
        if "allowed" in entry["outcome"] and not entry.get("why"):
            raise CaseError(f"{path.name}: {name} is allowed and not explained")
    allowed = [name for name, entry in content["probes"].items() if "allowed" in entry["outcome"]]
    if len(allowed) > PROBES_ALLOWED_AT_MOST:
        raise CaseError(f"{path.name}: {len(allowed)} probes are allowed")
    return content["probes"]


def load(directory):
    """The catalogue of a directory: {group: title}, [case]."""
    titles = {}
    cases = []
    for path in sorted(Path(directory).glob("c[0-9]*.yaml")):
        title, found = load_group(path)
        titles[found[0].group] = title
        cases += found
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"{name}: twice")
    return titles, cases
