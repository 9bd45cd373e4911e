# SPDX-License-Identifier: MIT
"""Where a mutation may strike: a message of a session, an object in a message."""
from .registry import pack
from .sessions import PEER_SAYS


def pick(rng, session, kind=PEER_SAYS):
    """A step of the peer that is still a list of elements, or None."""
    steps = [s for s in session.steps if s.kind == kind and isinstance(s.message, list) and s.message]
    return rng.choice(steps) if steps else None


def paths(value, path=()):
    """Every object in a message, by how it is reached."""
    yield path
    match value:
        case list():
            for i, element in enumerate(value):
                yield from paths(element, (*path, i))
        case dict():
            for key, element in value.items():
                yield from paths(element, (*path, key))
        case pack.Annotated():
            yield from paths(value.base, (*path, "base"))
            yield from paths(value.attributes, (*path, "attributes"))


def get(value, path):
    for key in path:
        value = getattr(value, key) if isinstance(value, pack.Annotated) else value[key]
    return value


def replaced(value, path, new):
    """A copy with another object at that place."""
    if not path:
        return new
    inside = replaced(get(value, path[:1]), path[1:], new)
    match value:
        case list():
            return [*value[: path[0]], inside, *value[path[0] + 1 :]]
        case dict():
            return {**value, path[0]: inside}
    base, attributes = (inside, value.attributes) if path[0] == "base" else (value.base, inside)
    return pack.Annotated(value.kind, base, attributes)


def at_random(rng, session, change, leave=None):
    """Replace one object below the message; what is called `leave` would have two defects."""
    if step := pick(rng, session):
        path = rng.choice([p for p in paths(step.message) if p and p[-1] != leave])
        step.message = replaced(step.message, path, change(rng, get(step.message, path)))
