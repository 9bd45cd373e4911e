# SPDX-License-Identifier: MIT
"""A strict reader of the encoding profile (spec 5): bytes to objects of pack.py, or a refusal."""
import struct

from .pack import (ELEMENT_BYTES, FLOAT64, INT32, INT64, LOGICAL, MISSING_LENGTH, TEXT,
                   TYPE_NAMES, Annotated, Ext, Missing, Opaque, Vector, encode)

MAX_DEPTH = 32
MAX_ELEMENTS = 1_000_000
MAX_MAP_KEYS = 8192


class Refused(Exception):
    """Bytes that a receiver refuses: why, the requirement that they break, and the octet where."""

    def __init__(self, why, requirement, at=None):
        super().__init__(why)
        self.requirement, self.at = requirement, at


class Malformed(Refused):
    """The bytes do not follow the specification."""


class TooLarge(Refused):
    """More depth or elements than a limit allows."""


class Budget:
    """What one message has used up, shared by the insides of its exts."""

    def __init__(self):
        self.elements, self.open_keys = 0, 0


class Reader:
    """Reads objects from the front of bytes."""

    def __init__(self, data, budget=None, start=0):
        """`start`: where the bytes begin in the message, for those who look for a fault."""
        self.data, self.at, self.start = data, 0, start
        self.budget = budget or Budget()

    def take(self, length):
        if length > len(self.data) - self.at:
            raise Malformed("the bytes end too early", "ENC-007")
        piece = self.data[self.at : self.at + length]
        self.at += length
        return piece

    def number(self, form, smallest=None):
        value = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        if smallest is not None and value < smallest:
            raise Malformed("there is a shorter form", "ENC-001")
        return value

    def item(self, depth):
        """One object that stands inside `depth` containers."""
        self.budget.elements += 1
        if self.budget.elements > MAX_ELEMENTS:
            raise TooLarge("too many elements", "ENC-009")
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 256
        if code < 0x90:
            return self.map(code & 15, depth)
        if code < 0xA0:
            return self.array(code & 15, depth)
        if code < 0xC0:
            return self.text(code & 31)
        return self.coded(code, depth)

    def coded(self, code, depth):
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if code in simple:
            return simple[code]
        if code in (0xC1, 0xCA):
            raise Malformed("reserved code" if code == 0xC1 else "float32", "ENC-003")
        if code == 0xCB:
            return self.number(">d")
        if 0xCC <= code <= 0xD3:
            return self.integer(code)
        lengths = {
            0xC4: (">B", 0), 0xC5: (">H", 2**8), 0xC6: (">I", 2**16),
            0xC7: (">B", 0), 0xC8: (">H", 2**8), 0xC9: (">I", 2**16),
            0xD9: (">B", 32), 0xDA: (">H", 2**8), 0xDB: (">I", 2**16),
            0xDC: (">H", 16), 0xDD: (">I", 2**16), 0xDE: (">H", 16), 0xDF: (">I", 2**16),
        }  # fmt: skip
        if 0xD4 <= code <= 0xD8:
            return self.ext(1 << (code - 0xD4), depth)
        length = self.number(*lengths[code])
        if code <= 0xC6:
            return self.take(length)
        if code <= 0xC9:
            if length in (1, 2, 4, 8, 16):
                raise Malformed("there is a fixext for this length", "ENC-001")
            return self.ext(length, depth)
        if code <= 0xDB:
            return self.text(length)
        return self.array(length, depth) if code <= 0xDD else self.map(length, depth)

    def integer(self, code):
        forms = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
                 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}  # fmt: skip
        start = self.at - 1
        value = self.number(forms[code])
        if code >= 0xD0 and value >= 0:
            raise Malformed("a signed form of what is not negative", "ENC-002")
        if encode(value) != self.data[start : self.at]:
            raise Malformed("there is a shorter form", "ENC-001")
        return value

    def text(self, length):
        return decode_text(self.take(length), "ENC-004")

    def inside(self, depth, count):
        if depth + 1 > MAX_DEPTH:
            raise TooLarge("too deep", "ENC-008")
        if count > len(self.data) - self.at:
            raise Malformed("more elements than bytes left", "ENC-007")

    def array(self, count, depth):
        self.inside(depth, count)
        return [self.item(depth + 1) for _ in range(count)]

    def map(self, count, depth):
        self.inside(depth, 2 * count)
        self.budget.open_keys += count
        if self.budget.open_keys > MAX_MAP_KEYS:
            raise TooLarge("too many keys in a map and the maps around it", "ENC-010")
        entries = {}
        for _ in range(count):
            key = self.item(depth + 1)
            if not isinstance(key, str):
                raise Malformed("a key is not a text", "ENC-005")
            if key in entries:
                raise Malformed("a key occurs twice", "ENC-006")
            entries[key] = self.item(depth + 1)
        self.budget.open_keys -= count
        return entries

    def ext(self, length, depth):
        type_ = self.number(">b")
        data = self.take(length)
        if type_ == 1:
            return read_vector(data)
        if type_ == 2:
            if len(data) != 1 or data[0] not in TYPE_NAMES:
                raise Malformed("ext 2 is one type octet", "VAL-004")
            return Missing(data[0])
        if type_ == 3:
            return self.annotated(data, depth)
        if type_ == 4:
            return self.opaque(data)
        return Ext(type_, data)

    def inner(self, data, depth, requirement):
        """The one object inside an ext, checked as if it stood in the ext's place."""
        reader = Reader(data, self.budget, self.start + self.at - len(data))
        return reader.whole(depth, requirement)

    def whole(self, depth, requirement):
        """Exactly one object."""
        try:
            value = self.item(depth)
            if self.at != len(self.data):
                raise Malformed("bytes left over", requirement)
        except Refused as refused:
            if refused.at is None:
                refused.at = self.start + self.at
            raise
        return value

    def annotated(self, data, depth):
        match self.inner(data, depth, "VAL-012"):
            case [str() as kind, base, dict() as attributes] if not isinstance(base, Annotated):
                return Annotated(kind, base, attributes)
        raise Malformed("ext 3 is one array [kind, base, attributes]", "VAL-012")

    def opaque(self, data):
        match self.inner(data, 0, "VAL-020"):
            case {"class": list() as classes, "text": str() as text, **rest} if not rest:
                if all(isinstance(c, str) for c in classes):
                    return Opaque(classes, text)
        raise Malformed("ext 4 is one map {class, text}", "VAL-020")


def decode_text(data, requirement):
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("text is not UTF-8", requirement) from error


def read_text_vector(data):
    if len(data) < 4:
        raise Malformed("a text vector begins with its count", "VAL-008")
    count = struct.unpack("<I", data[:4])[0]
    if count > (len(data) - 4) // 4:
        raise Malformed("more texts than bytes left", "VAL-008")
    lengths = struct.unpack(f"<{count}I", data[4 : 4 + 4 * count])
    at, elements = 4 + 4 * count, []
    for length in lengths:
        if length == MISSING_LENGTH:
            elements.append(None)
            continue
        if length > len(data) - at:
            raise Malformed("a text is longer than the bytes left", "VAL-008")
        elements.append(decode_text(data[at : at + length], "VAL-008"))
        at += length
    if at != len(data):
        raise Malformed("bytes left over in a text vector", "VAL-008")
    return Vector(TEXT, elements)


def read_float(data):
    low = struct.unpack("<I", data[:4])[0]
    number = struct.unpack("<d", data)[0]
    return None if number != number and low == 1954 else number


def read_element(type_, data):
    if type_ == LOGICAL:
        if data[0] > 2:
            raise Malformed("a logical is 0, 1 or 2", "VAL-007")
        return None if data[0] == 2 else bool(data[0])
    if type_ in (INT32, INT64):
        number = int.from_bytes(data, "little", signed=True)
        return None if number == -(1 << (8 * len(data) - 1)) else number
    if type_ == FLOAT64:
        return read_float(data)
    real, imaginary = read_float(data[:8]), struct.unpack("<d", data[8:])[0]
    return None if real is None else complex(real, imaginary)


def read_vector(data):
    if not data or data[0] not in TYPE_NAMES:
        raise Malformed("ext 1 begins with a type octet", "VAL-006")
    type_, data = data[0], data[1:]
    if type_ == TEXT:
        return read_text_vector(data)
    size = ELEMENT_BYTES[type_]
    if len(data) % size:
        raise Malformed("the elements do not fill the vector", "VAL-006")
    return Vector(type_, [read_element(type_, data[i : i + size]) for i in range(0, len(data), size)])


def read(data, depth=0):
    """Exactly one object."""
    return Reader(data).whole(depth, "ENC-007")
