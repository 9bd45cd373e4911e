# SPDX-License-Identifier: MIT
"""handshake.json: both suites step by step, and what each side does with wrong bytes (spec 3)."""
from . import noise
from .parties import (CLIENT_EPHEMERAL, CLIENT_HELLO, CLIENT_STATIC, PSK, SERVER_EPHEMERAL,
                      SERVER_HELLO, SERVER_STATIC, Connection, client_keys, fixed, framed,
                      preamble, server_keys)  # fmt: skip

# Points whose product with every X25519 secret is zero, and their forms above the prime.
LOW_ORDER = {
    "zero": "00" * 32,
    "one": "01" + "00" * 31,
    "of order 8": "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "of order 8, the other": "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "p - 1": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "p": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "p + 1": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}


def complete(suite):
    c = Connection(suite)
    rows = [
        *c.send("client", CLIENT_HELLO),
        *c.send("server", SERVER_HELLO),
        *c.send("client", [2, 1, "brig.ping", {}, {}]),
        *c.send("server", [4, 1, {}, {}]),
        *c.send("client", [8, "done", ""]),
        *c.send("server", [8, "done", ""]),
    ]
    keys = {"psk": PSK} if suite == "local" else {
        "client_static": CLIENT_STATIC,
        "client_public": noise.public(CLIENT_STATIC),
        "server_static": SERVER_STATIC,
        "server_public": noise.public(SERVER_STATIC),
    }  # fmt: skip
    return {
        "name": f"suite {suite}",
        "suite": suite,
        "protocol_name": noise.NAMES[suite].decode(),
        **keys,
        "client_ephemeral": CLIENT_EPHEMERAL,
        "client_ephemeral_public": noise.public(CLIENT_EPHEMERAL),
        "server_ephemeral": SERVER_EPHEMERAL,
        "server_ephemeral_public": noise.public(SERVER_EPHEMERAL),
        "preamble": c.preamble,
        "message_1": c.message_1,
        "message_2": c.message_2,
        "client_steps": c.client.steps,
        "server_steps": c.server.steps,
        "handshake_hash": c.client.h,
        "client_to_server_key": c.keys["client"],
        "server_to_client_key": c.keys["server"],
        "records": rows,
    }


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


class Cases:
    """The rows of one side. Each names what the receiver holds, what arrives, what comes of it."""

    def __init__(self, receiver):
        self.receiver, self.rows = receiver, []

    def add(self, name, suite, received, outcome, **changes):
        """outcome: accepted, refusal, refused, silent or truncated (README.md)."""
        answer = changes.pop("answer", b"")
        row = {"name": name, "receiver": self.receiver, "suite": suite}
        keys = client_keys(suite) if self.receiver == "client" else server_keys(suite)
        row["ephemeral"] = keys["e"]
        for field, key in (("psk", "psk"), ("static_secret", "s"), ("server_public", "rs")):
            if key in keys:
                row[field] = keys[key]
        if "s" in keys and self.receiver == "server":
            row["client_publics"] = [noise.public(CLIENT_STATIC)]
        self.rows.append({**row, **changes, "received": received, "outcome": outcome, "answer": answer})


def refusal(reason):
    return bytes([0, 0, reason, 1, 1])


def flips(suite, message, fields, first):
    """One flipped bit per field: name and the changed message."""
    at = 0
    for field, length in fields:
        yield f"{suite}: a flipped bit in {field} of message {first}", flip(message, 8 * at + 3)
        at += length
    assert at == len(message)


MESSAGE_1_FIELDS = {
    "local": [("the ephemeral key", 32), ("the tag", 16)],
    "keyed": [("the ephemeral key", 32), ("the sealed static key", 32),
              ("the static key's tag", 16), ("the tag", 16)],
}  # fmt: skip
MESSAGE_2_FIELDS = [("the ephemeral key", 32), ("the tag", 16)]


def attack_1(suite, point):
    """Message 1 by somebody who holds valid keys but sends a point of low order."""
    client = noise.Handshake(suite, preamble(suite), True, **client_keys(suite))
    client.mix_dh = lambda token: client.mix_key(
        bytes(32) if token == "es" else noise.dh(CLIENT_STATIC, client.rs)
    )
    return client.write(ephemeral=point)


def attack_2(suite, point):
    """Message 2 by somebody who holds valid keys but sends a point of low order."""
    server = noise.Handshake(suite, preamble(suite), False, **server_keys(suite))
    server.read(Connection(suite).message_1)
    server.mix_dh = lambda token: server.mix_key(
        bytes(32) if token == "ee" else noise.dh(SERVER_EPHEMERAL, server.rs)
    )
    return server.write(ephemeral=point)


def preamble_cases(cases):
    c = Connection("local")
    whole = framed(c.message_1)
    answer = framed(c.message_2)
    good = preamble("local")
    for at, letter in enumerate("BRIG"):
        wrong = flip(good, 8 * at)
        cases.add(f"letter {letter} of the magic is wrong", "local", wrong + whole, "silent")
    cases.add("version 2 is asked for", "local", preamble("local", 2, 2), "refusal", answer=refusal(1))
    cases.add("version 0 is asked for", "local", preamble("local", 0, 1), "refusal", answer=refusal(1))
    cases.add("the last octet of the preamble is not zero", "local",
              preamble("local", last=1) + whole, "silent")  # fmt: skip
    cases.add("the highest version is below the version asked for", "local",
              preamble("local", 1, 0) + whole, "silent")  # fmt: skip
    cases.add("suite 3 does not exist", "local", preamble(3), "refusal", answer=refusal(2))
    cases.add("suite 0 does not exist", "local", preamble(0), "refusal", answer=refusal(2))
    cases.add("the suite is not offered", "local", preamble("keyed"), "refusal",
              answer=refusal(2), offers=["local"])  # fmt: skip
    cases.add("the server is busy", "local", good + whole, "refusal", answer=refusal(3), busy=True)
    higher = preamble("local", 1, 9)
    client = noise.Handshake("local", higher, True, **client_keys("local"))
    first = client.write()
    server = noise.Handshake("local", higher, False, **server_keys("local"))
    server.read(first)
    cases.add("a client that knows later versions asks for this one", "local",
              higher + framed(first), "accepted", answer=framed(server.write()))  # fmt: skip
    cases.add("the preamble was changed on its way", "local", higher + whole, "silent")
    cases.add("the stream ends inside the preamble", "local", good[:5], "truncated")
    cases.add("the stream ends after the preamble", "local", good, "truncated")
    cases.add("a client with the right key is accepted", "local", good + whole, "accepted", answer=answer)


def server_cases():
    cases = Cases("server")
    preamble_cases(cases)
    for suite in ("local", "keyed"):
        c, start = Connection(suite), preamble(suite)
        good = c.message_1
        for length in (0, 1, len(good) - 1, len(good) + 1, 65535):
            name = f"{suite}: the length {length} of message 1 is refused before its body"
            cases.add(name, suite, start + framed(b"", length), "silent")
        for name, changed in flips(suite, good, MESSAGE_1_FIELDS[suite], 1):
            cases.add(name, suite, start + framed(changed), "silent")
        cut = start + framed(good)[:-1]
        cases.add(f"{suite}: the stream ends inside message 1", suite, cut, "truncated")
        for name, point in LOW_ORDER.items():
            sent = attack_1(suite, bytes.fromhex(point))
            name = f"{suite}: the client's ephemeral key is the point {name}"
            cases.add(name, suite, start + framed(sent), "silent")
    good = preamble("local") + framed(Connection("local").message_1)
    cases.add("local: the server holds another key", "local", good, "silent", psk=fixed("other psk"))
    good = preamble("keyed") + framed(Connection("keyed").message_1)
    answer = framed(Connection("keyed").message_2)
    listed = [noise.public(fixed("somebody")), noise.public(CLIENT_STATIC)]
    cases.add("keyed: the client pinned another server key", "keyed", good, "silent",
              static_secret=fixed("other server static"))  # fmt: skip
    cases.add("keyed: the client's key is not listed", "keyed", good, "silent", client_publics=listed[:1])
    cases.add("keyed: the client's key is listed", "keyed", good, "accepted", answer=answer,
              client_publics=listed)  # fmt: skip
    return cases.rows


def client_cases():
    cases = Cases("client")
    for suite in ("local", "keyed"):
        c = Connection(suite)
        good, sent = c.message_2, c.preamble + framed(c.message_1)
        for length in (1, len(good) - 1, len(good) + 1, 65535):
            name = f"{suite}: the length {length} of message 2 is refused before its body"
            cases.add(name, suite, framed(b"", length), "silent", sent=sent)
        for name, changed in flips(suite, good, MESSAGE_2_FIELDS, 2):
            cases.add(name, suite, framed(changed), "silent", sent=sent)
        for name, point in LOW_ORDER.items():
            changed = attack_2(suite, bytes.fromhex(point))
            name = f"{suite}: the server's ephemeral key is the point {name}"
            cases.add(name, suite, framed(changed), "silent", sent=sent)
        cases.add(f"{suite}: the stream ends inside message 2", suite, framed(good)[:-1], "truncated",
                  sent=sent)  # fmt: skip
        cases.add(f"{suite}: the stream ends before message 2", suite, b"", "truncated", sent=sent)
        cases.add(f"{suite}: message 2 is right", suite, framed(good), "accepted", sent=sent)
    sent = preamble("local") + framed(Connection("local").message_1)
    for reason, name in enumerate(("version", "suite", "busy", "downgrade"), 1):
        cases.add(f"the server refuses: {name}", "local", refusal(reason), "refused", sent=sent,
                  refusal={"reason": reason, "min_version": 1, "max_version": 1})  # fmt: skip
    cases.add("the server refuses for a reason that is not known", "local", bytes([0, 0, 9, 2, 3]),
              "refused", sent=sent, refusal={"reason": 9, "min_version": 2, "max_version": 3})  # fmt: skip
    cases.add("the stream ends inside a refusal", "local", refusal(3)[:4], "truncated", sent=sent)
    return cases.rows


def accepts(row):
    """What this implementation says about message 1 or 2: (accepted, answer)."""
    suite, received, server = row["suite"], row["received"], row["receiver"] == "server"
    keys = {"e": row["ephemeral"]}
    for field, key in (("psk", "psk"), ("static_secret", "s"), ("server_public", "rs")):
        if field in row:
            keys[key] = row[field]
    start = received[:8] if server else row["sent"][:8]
    side = noise.Handshake(suite, start, not server, **keys)
    expected = Connection(suite).message_1 if server else Connection(suite).message_2
    body = received[10:] if server else received[2:]
    if not server:
        assert row["sent"] == start + framed(side.write()), row["name"]
    if len(body) != len(expected):
        return False, b""
    try:
        side.read(body)
        answer = framed(side.write()) if server else b""
    except noise.HandshakeError:
        return False, b""
    return "client_publics" not in row or side.rs in row["client_publics"], answer


def verify(row):
    magic_is_right = row["receiver"] == "client" or row["received"][:4] == b"BRIG"
    if row["outcome"] in ("accepted", "silent") and magic_is_right:
        accepted, answer = accepts(row)
        # A bad last octet or highest version is seen before the handshake is looked at.
        if row["receiver"] == "server" and not sound_preamble(row["received"]):
            accepted = False
        assert accepted == (row["outcome"] == "accepted"), row["name"]
        assert not accepted or answer == row["answer"], row["name"]


def sound_preamble(received):
    return received[6] >= received[4] and received[7] == 0


def build():
    rows = server_cases() + client_cases()
    for row in rows:
        verify(row)
    return {"complete": [complete("local"), complete("keyed")], "received": rows}
