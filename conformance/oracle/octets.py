# SPDX-License-Identifier: MIT
"""Damage below messages: to their octets, and to the records that carry them."""
from .places import pick, replaced
from .registry import REGISTRY, pack
from .sessions import PEER_SAYS, Step

LIMITS = REGISTRY.limits


def octets_of(rng, session):
    step = pick(rng, session)
    if step:
        step.message = pack.encode(step.message)
    return step


def cut_octets(rng, session):
    if step := octets_of(rng, session):
        step.message = step.message[: rng.randrange(len(step.message))]


def flip(rng, session):
    if step := octets_of(rng, session):
        i = rng.randrange(len(step.message))
        step.message = step.message[:i] + bytes([step.message[i] ^ 1 << rng.randrange(8)]) + step.message[i + 1 :]


def insert_octet(rng, session):
    if step := octets_of(rng, session):
        i = rng.randrange(len(step.message) + 1)
        step.message = step.message[:i] + bytes([rng.randrange(256)]) + step.message[i:]


def append_message(rng, session):
    if step := octets_of(rng, session):
        step.message += rng.choice([b"\xc0", step.message, pack.encode([2, 2**53 - 1, "brig.ping", {}, {}])])


# Records


def change_flags(rng, session):
    if step := octets_of(rng, session):
        flags = rng.choice([0, 0, 2, 3, 4, 0x80, 0xFF])
        step.plaintexts = [bytes([flags]) + step.message[: LIMITS["fragment_bytes"]]]


def add_record(rng, session):
    plaintext = rng.choice([b"", b"\0", b"\1", b"\2", b"\0\x92", b"\1\xc0"])
    session.steps.insert(rng.randrange(len(session.steps) + 1), Step(PEER_SAYS, [], plaintexts=[plaintext]))


def damage(rng, session):
    if step := pick(rng, session):
        step.is_damaged = True


def fragment(rng, session):
    """Small fragments; HELLO must not come in more than one."""
    if step := octets_of(rng, session):
        step.cuts = list(range(1, min(len(step.message), 9)))
        if rng.random() < 0.3:
            step.plaintexts = [b"\0" + step.message, b"\1"]


def lengthen(rng, session):
    """About as long as messages, or HELLO, may be."""
    step = pick(rng, session)
    if not step:
        return
    edge = LIMITS["hello_bytes"] if step.message[0] == 0 else LIMITS["fragment_bytes"]
    bare = len(pack.encode(step.message))
    target = edge + rng.choice([-1, 0, 1, 2])
    maps = [i for i, element in enumerate(step.message) if isinstance(element, dict)]
    if maps and target - bare > 300:
        pad = {"pad": "x" * (target - bare - (7 if target - bare < 2**16 else 9))}
        step.message = replaced(step.message, (maps[-1],), {**step.message[maps[-1]], **pad})
