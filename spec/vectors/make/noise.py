# SPDX-License-Identifier: MIT
"""The two Noise patterns of the channel (spec 3.3), each step kept for readers of the vectors."""
import hashlib
import hmac

from nacl import bindings

TOKENS = {
    "local": ([], [["psk", "e"], ["e", "ee"]]),
    "keyed": (["s"], [["e", "es", "s", "ss"], ["e", "ee", "se"]]),
}
NAMES = {
    "local": b"Noise_NNpsk0_25519_ChaChaPoly_SHA256",
    "keyed": b"Noise_IK_25519_ChaChaPoly_SHA256",
}
TAG_BYTES = 16


class HandshakeError(Exception):
    """A handshake message that must be refused."""


def public(secret):
    return bindings.crypto_scalarmult_base(secret)


def dh(secret, peer):
    """X25519. libsodium itself refuses an all-zero result."""
    try:
        return bindings.crypto_scalarmult(secret, peer)
    except Exception as error:
        raise HandshakeError("the Diffie-Hellman result is all zeros") from error


def seal(key, nonce, associated, plaintext):
    number = bytes(4) + nonce.to_bytes(8, "little")
    return bindings.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, associated, number, key)


def unseal(key, nonce, associated, sealed):
    number = bytes(4) + nonce.to_bytes(8, "little")
    try:
        return bindings.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, associated, number, key)
    except Exception as error:
        raise HandshakeError("authentication fails") from error


def hkdf(chaining_key, material, count):
    temp = hmac.digest(chaining_key, material, "sha256")
    outputs, last = [], b""
    for i in range(1, count + 1):
        last = hmac.digest(temp, last + bytes([i]), "sha256")
        outputs.append(last)
    return outputs


class Handshake:
    """One side. `steps` collects every intermediate value by name."""

    def __init__(self, suite, prologue, initiator, **keys):
        """keys: psk, e (secret), s (secret), rs (public)."""
        self.pattern = TOKENS[suite][1]
        self.initiator, self.keys, self.index = initiator, keys, 0
        self.re, self.rs = None, keys.get("rs")
        name = NAMES[suite]
        self.h = name.ljust(32, b"\0") if len(name) <= 32 else hashlib.sha256(name).digest()
        self.ck, self.k, self.n = self.h, None, 0
        self.steps = [{"step": "initialize", "h": self.h.hex(), "ck": self.ck.hex()}]
        self.mix_hash(prologue)
        self.note("mix prologue")
        for _ in TOKENS[suite][0]:
            self.mix_hash(self.rs if initiator else public(keys["s"]))
            self.note("mix the server's static key")

    def note(self, step):
        entry = {"step": step, "h": self.h.hex(), "ck": self.ck.hex()}
        if self.k:
            entry["k"], entry["n"] = self.k.hex(), self.n
        self.steps.append(entry)

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def mix_key(self, material):
        self.ck, self.k = hkdf(self.ck, material, 2)
        self.n = 0

    def encrypt_and_hash(self, plaintext):
        sealed = seal(self.k, self.n, self.h, plaintext) if self.k else plaintext
        self.n += 1 if self.k else 0
        self.mix_hash(sealed)
        return sealed

    def decrypt_and_hash(self, sealed):
        plaintext = unseal(self.k, self.n, self.h, sealed) if self.k else sealed
        self.n += 1 if self.k else 0
        self.mix_hash(sealed)
        return plaintext

    def mix_psk(self):
        self.ck, temp_h, self.k = hkdf(self.ck, self.keys["psk"], 3)
        self.mix_hash(temp_h)
        self.n = 0

    def mix_ephemeral(self, ephemeral):
        self.mix_hash(ephemeral)
        if "psk" in self.keys:
            self.mix_key(ephemeral)

    def mix_dh(self, token):
        """Tokens name the initiator's key first."""
        mine, theirs = token if self.initiator else token[::-1]
        peer = self.re if theirs == "e" else self.rs
        self.mix_key(dh(self.keys[mine], peer))

    def write(self, payload=b"", ephemeral=None):
        """The next message. `ephemeral` overrides the public key that is sent: an attack."""
        message = b""
        for token in self.pattern[self.index]:
            if token == "e":
                sent = ephemeral or public(self.keys["e"])
                message += sent
                self.mix_ephemeral(sent)
            elif token == "s":
                message += self.encrypt_and_hash(public(self.keys["s"]))
            else:
                self.mix_psk() if token == "psk" else self.mix_dh(token)
            self.note(f"message {self.index + 1}: {token}")
        message += self.encrypt_and_hash(payload)
        self.note(f"message {self.index + 1}: payload")
        self.index += 1
        return message

    def read(self, message):
        """The payload of the next message."""
        rest = message
        for token in self.pattern[self.index]:
            if token == "e":
                self.re, rest = rest[:32], rest[32:]
                self.mix_ephemeral(self.re)
            elif token == "s":
                self.rs = self.decrypt_and_hash(rest[: 32 + TAG_BYTES])
                rest = rest[32 + TAG_BYTES :]
            else:
                self.mix_psk() if token == "psk" else self.mix_dh(token)
            self.note(f"message {self.index + 1}: {token}")
        payload = self.decrypt_and_hash(rest)
        self.note(f"message {self.index + 1}: payload")
        self.index += 1
        return payload

    def split(self):
        """Keys of the records client to server, server to client."""
        return hkdf(self.ck, b"", 2)


def prove(vectors):
    """Replay public test vectors (both published layouts) of the two patterns; raise if one differs."""
    for v in vectors:
        name = v.get("protocol_name") or v["handshake"]
        suite = next(s for s, n in NAMES.items() if n == name.encode())
        get = lambda *keys: next((bytes.fromhex(v[k]) for k in keys if v.get(k)), None)
        psk = get("preshared_key") or (bytes.fromhex(v["init_psks"][0]) if v.get("init_psks") else None)
        shared = {"psk": psk} if psk else {}
        static = get("resp_static")
        client = Handshake(suite, get("init_prologue", "prologue") or b"", True, **shared,
                           e=get("gen_init_ephemeral", "init_ephemeral"), s=get("init_static"),
                           rs=public(static) if static else None)  # fmt: skip
        server = Handshake(suite, get("resp_prologue", "prologue") or b"", False, **shared,
                           e=get("gen_resp_ephemeral", "resp_ephemeral"), s=static)  # fmt: skip
        replay(name, client, server, published_messages(v))


def published_messages(vector):
    if "messages" in vector:
        return [tuple(bytes.fromhex(m[k]) for k in ("payload", "ciphertext")) for m in vector["messages"]]
    count = sum(1 for key in vector if key.endswith("_ciphertext"))
    return [
        tuple(bytes.fromhex(vector[f"msg_{i}_{k}"]) for k in ("payload", "ciphertext"))
        for i in range(count)
    ]


def replay(name, client, server, messages):
    sides = [client, server]
    for i, (payload, ciphertext) in enumerate(messages[:2]):
        assert sides[i % 2].write(payload) == ciphertext, f"{name}: message {i}"
        assert sides[(i + 1) % 2].read(ciphertext) == payload, f"{name}: message {i}"
    keys, nonces = client.split(), [0, 0]
    assert keys == server.split(), name
    for i, (payload, ciphertext) in enumerate(messages[2:]):
        sealed = seal(keys[i % 2], nonces[i % 2], b"", payload)
        assert sealed == ciphertext, f"{name}: transport message {i}"
        nonces[i % 2] += 1
