# SPDX-License-Identifier: MIT
"""Steps of role codec: questions, and what the answer must be (README.md, "A codec")."""

from suite.party import Fault
from suite.pattern import mismatch
from suite.play import Verbs
from make import noise
from make.messages import parse
from make.read import Malformed, TooLarge

CODEC = Verbs()


@CODEC.verb("ask")
def ask(play, value):
    """A request: {do: KIND, …}."""
    play.ask(value)


@CODEC.verb("says")
def says(play, value):
    """The last answer, as a pattern."""
    reason = mismatch(value, play.answer, "answer", play.bound)
    if reason:
        raise Fault(reason)


def _records(octets):
    """The records that these octets are, without their lengths."""
    records = []
    while octets:
        length = int.from_bytes(octets[:2], "big")
        if len(octets) < 2 + length or length < 17:
            raise Fault(f"octets that are no record: {octets[:40].hex()}")
        records.append(octets[2 : 2 + length])
        octets = octets[2 + length :]
    return records


def _message(sealed, key, nonce):
    try:
        plaintext = noise.unseal(bytes.fromhex(key), nonce, b"", sealed)
        type_, elements = parse(plaintext[1:])
    except (noise.HandshakeError, Malformed, TooLarge) as error:
        raise Fault(f"what it has sent is no message: {error}") from error
    if plaintext[0] != 1:
        raise Fault(f"a record with flags {plaintext[0]}")
    return [type_, *elements]


@CODEC.verb("sent", "key", "nonce", "behind")
def sent(play, value, key="", nonce=0, behind=""):
    """What it has said after the last part: a record for each of these messages, with this key and nonces
    from this one on, `behind` other octets. A pattern may leave out elements at the end."""
    octets = bytes.fromhex(play.answer["sent"][-1])
    if not octets.hex().startswith(behind):
        raise Fault(f"it does not begin with {behind}: {octets[:60].hex()}")
    records = _records(octets[len(behind) // 2 :])
    if len(records) != len(value):
        raise Fault(f"{len(records)} records in place of {len(value)}")
    for i, (wanted, sealed) in enumerate(zip(value, records)):
        message = _message(sealed, key, nonce + i)[: len(wanted)]
        reason = mismatch(wanted, message, "sent", play.bound)
        if reason:
            raise Fault(reason)
