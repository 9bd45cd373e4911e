# SPDX-License-Identifier: MIT
"""Cases for clients out of the test vectors: what a server tells them, right or with one defect."""

from oracle import values
from suite.case_files import load_requirements, make_case
from suite.client_steps import CLIENT
from suite.vector_cases import _expanded, _octets, _slug, _vectors
from make.pack import Ext, Raw
from make.read import read

# How a value may stand in a message is what a client SHOULD check (ENC-015); the rest it has to.
ENCODING = ("ENC-", "VAL-")
HEAD = {"role": "client"}


class _Section:
    def __init__(self, name):
        self.name, self.cases, self.seen = f"client-vectors-{name}", [], {}
        self.requirements = load_requirements()

    def add(self, title, requirements, steps, breaks=()):
        slug = _slug(title)
        self.seen[slug] = self.seen.get(slug, 0) + 1
        if self.seen[slug] > 1:
            slug += f"-{self.seen[slug]}"
        raw = {"id": slug, "title": title, "requirements": list(dict.fromkeys(requirements)),
               "writings": ["whole"], "breaks": list(breaks), "steps": steps}
        self.cases.append(make_case(self.name, HEAD, raw, CLIENT, self.requirements))


def _demanded(ids):
    """Of a client: what is a rule of encoding is advice to it."""
    return ["ENC-015" if one.startswith(ENCODING) else one for one in ids]


def _breaches(row):
    """What a sender of this value breaks."""
    value = read(_octets(row, "bytes"))
    found = [broken.requirement for broken in values.judge(value, "")]
    return [*found, *(["VER-005"] if isinstance(value, Ext) else [])]


def _kept(row):
    """The call fails, or the value is kept as data; the session goes on."""
    return [{"evaluating": "twice", "code": "first"}, {"answer": Raw(_octets(row, "bytes"))},
            {"called": "brig.eval"}, {"answer": 2}, {"tells": {"did": "open"}},
            {"tells": {"did": "eval"}}, {"tells": {"did": "eval", "value": 2}}]


def value_cases():
    """Every value comes back as it was; wrong ones are refused, or fail one call."""
    vectors, section = _vectors("values"), _Section("values")
    for row in vectors["accepted"]:
        if _breaches(row):
            # A receiver takes it; a sender would send something else, and so does not send it back.
            section.add(row["name"], ["VER-006" if "VER-005" in _breaches(row) else "VAL-010"],
                        _kept(row), _breaches(row))
            continue
        section.add(row["name"], ["VAL-021", "VAL-022"], [
            {"evaluating": "back", "code": "first"}, {"answer": Raw(_octets(row, "bytes"))},
            {"returned": row["bytes"]}, {"answer": 2}])
    for row in vectors["refused"]:
        if row["layer"] == "encoding":
            section.add(row["name"], ["ENC-015"], [
                "evaluating", {"answer": Raw(_octets(row, "bytes"))}, {"end": {"close": "protocol"}}])
        else:
            section.add(row["name"], ["VAL-026", "VAL-027"], _kept(row), _breaches(row))
    return section.cases


def message_cases():
    """Messages with one defect, in place of the answer that the client waits for."""
    vectors, section = _vectors("messages"), _Section("messages")
    rows = [(row, _octets(row, "bytes")) for row in vectors["refused"]]
    rows += [(row, _expanded(row)) for row in vectors["generated"] if row["status"] != "ok"]
    for row, octets in rows:
        code = "too_large" if row["status"] == "too_large" else "protocol"
        section.add(row["name"], _demanded(row["requirements"]),
                    ["evaluating", {"send": Raw(octets)}, {"end": {"close": code}}])
    return section.cases


def cases():
    """All of them."""
    return value_cases() + message_cases()
