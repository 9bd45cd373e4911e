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


@CODEC.verb("sent", "key", "nonce")
def sent(play, value, key="", nonce=0):
    """After the last part it has said one record with this key and nonce: a message [type, code]."""
    octets = bytes.fromhex(play.answer["sent"][-1])
    length = int.from_bytes(octets[:2], "big")
    if len(octets) < 2 or len(octets) - 2 != length:
        raise Fault(f"{len(octets)} octets that are not one record: {octets[:40].hex()}")
    try:
        plaintext = noise.unseal(bytes.fromhex(key), nonce, b"", octets[2:])
        type_, elements = parse(plaintext[1:])
    except (noise.HandshakeError, Malformed, TooLarge) as error:
        raise Fault(f"what it has sent is no message: {error}") from error
    if plaintext[0] != 1:
        raise Fault(f"a record with flags {plaintext[0]}")
    reason = mismatch(value, [type_, *elements[: len(value) - 1]], "sent", play.bound)
    if reason:
        raise Fault(reason)
