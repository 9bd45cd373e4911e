# SPDX-License-Identifier: MIT
"""records.json: what a side makes of the records that follow both HELLOs (spec 3.5, 3.6, 7.1)."""
from . import noise
from .pack import encode, factor, int32
from .parties import (CLIENT_HELLO, CLIENT_STATIC, FRAGMENT_BYTES, SERVER_HELLO, Connection,
                      client_keys, framed, server_keys)  # fmt: skip

TAG_BYTES = 16
PING = [2, 1, "brig.ping", {}, {}]
PING_2 = [2, 2, "brig.ping", {}, {}]
LARGEST_FILE = "records/largest.bin"


class Script:
    """Records from one side after both HELLOs; the other side is the receiver."""

    def __init__(self, sender="client", suite="local"):
        self.connection, self.sender = Connection(suite), sender
        for side, hello in (("client", CLIENT_HELLO), ("server", SERVER_HELLO)):
            self.connection.send(side, hello)
        self.plaintexts, self.wire = [], b""

    def record(self, plaintext, change=lambda record: record):
        """The next record; `change` damages it on its way."""
        sealed = self.connection.seal(self.sender, plaintext)
        self.plaintexts.append(plaintext)
        self.wire += change(framed(sealed))
        return self

    def fragments(self, *fragments):
        for i, fragment in enumerate(fragments):
            self.record(bytes([i == len(fragments) - 1]) + fragment)
        return self

    def message(self, message):
        return self.fragments(encode(message))

    def bytes(self, data):
        self.wire += data
        return self


def row(name, script, outcome, messages=(), **more):
    """outcome: open, closed, announced, silent or truncated (README.md)."""
    receiver = "server" if script.sender == "client" else "client"
    return {
        "name": name,
        "receiver": receiver,
        "suite": script.connection.suite,
        "first_nonce": 1,
        "plaintexts": script.plaintexts,
        "received": script.wire,
        "outcome": outcome,
        "messages": [encode(m) for m in messages],
        **more,
    }


def whole_messages():
    ping = encode(PING)
    yield row("a message in one record", Script().message(PING), "open", [PING])
    yield row("a message in two fragments", Script().fragments(ping[:5], ping[5:]), "open", [PING])
    yield row("a message in fragments of one octet",
              Script().fragments(*[ping[i : i + 1] for i in range(len(ping))]), "open", [PING])
    yield row("the last fragment may be empty", Script().fragments(ping, b""), "open", [PING])
    yield row("two messages in two records", Script().message(PING).message(PING_2), "open",
              [PING, PING_2])
    yield row("an unknown odd type is ignored", Script().message([3, "later"]).message(PING), "open",
              [PING])
    yield row("a fragment waits for the rest of its message", Script().record(b"\0" + ping), "open")
    yield row("suite keyed seals alike", Script(suite="keyed").message(PING), "open", [PING])
    yield row("a server sends a call as well", Script("server").message(PING), "open", [PING])
    yield row("the peer closes", Script().message([8, "done", ""]), "closed")
    yield row("the peer closes after a call", Script().message(PING).message([8, "done", "bye"]),
              "closed", [PING])  # fmt: skip


def bad_framing():
    for length in range(TAG_BYTES + 1):
        wire = framed(bytes(length))
        yield row(f"a record of {length} octets is too short", Script().bytes(wire), "announced",
                  close_code="protocol")  # fmt: skip
    for flags in (2, 3, 0x80, 0xFF):
        script = Script().record(bytes([flags]) + encode(PING))
        yield row(f"flags {flags} are not known", script, "announced", close_code="protocol")
    yield row("an empty fragment that is not the last", Script().record(b"\0"), "announced",
              close_code="protocol")  # fmt: skip
    yield row("an empty message", Script().record(b"\1"), "announced", close_code="protocol")


def flip(at):
    def change(record):
        changed = bytearray(record)
        changed[at] ^= 1
        return bytes(changed)

    return change


def bad_sealing():
    plaintext = b"\1" + encode(PING)
    places = {"first octet": 2, "last sealed octet": -TAG_BYTES - 1, "tag": -1}
    for place, at in places.items():
        yield row(f"a flipped bit in the {place}", Script().record(plaintext, flip(at)), "silent")
    zero_tag = lambda record: record[:-TAG_BYTES] + bytes(TAG_BYTES)
    yield row("a tag of zeros", Script().record(plaintext, zero_tag), "silent")
    script = Script().record(plaintext)
    yield row("a record is replayed", script.bytes(script.wire), "silent", [PING])
    script = Script().message(PING)
    first, script.wire = script.wire, b""
    script.message(PING_2).bytes(first)
    yield row("two records change places", script, "silent")
    script = Script().message(PING)
    script.wire = b""
    yield row("a record is left out", script.message(PING_2), "silent")
    script = Script()
    reflected = noise.seal(script.connection.keys["server"], 1, b"", plaintext)
    yield row("a record of the other direction", script.bytes(framed(reflected)), "silent")
    shorter = lambda record: framed(record[2:-1])
    yield row("a record lacks its last octet", Script().record(plaintext, shorter), "silent")
    longer = lambda record: framed(record[2:] + b"\0")
    yield row("a record has an octet too many", Script().record(plaintext, longer), "silent")


def bad_ends():
    yield row("the stream ends without a CLOSE", Script().message(PING), "truncated", [PING])
    cut = lambda record: record[:-1]
    script = Script().record(b"\1" + encode(PING), cut)
    yield row("the stream ends inside a record", script, "truncated")
    script = Script().record(b"\0" + encode(PING))
    yield row("the stream ends inside a message", script, "truncated")
    yield row("the stream ends inside a length", Script().bytes(b"\x00"), "truncated")


def bad_messages():
    """Records that decrypt to what is not legal: the connection's own rules."""
    announced = {"close_code": "protocol"}
    cases = [
        ("a second HELLO", [CLIENT_HELLO], 0),
        ("an unknown even type", [[10, 1]], 0),
        ("an id is used twice", [PING, PING], 1),
        ("an id goes back", [PING_2, PING], 1),
        ("a RESULT for a call that was not made", [[4, 1, None, {}]], 0),
        ("an ERROR for a call that was not made", [[6, 1, "tool", "fix", "no", {}]], 0),
        ("an EVENT for a call that was not made", [[1, 1, "stdout", b"x", {}]], 0),
        ("a message that is no array", [{}], 0),
        ("a CALL without options", [[2, 1, "brig.ping", {}]], 0),
    ]
    for name, messages, good in cases:
        script = Script()
        for message in messages:
            script.message(message)
        yield row(name, script, "announced", messages[:good], **announced)
    script = Script().fragments(encode(PING) + encode(PING_2))
    yield row("two messages in one", script, "announced", **announced)
    script = Script("server").message([4, 7, None, {}])
    yield row("a client gets a RESULT for a call that it did not make", script, "announced", **announced)
    script = Script()
    for i in range(17):
        script.message([2, i + 1, "brig.ping", {}, {}])
    good = [[2, i + 1, "brig.ping", {}, {}] for i in range(16)]
    yield row("one control call too many", script, "announced", good, **announced)
    script = Script()
    for i in range(65):
        script.message([2, i + 1, "brig.info", {}, {}])
    good = [[2, i + 1, "brig.info", {}, {}] for i in range(64)]
    yield row("one call too many", script, "announced", good, **announced)


def before_hello():
    """The first message of the client is not a good HELLO: nothing is answered."""
    good = encode(CLIENT_HELLO)
    cases = [
        ("the first message is a CALL", [PING]),
        ("the first message is a CLOSE", [[8, "done", ""]]),
        ("the first message has an unknown odd type", [[3]]),
        ("HELLO names no software", [[0, {"max_calls": 64}]]),
        ("the software of HELLO is no text", [[0, {"software": 1}]]),
        ("HELLO is not a map", [[0, "example"]]),
        ("HELLO accepts no call", [[0, {"software": "x", "max_calls": 0}]]),
        ("HELLO accepts only tiny messages", [[0, {"software": "x", "max_message": 4095}]]),
        ("HELLO accepts messages above the ceiling", [[0, {"software": "x", "max_message": 268435457}]]),
        ("HELLO is longer than 4,096 octets", [[0, {"software": "x" * 4096}]]),
    ]
    for name, messages in cases:
        yield hello_row(name, [b"\1" + encode(m) for m in messages], "silent")
    yield hello_row("HELLO comes in two fragments", [b"\0" + good[:9], b"\1" + good[9:]], "silent")
    meaningless = [0, {"software": "x", "later": factor(int32(7), [])}]
    yield hello_row("HELLO of a later version has a value that means nothing", [b"\1" + encode(meaningless)],
                    "open")  # fmt: skip
    limit = [0, {"software": "x" * (4096 - 15)}]
    assert len(encode(limit)) == 4096
    yield hello_row("HELLO has exactly 4,096 octets", [b"\1" + encode(limit)], "open")
    later = [0, {"software": "x", "later": {"a": [1, None]}}, "trailing"]
    yield hello_row("HELLO has keys and elements of a later version", [b"\1" + encode(later)], "open")


def hello_of_server():
    """A client has read message 2, so it knows whom it tells."""
    good = encode(SERVER_HELLO)
    cases = [
        ("HELLO of a server is longer than 4,096 octets", [b"\1" + encode([0, {"software": "x" * 4096}])], "too_large"),
        ("HELLO of a server comes in two fragments", [b"\0" + good[:9], b"\1" + good[9:]], "protocol"),
        ("HELLO of a server names no software", [b"\1" + encode([0, {}])], "protocol"),
        ("the first message of a server is a CALL", [b"\1" + encode(PING)], "protocol"),
    ]
    for name, plaintexts, code in cases:
        yield hello_row(name, plaintexts, "announced", "server", close_code=code)


def hello_row(name, plaintexts, outcome, sender="client", **more):
    connection = Connection("local")
    wire = b"".join(framed(connection.seal(sender, p)) for p in plaintexts)
    return {
        "name": name, "receiver": "server" if sender == "client" else "client", "suite": "local",
        "first_nonce": 0, "plaintexts": plaintexts, "received": wire, "outcome": outcome, "messages": [], **more,
    }  # fmt: skip


def large():
    """A full record (65,535 octets) that is not the last of its message, in a file of its own."""
    head = encode([2, 1, "brig.ping", {}, {}])[:-2]  # args and options follow
    text = "x" * 65500
    message = head + encode({"pad": text}) + encode({"more": "y" * 20})
    first, last = message[:FRAGMENT_BYTES], message[FRAGMENT_BYTES:]
    assert last
    script = Script().record(b"\0" + first)
    binary, script.wire = script.wire, b""
    assert len(binary) == 2 + 65535
    script.plaintexts = []
    script.record(b"\1" + last)
    more = {"received_file": LARGEST_FILE}
    yield binary
    fits = row("the largest record and one more make a message", script, "open", [], **more)
    yield fits | {"message_bytes": len(message)}
    above = row("a message above max_message", script, "announced", close_code="too_large", **more)
    yield above | {"max_message": FRAGMENT_BYTES}


def party(receiver, suite):
    """What a receiver holds, and the stream that brings it to the first record of its cases."""
    connection = Connection(suite)
    keys = server_keys(suite) if receiver == "server" else client_keys(suite)
    names = {"psk": "psk", "e": "ephemeral", "s": "static_secret", "rs": "server_public"}
    peer, hello = ("client", CLIENT_HELLO) if receiver == "server" else ("server", SERVER_HELLO)
    start = connection.preamble + framed(connection.message_1)
    return {
        "name": f"{receiver}, suite {suite}",
        "receiver": receiver,
        "suite": suite,
        **{names[key]: value for key, value in keys.items()},
        **({"client_publics": [noise.public(CLIENT_STATIC)]} if suite == "keyed" else {}),
        "handshake": start if receiver == "server" else framed(connection.message_2),
        "hello": connection.send(peer, hello)[0]["record"],
        "receiving_key": connection.keys[peer],
        "sending_key": connection.keys[receiver],
    }


def verify(case):
    """Open each record with the receiver's key; only undamaged ones open."""
    sender = "client" if case["receiver"] == "server" else "server"
    key, nonce = Connection(case["suite"]).keys[sender], case["first_nonce"]
    rest, opened = case["received"], []
    while len(rest) >= 2 and len(rest) - 2 >= (length := int.from_bytes(rest[:2], "big")):
        body, rest = rest[2 : 2 + length], rest[2 + length :]
        if length <= TAG_BYTES:
            break
        try:
            opened.append(noise.unseal(key, nonce, b"", body))
        except noise.HandshakeError:
            assert case["outcome"] == "silent", case["name"]
            return
        nonce += 1
    if "received_file" in case:
        assert len(opened.pop(0)) == 1 + FRAGMENT_BYTES
    silent_is_hello = case["outcome"] != "silent" or case["first_nonce"] == 0
    assert silent_is_hello and opened == case["plaintexts"][: len(opened)], case["name"]


def build():
    """The rows and the bytes of the large record."""
    binary, *large_rows = large()
    groups = (whole_messages, bad_framing, bad_sealing, bad_ends, bad_messages, before_hello, hello_of_server)
    rows = [r for group in groups for r in group()]
    for r in rows:
        verify(r)
    for r in large_rows:
        verify(r | {"received": binary + r["received"]})
    sides = [("server", "local"), ("client", "local"), ("server", "keyed")]
    return {"parties": [party(*side) for side in sides], "received": rows + large_rows}, binary
