# SPDX-License-Identifier: MIT
"""The server's end of a connection that a client under test has made (spec 3)."""

from suite import spec_python  # noqa: F401
from suite.party import MESSAGE_1_BYTES, Fault, Party
from suite.recording import RECEIVED, SENT
from suite.transport import Ended, Late
from make import noise
from make.parties import MAGIC, SUITE_IDS, framed

PREAMBLE_BYTES = 8
SUITES = {number: name for name, number in SUITE_IDS.items()}


class ServerParty(Party):
    """Reads what a client says first; what it answers is right or not."""

    def __init__(self, transport, recording, keys, name):
        super().__init__(transport, recording, keys, name, is_client=False)
        self.early = []  # records that came before our HELLO
        self.has_greeted = False
        self.last_heard_id = 0  # of the client's calls

    def read_preamble(self):
        """{version, suite, highest}, once text and last octet are right."""
        try:
            wire = self.transport.receive(PREAMBLE_BYTES)
        except Ended as ended:
            raise Fault(f"{ended} before a whole preamble", ["CHN-001"]) from ended
        self.recording.add(RECEIVED, "preamble", wire, connection=self.name)
        if wire[:4] != MAGIC or wire[7]:
            raise Fault(f"the preamble {wire.hex(' ')}", ["CHN-001"])
        self.prologue, self.suite = wire, SUITES.get(wire[5], str(wire[5]))
        return {"version": wire[4], "suite": self.suite, "highest": wire[6]}

    def read_message_1(self):
        """The client's handshake message."""
        length = int.from_bytes(self._take(2, "the length of handshake message 1"), "big")
        if length != MESSAGE_1_BYTES.get(self.suite):
            raise Fault(f"handshake message 1 is announced with {length} octets", ["CHN-001"])
        body = self._take(length, "handshake message 1")
        self.recording.add(RECEIVED, "message 1", framed(body), connection=self.name)
        self.ephemeral = body[:32]
        self.begin()
        try:
            self.handshake.read(body)
        except noise.HandshakeError as error:
            raise Fault(f"handshake message 1 does not decrypt: {error}") from error

    def send_message_2(self, point=None, length=None, flip=(), keep=None, psk=None):
        """Our answer. `point` takes the place of our ephemeral key, `psk` that of the shared key."""
        if psk is not None:
            self.begin(psk=psk)
            # Whoever has another key cannot have read message 1; it answers nevertheless.
            self.handshake.mix_psk()
            self.handshake.re = self.ephemeral
            self.handshake.index = 1
        if point is not None:
            self.handshake.mix_dh = lambda token: self.handshake.mix_key(bytes(32))
        body = self.handshake.write(ephemeral=point)
        self.send_handshake("message 2", body, length, flip, keep)
        self.split()

    def send_refusal(self, reason, lowest, highest, keep=None):
        """The 5 octets in place of message 2."""
        wire = (bytes(2) + bytes([reason, lowest, highest]))[:keep]
        self.transport.send(wire, cuts=(0, 1, 2))
        self.recording.add(SENT, "refusal", wire, connection=self.name, broken=keep is not None)

    def take_early(self, seconds):
        """Reads what comes before our HELLO, until nothing has come for so long (SES-010)."""
        while True:
            try:
                self.early.append(super().receive_record(seconds))
            except Late:
                break
            if not self.early[-1][1]:
                raise Fault("a message of more than one fragment before the server's HELLO",
                            ["SES-010"])

    def receive_record(self, seconds=None):
        if self.early:
            return self.early.pop(0)
        entry, flags, fragment = super().receive_record(seconds)
        if not flags and not self.has_greeted:
            raise Fault("a message of more than one fragment before the server's HELLO", ["SES-010"])
        return entry, flags, fragment

    def receive_message(self, seconds=None):
        message = super().receive_message(seconds)
        if message.type == 2:
            if message.elements[0] <= self.last_heard_id:
                raise Fault(f"a CALL with id {message.elements[0]} behind {self.last_heard_id}", ["SES-001"])
            self.last_heard_id = message.elements[0]
        return message
