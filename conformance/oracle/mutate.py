# SPDX-License-Identifier: MIT
"""Structured damage to sessions: to their order, their messages and their encoding; and which damage there is."""
import json
import struct

from . import generate
from .octets import (add_record, append_message, change_flags, cut_octets, damage, flip, fragment, insert_octet,
                     lengthen)  # fmt: skip
from .places import at_random, get, paths, pick, replaced
from .registry import REGISTRY, SPEC, pack
from .sessions import PEER_SAYS, WE_SAY, Step

LIMITS = REGISTRY.limits
IDS = [0, 1, 2, 2**53 - 1, 2**53, 2**64 - 1, -1, None, 1.0, True, "1"]
TYPES = [*range(11), 11, 254, 255, 256, 257, -1, "2", True, 2.0, None]
STRANGE_TEXTS = ["a180", "a1c3", "a2c0af", "a3eda080", "a4f4908080", "a1ff"]
FORBIDDEN = ["c1", "ca3fc00000", "d400ff", "c70001", "d4020f", "d40200", "d40103", "c7020106ff", "d40301", "d40480"]


def read_vectors():
    """Encoded values of the test vectors: refused ones, for what they mean or for their form, and right ones."""
    rows = json.loads((SPEC / "vectors/values.json").read_text())
    return [pack.raw(row["bytes"]) for row in rows["refused"] + rows["accepted"]]


VECTORS = read_vectors()


# Order


def swap(rng, session):
    if len(session.steps) > 1:
        i = rng.randrange(len(session.steps) - 1)
        session.steps[i], session.steps[i + 1] = session.steps[i + 1], session.steps[i]


def duplicate(rng, session):
    i = rng.randrange(len(session.steps))
    session.steps.insert(rng.randrange(i, len(session.steps)) + 1, session.steps[i])


def drop(rng, session):
    if len(session.steps) > 1:
        del session.steps[rng.randrange(len(session.steps))]


def add_message(rng, session):
    message = rng.choice([
        [0, {"software": "again"}], [1, 1, "stdout", b"", {}], [2, 2**53 - 1, "brig.ping", {}, {}],
        [4, 1, None, {}], [6, 1, "tool", "fix", "", {}], [8, "done", ""], [10], [3], [],
    ])  # fmt: skip
    session.steps.insert(rng.randrange(len(session.steps) + 1), Step(PEER_SAYS, message))


def call_more(rng, session):
    """One call more than the limit, behind those that are open."""
    name = rng.choice(["brig.ping", "brig.info"])
    most = LIMITS["max_control_calls" if REGISTRY.is_control(name) else "max_calls"]
    first = 2**52
    session.steps += [Step(PEER_SAYS, [2, first + i, name, {}, {}]) for i in range(most + 1)]


# Messages


def change_id(rng, session):
    step = pick(rng, session)
    if step and len(step.message) > 1:
        old = step.message[1]
        near = [old - 1, old + 1] if isinstance(old, int) and abs(old) < 2**63 else []
        step.message = [step.message[0], rng.choice(IDS + near), *step.message[2:]]


def change_our_id(rng, session):
    """We answer what nobody asked."""
    step = pick(rng, session, WE_SAY)
    if step and step.message[0] != 2:
        step.message = [step.message[0], rng.choice([1, 2, 3, 2**53 - 1]), *step.message[2:]]


def send_more(rng, session):
    """We call more often than the peer accepts."""
    name = rng.choice(["brig.ping", "add"])
    session.steps += [Step(WE_SAY, [2, 0, name, {}, {}])] * (LIMITS["max_calls"] + 1)


def change_type(rng, session):
    if step := pick(rng, session):
        step.message = [rng.choice(TYPES), *step.message[1:]]


def cut_elements(rng, session):
    if step := pick(rng, session):
        step.message = step.message[: rng.randrange(len(step.message))]


def add_elements(rng, session):
    if step := pick(rng, session):
        step.message = step.message + [generate.value(rng) for _ in range(rng.randrange(1, 3))]


def change_hello(rng, session):
    """A bound of the peer, just within its range or just outside."""
    hellos = [s for s in session.steps if s.kind == PEER_SAYS and isinstance(s.message, list) and s.message[:1] == [0]]
    if hellos and len(hellos[0].message) > 1 and isinstance(hellos[0].message[1], dict):
        edges = {"max_calls": [0, 1, 64, 65, 2**53 - 1, 2**53, -1, 1.0],
                 "max_message": [LIMITS["fragment_bytes"] - 1, LIMITS["max_message_ceiling_bytes"] + 1, 0, None]}  # fmt: skip
        key = rng.choice(list(edges))
        hellos[0].message = [0, {**hellos[0].message[1], key: rng.choice(edges[key])}, *hellos[0].message[2:]]


def stretch(rng, session):
    """A text among the elements, as long as names and messages may be."""
    step = pick(rng, session)
    texts = [i for i, element in enumerate(step.message) if isinstance(element, str)] if step else []
    if texts:
        i = rng.choice(texts)
        text = "x" * rng.choice([0, 1, 64, 65, 255, 256, 8192, 8193])
        step.message = step.message[:i] + [text] + step.message[i + 1 :]


def change_number(rng, session):
    """An integer becomes its neighbour, or an edge of what may stand there."""
    step = pick(rng, session)
    numbers = [p for p in paths(step.message) if len(p) > 1 and type(get(step.message, p)) is int] if step else []
    if numbers:
        path = rng.choice(numbers)
        old = get(step.message, path)
        near = [old - 1, old + 1] if abs(old) < 2**63 else []
        step.message = replaced(step.message, path, rng.choice([0, -1, 15, 16, 2**53 - 1, 2**53, 2**63, *near]))


def change_element(rng, session):
    if step := pick(rng, session):
        i = rng.randrange(len(step.message))
        step.message = step.message[:i] + [strange(rng)] + step.message[i + 1 :]


def strange(rng):
    edges = ["", "x" * 64, "x" * 65, "x" * 255, "x" * 256, "x" * 8192, "é" * 4097, {}, [], b""]
    return rng.choice(edges) if rng.random() < 0.6 else generate.value(rng)


# Below the elements


def change_value(rng, session):
    at_random(rng, session, lambda rng, _: strange(rng))


def change_map(rng, session):
    """A key more, less, or with another name."""
    step = pick(rng, session)
    maps = [p for p in paths(step.message) if isinstance(get(step.message, p), dict)] if step else []
    if not maps:
        return
    path = rng.choice(maps)
    old = dict(get(step.message, path))
    if old and rng.random() < 0.6:
        removed = old.pop(rng.choice(list(old)))
        if rng.random() < 0.5:
            old["renamed"] = removed
    else:
        old[rng.choice(["later", "", "software", "type", "keep_ms"])] = generate.value(rng)
    step.message = replaced(step.message, path, old)


def longer(rng, value):
    """The same object in a form that is not the shortest."""
    octets = pack.encode(value)
    match value:
        case bool() | None | float():
            return pack.raw(rng.choice(FORBIDDEN))
        case int() if value >= 0:
            code, form = rng.choice(((0xCF, ">Q"), (0xD3, ">q")) if value < 2**63 else ((0xD3, ">Q"),))
            return pack.Raw(bytes([code]) + struct.pack(form, value))
        case int():
            return pack.Raw(b"\xd3" + struct.pack(">q", value))
        case str():
            data = value.encode()
            return pack.Raw(b"\xdb" + struct.pack(">I", len(data)) + data)
        case bytes():
            return pack.Raw(b"\xc6" + struct.pack(">I", len(value)) + value)
        case list():
            return pack.Raw(b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack.encode, value)))
        case dict():
            pairs = b"".join(pack.encode(k) + pack.encode(v) for k, v in value.items())
            return pack.Raw(b"\xdf" + struct.pack(">I", len(value)) + pairs)
    if octets[0] in (0xC7, 0xC8, 0xC9):
        return pack.Raw(octets[:1] + b"\x7f" + octets[2:])  # an ext of another length
    if 0xD4 <= octets[0] <= 0xD8:
        return pack.Raw(bytes([0xC7, 1 << octets[0] - 0xD4]) + octets[1:])  # a fixext that is none
    return pack.raw(rng.choice(FORBIDDEN))  # octets of another mutation


def encode_longer(rng, session):
    at_random(rng, session, longer)


def encode_strange(rng, session):
    at_random(rng, session, lambda rng, _: pack.raw(rng.choice(STRANGE_TEXTS + FORBIDDEN)))


def take_vector(rng, session):
    at_random(rng, session, lambda rng, _: rng.choice(VECTORS))


def bring_vector(rng, session):
    """Where a value belongs: what a message brings."""
    step = pick(rng, session)
    places = {1: 3, 4: 2}
    if step and step.message[0] in (1, 4) and len(step.message) > 3:
        at = places[step.message[0]]
        step.message = step.message[:at] + [rng.choice(VECTORS)] + step.message[at + 1 :]


def encode_keys(rng, session):
    """Keys that occur twice or are no texts."""
    maps = ["82a161c0a161c0", "8101c0", "81c0c0", "81c40161c0", "83a161c0a162c0a161c0", "82a0c0a0c0"]
    at_random(rng, session, lambda rng, _: pack.raw(rng.choice(maps)))


def nest(rng, session):
    """About as deep as messages may be."""
    around = rng.choice([b"\x91", b"\x81\xa1k"])
    levels = rng.randrange(26, 33)
    at_random(rng, session, lambda _, value: pack.Raw(around * levels + pack.encode(value)), leave="attributes")


def widen(rng, session):
    """About as many keys as maps may have."""
    count = LIMITS["max_map_keys"] + rng.choice([-2, -1, 0, 1])
    at_random(rng, session, lambda rng, _: {str(i): None for i in range(count)})


MUTATIONS = [
    swap, duplicate, drop, add_message, change_id, change_our_id, change_type, cut_elements, add_elements, change_element,
    change_hello, stretch, change_number, change_value, change_value, change_map, change_map, encode_longer, encode_strange,
    encode_keys, take_vector, bring_vector, nest, cut_octets, flip, flip, insert_octet, append_message, change_flags,
    add_record, damage, fragment,
]  # fmt: skip
RARE = [call_more, send_more, widen, lengthen]  # they take a thousand times as long


def mutate(rng, session):
    """One change or two; the session keeps their names."""
    for _ in range(1 if rng.random() < 0.8 else 2):
        change = rng.choice(RARE if rng.random() < 0.02 else MUTATIONS)
        change(rng, session)
        session.mutations.append(change.__name__)


def mutate_schema(rng, session):
    """One object of the declaration or of the arguments."""
    change = rng.choice([change_value, change_map, change_number])
    for step in session.steps:
        step.kind = PEER_SAYS
    change(rng, session)
    for step in session.steps:
        step.kind = "schema"
    session.mutations.append(change.__name__)
