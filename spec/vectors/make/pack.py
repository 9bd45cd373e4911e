# SPDX-License-Identifier: MIT
"""Values as Python objects, their encoding (spec 5 and 9) and their notation for readers."""
import struct
from dataclasses import dataclass, field

LOGICAL, INT32, INT64, FLOAT64, COMPLEX, TEXT = 1, 2, 3, 4, 5, 6
TYPE_NAMES = {1: "logical", 2: "int32", 3: "int64", 4: "float64", 5: "complex", 6: "text"}
ELEMENT_BYTES = {LOGICAL: 1, INT32: 4, INT64: 8, FLOAT64: 8, COMPLEX: 16}
MISSING_FLOAT = bytes.fromhex("a20700000000f07f")
MISSING_LENGTH = 0xFFFFFFFF


@dataclass
class Vector:
    """ext 1. An element None is missing; an element of bytes stands as it is."""

    type: int
    elements: list


@dataclass
class Missing:
    """ext 2."""

    type: int


@dataclass
class Annotated:
    """ext 3."""

    kind: str
    base: object
    attributes: dict = field(default_factory=dict)


@dataclass
class Opaque:
    """ext 4."""

    classes: list
    text: str


@dataclass
class Ext:
    """Any other ext."""

    type: int
    data: bytes


@dataclass
class Raw:
    """Bytes that are put into an encoding as they stand; only for building failures."""

    data: bytes


def raw(hex_text):
    return Raw(bytes.fromhex(hex_text))


def logical(*elements):
    return Vector(LOGICAL, list(elements))


def int32(*elements):
    return Vector(INT32, list(elements))


def int64(*elements):
    return Vector(INT64, list(elements))


def float64(*elements):
    return Vector(FLOAT64, list(elements))


def complex128(*elements):
    return Vector(COMPLEX, list(elements))


def text(*elements):
    return Vector(TEXT, list(elements))


def plain(base, **attributes):
    return Annotated("plain", base, attributes)


def table(columns, names, rows, **attributes):
    return Annotated("table", columns, {"names": names, "rows": rows, **attributes})


def factor(codes, levels, **attributes):
    return Annotated("factor", codes, {"levels": levels, **attributes})


def datetime(base, tz, **attributes):
    return Annotated("datetime", base, {"tz": tz, **attributes})


def head(length, short, codes):
    """The shortest head for a length. short: (first code, limit) or None; codes: (8, 16, 32 bits)."""
    if short and length < short[1]:
        return bytes([short[0] + length])
    for code, form, limit in zip(codes, (">B", ">H", ">I"), (2**8, 2**16, 2**32)):
        if code is not None and length < limit:
            return bytes([code]) + struct.pack(form, length)
    raise ValueError(f"length {length} has no head")


def pack_int(number):
    if 0 <= number < 0x80:
        return bytes([number])
    if -32 <= number < 0:
        return struct.pack(">b", number)
    if number >= 0:
        forms = ((0xCC, ">B", 2**8), (0xCD, ">H", 2**16), (0xCE, ">I", 2**32), (0xCF, ">Q", 2**64))
        fits = [(code, form) for code, form, limit in forms if number < limit]
    else:
        forms = ((0xD0, ">b", 2**7), (0xD1, ">h", 2**15), (0xD2, ">i", 2**31), (0xD3, ">q", 2**63))
        fits = [(code, form) for code, form, limit in forms if number >= -limit]
    code, form = fits[0]
    return bytes([code]) + struct.pack(form, number)


def pack_str(value):
    data = value.encode()
    return head(len(data), (0xA0, 32), (0xD9, 0xDA, 0xDB)) + data


def pack_ext(type_, data):
    fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}
    if len(data) in fixed:
        start = bytes([fixed[len(data)]])
    else:
        start = head(len(data), None, (0xC7, 0xC8, 0xC9))
    return start + struct.pack(">b", type_) + data


def float_bytes(number):
    """Eight bytes, little-endian."""
    if number is None:
        return MISSING_FLOAT
    return number if isinstance(number, bytes) else struct.pack("<d", number)


def element_bytes(type_, element):
    if isinstance(element, bytes):
        return element
    if type_ == LOGICAL:
        return bytes([2 if element is None else int(element)])
    if type_ == INT32:
        return struct.pack("<i", -(2**31) if element is None else element)
    if type_ == INT64:
        return struct.pack("<q", -(2**63) if element is None else element)
    if type_ == FLOAT64:
        return float_bytes(element)
    if element is None:
        return MISSING_FLOAT * 2
    return float_bytes(element.real) + float_bytes(element.imag)


def text_elements(elements):
    data = [None if e is None else e if isinstance(e, bytes) else e.encode() for e in elements]
    lengths = [MISSING_LENGTH if e is None else len(e) for e in data]
    return struct.pack(f"<{1 + len(data)}I", len(data), *lengths) + b"".join(e or b"" for e in data)


def vector_bytes(vector):
    if vector.type == TEXT:
        return bytes([TEXT]) + text_elements(vector.elements)
    return bytes([vector.type]) + b"".join(element_bytes(vector.type, e) for e in vector.elements)


def encode(value):
    """One object in the encoding profile."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return pack_int(value)
        case float():
            return b"\xcb" + struct.pack(">d", value)
        case str():
            return pack_str(value)
        case bytes():
            return head(len(value), None, (0xC4, 0xC5, 0xC6)) + value
        case list():
            return head(len(value), (0x90, 16), (None, 0xDC, 0xDD)) + b"".join(map(encode, value))
        case dict():
            pairs = b"".join(encode(k) + encode(v) for k, v in value.items())
            return head(len(value), (0x80, 16), (None, 0xDE, 0xDF)) + pairs
        case Raw():
            return value.data
    return encode_ext(value)


def encode_ext(value):
    match value:
        case Vector():
            return pack_ext(1, vector_bytes(value))
        case Missing():
            return pack_ext(2, bytes([value.type]))
        case Annotated():
            return pack_ext(3, encode([value.kind, value.base, value.attributes]))
        case Opaque():
            return pack_ext(4, encode({"class": value.classes, "text": value.text}))
        case Ext():
            return pack_ext(value.type, value.data)
    raise TypeError(f"{value!r} has no encoding")


# --------------------------------------------------------------------------------------------
# Notation: one line of ASCII per object, the same for every implementation.


def note_bytes(data):
    """Printable ASCII as it is, everything else as \\xNN."""
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\x{b:02x}" for b in data)


def note_float(number):
    """As C's %.17g prints it; NaN has no sign here."""
    return "nan" if number != number else f"{number:.17g}"


def note_element(type_, element):
    if element is None:
        return "missing"
    if type_ == LOGICAL:
        return "true" if element else "false"
    if type_ == TEXT:
        return f'"{note_bytes(element.encode())}"'
    if type_ == FLOAT64:
        return note_float(element)
    if type_ == COMPLEX:
        return f"({note_float(element.real)}, {note_float(element.imag)})"
    return str(element)


def notation(value):
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"float {note_float(value)}"
        case str():
            return f'"{note_bytes(value.encode())}"'
        case bytes():
            return f"bin {value.hex()}" if value else "bin"
        case list():
            return f"[{', '.join(map(notation, value))}]"
        case dict():
            pairs = (f"{notation(k)}: {notation(v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        case Vector():
            elements = ", ".join(note_element(value.type, e) for e in value.elements)
            return f"{TYPE_NAMES[value.type]}[{elements}]"
        case Missing():
            return f"missing {TYPE_NAMES[value.type]}"
        case Annotated():
            return f"{value.kind}({notation(value.base)}, {notation(value.attributes)})"
        case Opaque():
            return f"opaque({notation(value.classes)}, {notation(value.text)})"
        case Ext():
            return f"ext {value.type} {value.data.hex()}".rstrip()
    raise TypeError(f"{value!r} has no notation")
