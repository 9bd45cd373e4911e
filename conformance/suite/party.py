# SPDX-License-Identifier: MIT
"""One end of a connection: the handshake by steps, records as they should be or not (spec 3)."""

import os
from dataclasses import dataclass

from suite.recording import RECEIVED, SENT
from suite.transport import Ended
from make import noise
from make.messages import parse
from make.pack import encode
from make.parties import FRAGMENT_BYTES, SUITE_IDS, framed, preamble
from make.read import Malformed, TooLarge, read

MESSAGE_1_BYTES = {"local": 48, "keyed": 96}
MESSAGE_2_BYTES = 48
REFUSAL_BYTES = 5
REFUSALS = {1: "version", 2: "suite", 3: "busy", 4: "downgrade"}


class Fault(Exception):
    """The peer did what it must not do, or not what it must; `requirements` if it is known which."""

    def __init__(self, text, requirements=()):
        super().__init__(text)
        self.requirements = tuple(requirements)


@dataclass
class Keys:
    """What this side holds: `psk` for suite local; for keyed `secret` and the peer's `public`."""

    psk: bytes = b""
    secret: bytes = b""
    public: bytes = b""

    def suites(self):
        """Those these keys suffice for."""
        return [name for name, there in (("local", self.psk), ("keyed", self.secret)) if there]


@dataclass
class Message:
    """A whole message: its octets and what they say (`type` and `elements`, None if nothing)."""

    octets: bytes
    type: int
    elements: list


def flipped(octets, places):
    """Bit 0 of these octets changed; negative places count from the end."""
    changed = bytearray(octets)
    for place in places if isinstance(places, list) else [places]:
        changed[place] ^= 1
    return bytes(changed)


def _readable(octets):
    """What octets say, or None if nothing."""
    try:
        return read(octets)
    except (Malformed, TooLarge):
        return None


class Party:
    """A client's end (initiator) or a server's. Fragments what it sends, joins what it receives."""

    def __init__(self, transport, recording, keys, name="a", is_client=True):
        self.transport, self.recording, self.keys = transport, recording, keys
        self.name, self.is_client = name, is_client
        self.suite, self.prologue = "local", b""
        self.handshake = None
        self.sending_key = self.receiving_key = None
        self.sent_records = self.received_records = 0
        self.ephemeral = b""  # the peer's, as it came
        self.last_sent = b""  # the last record, as it went
        self.max_message = 16777216
        self.peer_hello = {}
        self.closed = False  # has sent CLOSE
        self.has_lost = False  # a record was left out: no later one decrypts
        self.last_id = 0  # the largest of our calls
        self._cut_off = b""  # of a record that has been sent in part
        self._outgoing = b""  # fragments of a message that is not whole yet

    # The handshake

    def send_preamble(self, suite="local", text=b"BRIG", version=1, highest=1, last=0):
        """Octets 0 to 7 of a connection, right or not."""
        names = {number: name for name, number in SUITE_IDS.items()}
        self.suite = names.get(SUITE_IDS.get(suite, suite), "local")
        self.prologue = preamble(suite, version, highest, text, last)
        self.transport.send(self.prologue)
        self.recording.add(SENT, "preamble", self.prologue, connection=self.name)

    def begin(self, **changes):
        """The Noise state of this side; `changes` are keys in place of its own."""
        mine = {"e": changes.get("e") or os.urandom(32)}
        if self.suite == "local":
            mine["psk"] = changes.get("psk") or self.keys.psk
        else:
            mine["s"] = changes.get("s") or self.keys.secret
            if self.is_client:
                mine["rs"] = changes.get("rs") or self.keys.public
        self.handshake = noise.Handshake(self.suite, changes.get("prologue") or self.prologue,
                                         self.is_client, **mine)

    def send_handshake(self, what, body, length=None, flip=(), keep=None):
        """A Noise message with its length; changed, cut to `keep` octets, or announced as another."""
        wire = framed(flipped(body, flip) if flip != () else body, length)
        wire = wire[:keep] if keep is not None else wire
        is_broken = length is not None or flip != () or keep is not None
        self.transport.send(wire, cuts=(0, 1, 2))
        self.last_sent = wire
        self.recording.add(SENT, what, wire, connection=self.name, broken=is_broken)

    def read_message_2(self):
        """The server's answer; a refusal in its place is a Fault."""
        try:
            length = int.from_bytes(self.transport.receive(2), "big")
        except Ended as ended:
            raise Fault(f"{ended} before handshake message 2") from ended
        if length == 0:
            raise Fault(f"a refusal in place of handshake message 2: {self._refusal_of(b'')}")
        if length != MESSAGE_2_BYTES:
            raise Fault(f"handshake message 2 is announced with {length} octets", ["CHN-014"])
        body = self._take(length, "handshake message 2")
        self.recording.add(RECEIVED, "message 2", framed(body), connection=self.name)
        self.ephemeral = body[:32]
        try:
            self.handshake.read(body)
        except noise.HandshakeError as error:
            raise Fault(f"handshake message 2 does not decrypt: {error}") from error
        self.split()

    def split(self):
        """The keys of the records."""
        first, second = self.handshake.split()
        self.sending_key, self.receiving_key = (
            (first, second) if self.is_client else (second, first))

    def read_refusal(self):
        """{reason, lowest, highest} of the 5 octets that stand in place of message 2."""
        return self._refusal_of(self._take(2, "a refusal"))

    def _refusal_of(self, start):
        wire = start or bytes(2)
        if wire != bytes(2):
            raise Fault(f"octets {wire.hex()} in place of a refusal", ["CHN-005"])
        wire += self._take(REFUSAL_BYTES - 2, "a refusal")
        self.recording.add(RECEIVED, "refusal", wire, connection=self.name)
        return {"reason": REFUSALS.get(wire[2], str(wire[2])), "lowest": wire[3],
                "highest": wire[4]}

    def _take(self, count, what):
        try:
            return self.transport.receive(count)
        except Ended as ended:
            raise Fault(f"{ended} within {what}") from ended

    # Records

    def seal(self, plaintext, nonce=None, key="own"):
        """The next record; a nonce or a key of one's own choice breaks it."""
        used = self.sending_key if key == "own" else self.receiving_key
        number = self.sent_records if nonce is None else nonce
        sealed = noise.seal(used, number, b"", plaintext)
        self.sent_records += 1
        return sealed

    def send_record(self, plaintext, broken=False, length=None, flip=(), keep=None,
                    extra=b"", part=None, **sealing):
        """One record. `flip`, `keep` and `extra` damage what is sealed, `length` what announces it;
        `part` octets of it go now, the others with send_rest."""
        sealed = self.seal(plaintext, **sealing)
        body = (flipped(sealed, flip) if flip != () else sealed)[:keep] + extra
        wire = framed(body, length)
        self.last_sent = wire
        self._cut_off = b"" if part is None else wire[part:]
        self.transport.send(wire[:part], cuts=(0, 1, 2))
        is_damaged = self.has_lost or body != sealed or length is not None or bool(sealing)
        self.recording.add(SENT, "record", wire, plaintext=plaintext, connection=self.name,
                           message=self._whole(plaintext), broken=broken or is_damaged,
                           sealed_wrong=is_damaged)

    def send_rest(self):
        """What `part` has left of the last record."""
        self.transport.send(self._cut_off)
        self._cut_off = b""

    def _whole(self, plaintext):
        """The message that this record completes, if it does; what it says is remembered."""
        self._outgoing += plaintext[1:]
        if not plaintext or not plaintext[0] & 1:
            return None
        message, self._outgoing = self._outgoing, b""
        match _readable(message):
            case [2, int() as number, *_]:
                self.last_id = max(self.last_id, number)
            case [8, *_]:
                self.closed = True
        return message

    def send_message(self, message, fragments=None, flags=None, **damage):
        """A message as records: whole ones, or cut into `fragments` (sizes; the rest is the last)."""
        octets = message if isinstance(message, bytes) else encode(message)
        pieces, at = [], 0
        for size in fragments or []:
            pieces.append(octets[at : at + size])
            at += size
        rest = octets[at:]
        pieces += [rest[i : i + FRAGMENT_BYTES] for i in range(0, len(rest), FRAGMENT_BYTES)] or [b""]
        for i, piece in enumerate(pieces):
            is_last = i == len(pieces) - 1
            number = int(is_last) if flags is None else flags
            self.send_record(bytes([number]) + piece, broken=flags is not None, **damage)

    def receive_record(self, seconds=None):
        """(flags, fragment) of the peer's next record."""
        length = int.from_bytes(self.transport.receive(2, seconds), "big")
        if length < 1 + noise.TAG_BYTES:
            raise Fault(f"a record of {length} octets", ["CHN-021"])
        body = self._take(length, "a record")
        try:
            plaintext = noise.unseal(self.receiving_key, self.received_records, b"", body)
        except noise.HandshakeError as error:
            self.recording.add(RECEIVED, "record", framed(body), connection=self.name,
                               note="does not decrypt", sealed_wrong=True)
            raise Fault("a record does not decrypt", ["CHN-022"]) from error
        self.received_records += 1
        entry = self.recording.add(RECEIVED, "record", framed(body), plaintext=plaintext,
                                   connection=self.name)
        if plaintext[0] > 1:
            raise Fault(f"a record with the flags {plaintext[0]}", ["CHN-023"])
        if plaintext == b"\0":
            raise Fault("an empty fragment that is not the last", ["CHN-024"])
        return entry, plaintext[0], plaintext[1:]

    def receive_octets(self, seconds=None):
        """The octets of the peer's next message. Ended, if the stream ends before it begins."""
        message, flags = b"", 0
        while not flags:
            try:
                entry, flags, fragment = self.receive_record(seconds)
            except Ended as ended:
                if not message:
                    raise
                raise Fault(f"{ended} within a message") from ended
            message += fragment
            if len(message) > self.max_message:
                raise Fault(f"a message above {self.max_message} octets", ["MSG-013"])
        entry.message = message
        return message

    def receive_message(self, seconds=None):
        """The peer's next message, read strictly; unknown odd types are a later version's."""
        octets = self.receive_octets(seconds)
        try:
            type_, elements = parse(octets)
        except (Malformed, TooLarge) as error:
            raise Fault(f"a message that breaks chapters 5 and 6: {error}: {octets[:40].hex()}",
                        ["ENC-012"]) from error
        return Message(octets, type_, elements)
