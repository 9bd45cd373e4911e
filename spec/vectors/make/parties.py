# SPDX-License-Identifier: MIT
"""The fixed keys of all vectors, and a whole connection built from them (spec 3)."""
import hashlib

from . import noise
from .pack import encode

MAGIC = b"BRIG"
SUITE_IDS = {"local": 1, "keyed": 2}
FRAGMENT_BYTES = 65518


def fixed(name):
    """32 bytes that anybody can derive again."""
    return hashlib.sha256(b"brig test vectors: " + name.encode()).digest()


PSK = fixed("psk")
CLIENT_STATIC, SERVER_STATIC = fixed("client static"), fixed("server static")
CLIENT_EPHEMERAL, SERVER_EPHEMERAL = fixed("client ephemeral"), fixed("server ephemeral")


def preamble(suite, version=1, highest=1, magic=MAGIC, last=0):
    return magic + bytes([version, SUITE_IDS.get(suite, suite), highest, last])


def framed(body, length=None):
    return (len(body) if length is None else length).to_bytes(2, "big") + body


def client_keys(suite):
    if suite == "local":
        return {"psk": PSK, "e": CLIENT_EPHEMERAL}
    return {"e": CLIENT_EPHEMERAL, "s": CLIENT_STATIC, "rs": noise.public(SERVER_STATIC)}


def server_keys(suite):
    if suite == "local":
        return {"psk": PSK, "e": SERVER_EPHEMERAL}
    return {"e": SERVER_EPHEMERAL, "s": SERVER_STATIC}


CLIENT_HELLO = [
    0,
    {"software": "example-client 1.0", "capabilities": [], "max_message": 16777216, "max_calls": 64},
]
SERVER_HELLO = [
    0,
    {"software": "example-server 1.0", "capabilities": [], "max_message": 16777216, "max_calls": 64},
]


class Connection:
    """A finished handshake and the record counters of both directions."""

    def __init__(self, suite):
        self.suite, self.preamble = suite, preamble(suite)
        self.client = noise.Handshake(suite, self.preamble, True, **client_keys(suite))
        self.server = noise.Handshake(suite, self.preamble, False, **server_keys(suite))
        self.message_1 = self.client.write()
        self.server.read(self.message_1)
        self.message_2 = self.server.write()
        self.client.read(self.message_2)
        assert self.client.h == self.server.h and self.client.split() == self.server.split()
        self.keys = dict(zip(("client", "server"), self.client.split()))
        self.nonces = {"client": 0, "server": 0}

    def seal(self, sender, plaintext):
        """The next record of one side, without its length."""
        sealed = noise.seal(self.keys[sender], self.nonces[sender], b"", plaintext)
        self.nonces[sender] += 1
        return sealed

    def send(self, sender, message):
        """A message as the rows of its records: every fragment but the last is full."""
        encoded = message if isinstance(message, bytes) else encode(message)
        pieces = [encoded[i : i + FRAGMENT_BYTES] for i in range(0, len(encoded), FRAGMENT_BYTES)]
        rows = []
        for i, piece in enumerate(pieces):
            plaintext = bytes([i == len(pieces) - 1]) + piece
            nonce = self.nonces[sender]
            record = framed(self.seal(sender, plaintext))
            rows.append({"from": sender, "nonce": nonce, "plaintext": plaintext, "record": record})
        return rows
