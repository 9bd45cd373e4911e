# SPDX-License-Identifier: MIT
"""Octets with what they mean, piece by piece: MessagePack, preamble, handshake, records. Reads anything."""

import struct

from make.pack import TYPE_NAMES, note_bytes

MOST_PIECES = 60
SHOWN_OCTETS = 24
SIMPLE = {0xC0: "nil", 0xC2: "false", 0xC3: "true", 0xC1: "c1, which does not occur"}
NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
           0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
# code: (kind, octets of the length)
SIZED = {0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4), 0xD9: ("str", 1), 0xDA: ("str", 2),
         0xDB: ("str", 4), 0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
         0xC7: ("ext", 1), 0xC8: ("ext", 2), 0xC9: ("ext", 4)}
EXTS = {1: "vector", 2: "missing", 3: "annotated", 4: "opaque"}
MESSAGES = {0: "HELLO", 1: "EVENT", 2: "CALL", 4: "RESULT", 6: "ERROR", 8: "CLOSE"}
REASONS = {1: "version", 2: "suite", 3: "busy", 4: "downgrade"}


def short(octets):
    """Hexadecimal, the middle of long ones left out."""
    if len(octets) <= SHOWN_OCTETS:
        return octets.hex(" ")
    return f"{octets[:16].hex(' ')} … {octets[-4:].hex(' ')} ({len(octets):,} octets)"


class Pieces:
    """(depth, octets, meaning) of the pieces of MessagePack; what cannot be read is one last piece."""

    def __init__(self, data):
        self.data, self.at, self.pieces = data, 0, []

    def read(self):
        """All objects, until the octets or the room for them are over."""
        try:
            while self.at < len(self.data):
                self.item(0, top=self.at == 0)
                if self.at < len(self.data):
                    self.add(0, self.take(0), "behind the message:")
        except (IndexError, struct.error, ValueError):
            self.add(0, self.data[self.at :], "cannot be read")
        except StopIteration:
            self.pieces.append((0, b"", f"… {len(self.data) - self.at:,} octets more"))
        return self.pieces

    def add(self, depth, octets, meaning):
        if len(self.pieces) >= MOST_PIECES:
            raise StopIteration
        self.pieces.append((depth, octets, meaning))

    def take(self, count):
        if count > len(self.data) - self.at:
            raise ValueError("octets are missing")
        piece = self.data[self.at : self.at + count]
        self.at += count
        return piece

    def item(self, depth, top=False):
        start = self.at
        code = self.take(1)[0]
        if code < 0x80 or code >= 0xE0:
            number = code if code < 0x80 else code - 256
            name = MESSAGES.get(number) if depth == 1 and len(self.pieces) == 1 else None
            self.add(depth, self.data[start : self.at], f"{number}, {name}" if name else str(number))
        elif code < 0x90:
            self.container(depth, start, "map", code & 15)
        elif code < 0xA0:
            self.container(depth, start, "array", code & 15)
        elif code < 0xC0:
            self.text(depth, start, "str", code & 31)
        elif code in SIMPLE:
            self.add(depth, self.data[start : self.at], SIMPLE[code])
        elif code in NUMBERS:
            number = struct.unpack(NUMBERS[code], self.take(struct.calcsize(NUMBERS[code])))[0]
            self.add(depth, self.data[start : self.at], f"float {number!r}" if code < 0xCC else str(number))
        else:
            self.sized(depth, start, code)

    def sized(self, depth, start, code):
        if 0xD4 <= code <= 0xD8:
            self.ext(depth, start, 1 << (code - 0xD4))
            return
        kind, width = SIZED[code]
        length = int.from_bytes(self.take(width), "big")
        if kind in ("map", "array"):
            self.container(depth, start, kind, length)
        elif kind == "ext":
            self.ext(depth, start, length)
        else:
            self.text(depth, start, kind, length)

    def container(self, depth, start, kind, count):
        self.add(depth, self.data[start : self.at], f"{kind} of {count:,}")
        for _ in range(count * (2 if kind == "map" else 1)):
            self.item(depth + 1)

    def text(self, depth, start, kind, length):
        content = self.take(length)
        shown = note_bytes(content[:60]) + ("…" if length > 60 else "")
        meaning = f'"{shown}"' if kind == "str" else f"bin of {length:,}"
        self.add(depth, self.data[start : self.at], meaning)

    def ext(self, depth, start, length):
        type_ = int.from_bytes(self.take(1), "big", signed=True)
        content = self.take(length)
        name = EXTS.get(type_, "unknown")
        if type_ in (1, 2) and content:
            name += f" {TYPE_NAMES.get(content[0], content[0])}"
        if type_ not in (3, 4):
            self.add(depth, self.data[start : self.at], f"ext {type_}, {name}, {length:,} octets")
            return
        self.add(depth, self.data[start : self.at - length], f"ext {type_}, {name}, {length:,} octets")
        inner = Pieces(content)
        for inner_depth, octets, meaning in inner.read():
            self.add(depth + 1 + inner_depth, octets, meaning)


def _preamble(wire):
    names = (("text", 4), ("version", 1), ("suite", 1), ("highest version", 1), ("zero", 1))
    at = 0
    for name, count in names:
        yield 0, wire[at : at + count], name
        at += count


def _handshake(wire):
    yield 0, wire[:2], f"length {int.from_bytes(wire[:2], 'big')}"
    body = wire[2:]
    yield 1, body[:32], "ephemeral key"
    if len(body) == 96:
        yield 1, body[32:80], "static key, sealed"
    if len(body) > 32:
        yield 1, body[80:] if len(body) == 96 else body[32:], "tag"


def _record(entry):
    length = int.from_bytes(entry.wire[:2], "big")
    yield 0, entry.wire[:2], f"length {length:,}"
    yield 0, entry.wire[2:], "sealed" if not entry.sealed_wrong else "sealed, and does not decrypt"
    if entry.plaintext:
        flags = entry.plaintext[0]
        yield 0, entry.plaintext[:1], {0: "flags: more follows", 1: "flags: last"}.get(
            flags, f"flags {flags}, which do not exist")
        if flags == 1 and entry.message is not None and len(entry.message) == len(entry.plaintext) - 1:
            for depth, octets, meaning in Pieces(entry.plaintext[1:]).read():
                yield depth + 1, octets, meaning
        else:
            yield 1, entry.plaintext[1:], "fragment"


def _link_message(entry):
    yield 0, entry.wire[:4], f"length {int.from_bytes(entry.wire[:4], 'big'):,}"
    yield from Pieces(entry.message).read()


def pieces(entry):
    """(depth, octets, meaning) of one entry of a recording."""
    if entry.what == "preamble":
        return list(_preamble(entry.wire))
    if entry.what in ("message 1", "message 2"):
        return list(_handshake(entry.wire))
    if entry.what == "refusal":
        return [(0, entry.wire[:2], "a refusal"),
                (0, entry.wire[2:3], f"reason: {REASONS.get(entry.wire[2], 'unknown')}"),
                (0, entry.wire[3:4], "lowest version"), (0, entry.wire[4:5], "highest version")]
    if entry.what == "record":
        return list(_record(entry))
    if entry.what == "message":
        return list(_link_message(entry))
    return [(0, entry.wire, "octets")] if entry.wire else []
