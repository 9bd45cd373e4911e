# SPDX-License-Identifier: MIT
"""Patterns: what may come back (README.md, "Patterns")."""

import re

import yaml

from suite.notation import Loader, NotationError
from make.pack import Annotated, Ext, Missing, Opaque, Raw, Vector, encode, notation

KINDS = {
    "nil": lambda v: v is None,
    "bool": lambda v: isinstance(v, bool),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "uint": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
    "float": lambda v: isinstance(v, float),
    "text": lambda v: isinstance(v, str),
    "bin": lambda v: isinstance(v, bytes),
    "array": lambda v: isinstance(v, list),
    "map": lambda v: isinstance(v, dict),
    "ext": lambda v: isinstance(v, (Vector, Missing, Annotated, Opaque, Ext)),
}
ABSENT = object()


def show(value):
    """A value for a sentence."""
    if value is ABSENT:
        return "nothing"
    text = notation(value)
    return text if len(text) <= 200 else text[:190] + f"… ({len(text)} characters)"


class Pattern:
    """Says of a value why it does not fit, or None. `bound` holds what !bind has seen."""

    def mismatch(self, value, path, bound):
        raise NotImplementedError

    def fits_absence(self):
        """May the key be missing?"""
        return False


class Anything(Pattern):
    def mismatch(self, value, path, bound):
        return None


class Kind(Pattern):
    def __init__(self, name):
        if name not in KINDS:
            raise NotationError(f"!kind {name}: no such kind")
        self.name = name

    def mismatch(self, value, path, bound):
        return None if KINDS[self.name](value) else f"{path}: {show(value)} is no {self.name}"


class Absent(Pattern):
    def mismatch(self, value, path, bound):
        return None if value is ABSENT else f"{path}: {show(value)}, where nothing may be"

    def fits_absence(self):
        return True


class Maybe(Pattern):
    """The key may be missing; if it is there, the rest holds."""

    def __init__(self, inner):
        self.inner = inner

    def mismatch(self, value, path, bound):
        return None if value is ABSENT else mismatch(self.inner, value, path, bound)

    def fits_absence(self):
        return True


class Search(Pattern):
    """A text, or octets, in which the expression is found."""

    def __init__(self, expression):
        self.expression = re.compile(expression, re.DOTALL)

    def mismatch(self, value, path, bound):
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
        if isinstance(text, str) and self.expression.search(text):
            return None
        return f"{path}: {show(value)} is not like {self.expression.pattern!r}"


class OneOf(Pattern):
    def __init__(self, choices):
        if not choices:
            raise NotationError("!one_of nothing")
        self.choices = choices

    def mismatch(self, value, path, bound):
        reasons = [mismatch(one, value, path, bound) for one in self.choices]
        return reasons[0] if all(reasons) else None


class Between(Pattern):
    def __init__(self, low, high):
        self.low, self.high = low, high

    def mismatch(self, value, path, bound):
        if KINDS["int"](value) or KINDS["float"](value):
            if (self.low is None or value >= self.low) and (self.high is None or value <= self.high):
                return None
        return f"{path}: {show(value)} is not between {self.low} and {self.high}"


class Size(Pattern):
    """Octets of a text or bin, elements of an array, entries of a map."""

    def __init__(self, low, high):
        self.between = Between(low, high)

    def mismatch(self, value, path, bound):
        if not isinstance(value, (str, bytes, list, dict)):
            return f"{path}: {show(value)} has no size"
        size = len(value.encode() if isinstance(value, str) else value)
        return self.between.mismatch(size, f"{path}: its size", bound)


class Only(Pattern):
    """A map with these keys and no others."""

    def __init__(self, entries):
        self.entries = entries

    def mismatch(self, value, path, bound):
        reason = mismatch(self.entries, value, path, bound)
        if reason:
            return reason
        further = [key for key in value if key not in self.entries]
        return f"{path}: the key {further[0]!r}, which may not be there" if further else None


class Each(Pattern):
    """An array each of whose elements fits."""

    def __init__(self, inner):
        self.inner = inner

    def mismatch(self, value, path, bound):
        if not isinstance(value, list):
            return f"{path}: {show(value)} is no array"
        reasons = (mismatch(self.inner, one, f"{path}/{i}", bound) for i, one in enumerate(value))
        return next((reason for reason in reasons if reason), None)


class Contains(Pattern):
    """An array one of whose elements fits."""

    def __init__(self, inner):
        self.inner = inner

    def mismatch(self, value, path, bound):
        if not isinstance(value, list):
            return f"{path}: {show(value)} is no array"
        reasons = [mismatch(self.inner, one, f"{path}/{i}", bound) for i, one in enumerate(value)]
        return None if None in reasons else f"{path}: no element fits"


class Bind(Pattern):
    """Remembers what stands here."""

    def __init__(self, name, inner):
        self.name, self.inner = name, inner

    def mismatch(self, value, path, bound):
        bound[self.name] = value
        return mismatch(self.inner, value, path, bound)


class Seen(Pattern):
    """What !bind has remembered (`same`), or anything else (not `same`)."""

    def __init__(self, name, same):
        self.name, self.same = name, same

    def mismatch(self, value, path, bound):
        if self.name not in bound:
            return f"{path}: nothing is bound to {self.name}"
        if (differs(bound[self.name], value) is None) == self.same:
            return None
        return f"{path}: {show(value)} is {'not ' if self.same else ''}what was seen before"


def differs(expected, value):
    """Two values are the same if their octets are: 1 is not 1.0, -0.0 is not 0.0."""
    return None if value is not ABSENT and encode(expected) == encode(value) else "differs"


def mismatch(pattern, value, path, bound):
    """Why a value does not fit a pattern; None if it does."""
    if isinstance(pattern, Pattern):
        return pattern.mismatch(value, path, bound)
    if value is ABSENT:
        return f"{path}: is missing"
    if isinstance(pattern, dict) and isinstance(value, dict):
        for key, inner in pattern.items():
            reason = mismatch(inner, value.get(key, ABSENT), f"{path}/{key}", bound)
            if reason:
                return reason
        return None
    if isinstance(pattern, list) and isinstance(value, list):
        if len(pattern) != len(value):
            return f"{path}: {len(value)} elements in place of {len(pattern)}: {show(value)}"
        reasons = (mismatch(inner, one, f"{path}/{i}", bound)
                   for i, (inner, one) in enumerate(zip(pattern, value)))
        return next((reason for reason in reasons if reason), None)
    if isinstance(pattern, (dict, list)):
        return f"{path}: {show(value)} is another kind of thing"
    if differs(pattern, value):
        wanted = pattern.data.hex() if isinstance(pattern, Raw) else show(pattern)
        return f"{path}: {show(value)} in place of {wanted}"
    return None


def _sequence(loader, node):
    return loader.construct_sequence(node, deep=True)


def _any_node(loader, node):
    """The content of a tagged node, whatever its shape; an untagged scalar is resolved."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_object(
            yaml.MappingNode("tag:yaml.org,2002:map", node.value, node.start_mark), deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    tag = loader.resolve(yaml.ScalarNode, node.value, (True, False))
    return loader.construct_object(yaml.ScalarNode(tag, node.value, node.start_mark), deep=True)


def _inner(loader, node):
    """A tag's one pattern. YAML has no two tags on one node: [P] is P, and [[]] an empty array."""
    content = _any_node(loader, node)
    if isinstance(content, list):
        if len(content) != 1:
            raise NotationError(f"{node.start_mark}: {node.tag} [P] has one pattern")
        return content[0]
    return content


def _bind(loader, node):
    content = _any_node(loader, node)
    if isinstance(content, list):
        return Bind(*content)
    return Bind(content, Anything())


TAGS = {
    "!any": lambda loader, node: Anything(),
    "!absent": lambda loader, node: Absent(),
    "!kind": lambda loader, node: Kind(loader.construct_scalar(node)),
    "!maybe": lambda loader, node: Maybe(_inner(loader, node)),
    "!search": lambda loader, node: Search(loader.construct_scalar(node)),
    "!one_of": lambda loader, node: OneOf(_sequence(loader, node)),
    "!between": lambda loader, node: Between(*_sequence(loader, node)),
    "!size": lambda loader, node: Size(*_sequence(loader, node)),
    "!only": lambda loader, node: Only(_any_node(loader, node)),
    "!each": lambda loader, node: Each(_inner(loader, node)),
    "!contains": lambda loader, node: Contains(_inner(loader, node)),
    "!bind": _bind,
    "!same": lambda loader, node: Seen(loader.construct_scalar(node), True),
    "!other": lambda loader, node: Seen(loader.construct_scalar(node), False),
}
for tag, constructor in TAGS.items():
    Loader.add_constructor(tag, constructor)
