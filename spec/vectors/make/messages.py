# SPDX-License-Identifier: MIT
"""messages.json: whole messages that pass, and messages with one defect each (spec 5 and 6)."""
from .pack import Annotated, Ext, Opaque, Raw, encode, float64, int32, raw, text
from .read import Malformed, TooLarge, read

NAMES = {0: "hello", 1: "event", 2: "call", 4: "result", 6: "error", 8: "close"}
LAYOUTS = {
    0: ["map"],
    1: ["id", "name", "value", "map"],
    2: ["id", "name", "map", "map"],
    4: ["id", "value", "map"],
    6: ["id", "name", "name", "text", "map"],
    8: ["name", "text"],
}
MAX_ID = 2**53 - 1
TEXT_BYTES = 8192
NAME_BYTES = 255
ERROR_CLASS_BYTES = 64


def is_name(value, limit=NAME_BYTES):
    return isinstance(value, str) and 1 <= len(value.encode()) <= limit


CHECKS = {
    "id": lambda v: isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= MAX_ID,
    "name": is_name,
    "map": lambda v: isinstance(v, dict),
    "text": lambda v: isinstance(v, str) and len(v.encode()) <= TEXT_BYTES,
    "value": lambda v: True,
}


def parse(data):
    """A message: its type and its elements. Unknown odd types have no elements."""
    message = read(data)
    match message:
        case [int() as type_, *elements] if not isinstance(type_, bool) and 0 <= type_ <= 255:
            pass
        case _:
            raise Malformed("a message is an array that begins with its type", "MSG-001")
    if type_ not in LAYOUTS:
        if type_ % 2:
            return type_, []
        raise Malformed("an unknown even type", "MSG-003")
    layout = LAYOUTS[type_]
    if len(elements) < len(layout):
        raise Malformed("elements are missing", "MSG-004")
    for kind, element in zip(layout, elements):
        if not CHECKS[kind](element):
            raise Malformed(f"an element is not what the layout says: {kind}", "MSG-004")
    if type_ == 6 and not is_name(elements[2], ERROR_CLASS_BYTES):
        raise Malformed("the class of an ERROR is too long", "MSG-004")
    return type_, elements


def good():
    yield "HELLO with every key", [0, {"software": "example 1.0", "capabilities": ["resume"],
                                       "max_message": 16777216, "max_calls": 64}]  # fmt: skip
    yield "HELLO with the required key only", [0, {"software": "example"}]
    yield "HELLO with a key of a later version", [0, {"software": "example", "later": [1, 2]}]
    yield "HELLO with a trailing element", [0, {"software": "example"}, None]
    yield "CALL without arguments", [2, 1, "brig.ping", {}, {}]
    yield "CALL of brig.eval", [2, 7, "brig.eval", {"code": "1 + 1", "value": "full"},
                                {"deadline_ms": 30000}]  # fmt: skip
    yield "CALL with a trailing element", [2, 1, "brig.ping", {}, {}, {"later": True}]
    yield "CALL of a tool", [2, 3, "weather", {"city": "Ålesund", "days": 3},
                             {"parent": 7, "deadline_ms": 29000}]  # fmt: skip
    yield "CALL with a name of 255 octets", [2, 1, "n" * 255, {}, {}]
    yield "CALL with the largest id", [2, MAX_ID, "brig.ping", {}, {}]
    yield "RESULT with nil", [4, 1, None, {}]
    yield "RESULT with usage", [4, 7, 2.0, {"generation": 1, "usage": {
        "wall_ms": 3, "cpu_ms": 1, "memory_bytes": 52428800, "tool_calls": 0}}]  # fmt: skip
    yield "RESULT with a vector", [4, 7, float64(1.5, None, -0.0), {}]
    yield "RESULT with trailing elements", [4, 1, None, {}, 1, [2]]
    yield "ERROR runtime", [6, 7, "runtime", "fix", "object 'x' not found",
                            {"classes": ["simpleError", "error"], "call": "f(x)"}]  # fmt: skip
    yield "ERROR with an unknown code", [6, 7, "novel", "retry", "try again", {}]
    yield "ERROR with an empty text", [6, 7, "internal", "fault", "", {}]
    yield "ERROR with a text of 8,192 octets", [6, 7, "internal", "fault", "é" * 4096, {}]
    yield "ERROR with a class of 64 octets", [6, 7, "internal", "c" * 64, "", {}]
    yield "CLOSE", [8, "done", ""]
    yield "CLOSE with a reason for people", [8, "protocol", "id 3 is not above 3"]
    yield "CLOSE with a trailing element", [8, "done", "", {}]
    yield "EVENT stdout", [1, 7, "stdout", b"[1] 2\n", {}]
    yield "EVENT of an unknown kind", [1, 7, "novel", {"any": [None]}, {}]
    yield "EVENT display", [1, 7, "display", {"text/plain": "a plot", "image/png": b"\x89PNG"},
                            {"id": "p1", "update": False}]  # fmt: skip
    yield "an unknown odd type is ignored", [3]
    yield (
        "an unknown odd type with anything in it is ignored", [255, {"a": [1, b"2"]}, Ext(9, b"x")]
    )
    yield "every length of int", [4, 1, [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32,
        2**63 - 1, 2**63, 2**64 - 1, -1, -32, -33, -128, -129, -32768, -32769, -(2**31),
        -(2**31) - 1, -(2**63)], {}]  # fmt: skip
    for length in (0, 31, 32, 255, 256):
        yield f"a text of {length} octets", [4, 1, "t" * length, {}]
    for length in (0, 255, 256):
        yield f"bytes of length {length}", [4, 1, bytes(length), {}]
    for length in (0, 15, 16):
        yield f"an array of {length}", [4, 1, [None] * length, {}]
        yield f"a map of {length}", [4, 1, {f"k{i}": i for i in range(length)}, {}]
    for length in (0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 255, 256):
        yield f"an unknown ext of {length} octets", [4, 1, Ext(100, bytes(length)), {}]
    yield "an unknown ext with a negative type", [4, 1, Ext(-1, bytes(4)), {}]
    yield "text from every range of UTF-8", [4, 1, "\0\x7f\x80\u07ff\u0800\ud7ff"
                                               "\ue000\uffff\U00010000\U0010ffff", {}]  # fmt: skip
    yield "floats of every kind", [4, 1, [0.0, -0.0, 0.1, 1e300, float("inf"), float("-inf"),
                                          float("nan")], {}]  # fmt: skip
    yield "depth 32", [4, 1, nested(31), {}]
    yield "attributes at depth 32", [4, 1, nested(29, Annotated("date", int32(1))), {}]
    yield "an opaque value adds no depth", [4, 1, nested(31, Opaque(["function"], "f")), {}]


def nested(levels, inside=None):
    """`levels` arrays around one object."""
    return Raw(b"\x91" * levels + encode(inside))


def bad_envelope():
    yield "an array without elements", Raw(b"\x90"), "malformed"
    yield "a map instead of an array", {"type": 2}, "malformed"
    yield "no bytes", Raw(b""), "malformed"
    yield "the type is a text", ["2", 1, "brig.ping", {}, {}], "malformed"
    yield "the type is negative", [-1], "malformed"
    yield "the type is a bool", [True, 1, "stdout", b"", {}], "malformed"
    yield "the type is a float", [2.0, 1, "brig.ping", {}, {}], "malformed"
    yield "the type is above 255", [257], "malformed"
    yield "an unknown even type", [10], "malformed"
    yield "the largest even type", [254, {}], "malformed"
    full = {0: [0, {"software": "x"}], 1: [1, 1, "stdout", b"", {}], 2: [2, 1, "brig.ping", {}, {}],
            4: [4, 1, None, {}], 6: [6, 1, "tool", "fix", "", {}], 8: [8, "done", ""]}  # fmt: skip
    wrong = {"id": "1", "name": b"stdout", "map": [], "text": b"text"}
    for type_, message in full.items():
        title = NAMES[type_].upper()
        for missing in range(1, len(message)):
            yield (
                f"{title} ends after {missing} of {len(message)} elements", message[:missing],
                "malformed"
            )
        for i, kind in enumerate(LAYOUTS[type_], 1):
            if kind in wrong:
                changed = message[:i] + [wrong[kind]] + message[i + 1 :]
                yield f"{title}: element {i} is not of type {kind}", changed, "malformed"


def bad_elements():
    for name, id_ in (("0", 0), ("2^53", 2**53), ("2^64 - 1", 2**64 - 1), ("-1", -1), ("nil", None),
                      ("1.0", 1.0), ("true", True)):  # fmt: skip
        yield f"the id {name}", [2, id_, "brig.ping", {}, {}], "malformed"
    yield "an empty name", [2, 1, "", {}, {}], "malformed"
    yield "a name of 256 octets", [2, 1, "n" * 256, {}, {}], "malformed"
    yield "an ERROR with a text of 8,193 octets", [6, 1, "tool", "fix", "x" * 8193, {}], "malformed"
    yield "an ERROR with a class of 65 octets", [6, 1, "tool", "c" * 65, "", {}], "malformed"
    yield "an ERROR with an empty class", [6, 1, "tool", "", "", {}], "malformed"
    yield "a CLOSE with a text of 8,193 octets", [8, "done", "x" * 8193], "malformed"


def result(value_hex):
    """A RESULT around a value that is given in hex."""
    return [4, 1, raw(value_hex), {}]


def bad_encoding():
    table = [
        ("the reserved code c1", "c1"),
        ("float32", "ca3fc00000"),
        ("1 as uint8", "cc01"),
        ("127 as uint8", "cc7f"),
        ("255 as uint16", "cd00ff"),
        ("65,535 as uint32", "ce0000ffff"),
        ("2^32 - 1 as uint64", "cf00000000ffffffff"),
        ("1 as int8", "d001"),
        ("300 as int16", "d1012c"),
        ("70,000 as int32", "d200011170"),
        ("2^40 as int64", "d30000010000000000"),
        ("-1 as int8", "d0ff"),
        ("-32 as int8", "d0e0"),
        ("-128 as int16", "d1ff80"),
        ("-32,768 as int32", "d2ffff8000"),
        ("-2^31 as int64", "d3ffffffff80000000"),
        ("a text of 1 octet as str8", "d90161"),
        ("a text of 31 octets as str8", "d91f" + "61" * 31),
        ("a text of 32 octets as str16", "da0020" + "61" * 32),
        ("a text of 1 octet as str32", "db0000000161"),
        ("1 octet as bin16", "c5000161"),
        ("1 octet as bin32", "c60000000161"),
        ("an empty array as array16", "dc0000"),
        ("15 elements as array16", "dc000f" + "c0" * 15),
        ("1 element as array32", "dd00000001c0"),
        ("an empty map as map16", "de0000"),
        ("1 entry as map32", "df00000001a16bc0"),
        ("ext of 1 octet as ext8", "c7016400"),
        ("ext of 2 octets as ext8", "c702640000"),
        ("ext of 4 octets as ext8", "c7046400000000"),
        ("ext of 8 octets as ext8", "c70864" + "00" * 8),
        ("ext of 16 octets as ext8", "c71064" + "00" * 16),
        ("ext of 3 octets as ext16", "c8000364000000"),
        ("ext of 3 octets as ext32", "c90000000364000000"),
        ("UTF-8: a lone continuation", "a180"),
        ("UTF-8: a start without continuation", "a1c3"),
        ("UTF-8: an overlong slash in 2 octets", "a2c0af"),
        ("UTF-8: an overlong slash in 3 octets", "a3e080af"),
        ("UTF-8: an overlong slash in 4 octets", "a4f08080af"),
        ("UTF-8: the first surrogate", "a3eda080"),
        ("UTF-8: the last surrogate", "a3edbfbf"),
        ("UTF-8: above U+10FFFF", "a4f4908080"),
        ("UTF-8: octet f8", "a5f888808080"),
        ("UTF-8: octet ff", "a1ff"),
        ("UTF-8: cut after 3 of 4 octets", "a3f09f98"),
        ("UTF-8: a third octet that is no continuation", "a3e38141"),
        ("UTF-8: a fourth octet that is no continuation", "a4f09f9841"),
        ("UTF-8: latin 1", "a3e96465"),
        ("a key occurs twice", "82a161" + "01" + "a161" + "02"),
        ("a key occurs twice among many", "83a161c0a162c0a161c0"),
        ("the empty key occurs twice", "82a0c0a0c0"),
        ("a key occurs twice in an inner map", "9182a16101a16101"),
        ("a key is an integer", "8101c0"),
        ("a key is nil", "81c0c0"),
        ("a key is bytes", "81c40161c0"),
        ("a key is an array", "8190c0"),
        ("a key is not UTF-8", "81a1ffc0"),
    ]
    for name, value_hex in table:
        yield name, result(value_hex), "malformed"


def bad_bounds():
    whole = encode([4, 1, "abc", {}])
    for cut in range(1, len(whole)):
        yield f"a RESULT cut after {cut} of {len(whole)} octets", Raw(whole[:cut]), "malformed"
    yield "an octet follows the message", Raw(whole + b"\0"), "malformed"
    yield "a second message follows", Raw(whole * 2), "malformed"
    yield "an array of 2^32 - 1 elements that are not there", raw("940401ddffffffff80"), "malformed"
    yield "a map of 2^31 entries that are not there", raw("940401df8000000080"), "malformed"
    yield "a text of 2^32 - 1 octets that are not there", raw("940401dbffffffff80"), "malformed"
    yield "bytes of 2^32 - 1 that are not there", raw("940401c6ffffffff80"), "malformed"
    yield "an ext of 2^32 - 1 octets that are not there", raw("940401c9ffffffff6480"), "malformed"
    yield "depth 33", [4, 1, nested(32), {}], "too_large"
    yield "depth 33 in maps", [4, 1, Raw(b"\x81\xa1k" * 32 + b"\xc0"), {}], "too_large"
    yield (
        "an annotated value at depth 33", [4, 1, nested(31, Annotated("date", int32(1))), {}],
        "too_large"
    )
    yield "depth 33 inside an annotated value", [
        4, 1, nested(30, Annotated("plain", [None], {"names": text("a")})), {}], "too_large"  # fmt: skip
    yield "depth 1,000", [4, 1, nested(1000), {}], "too_large"
    yield "an unknown odd type is checked as well", Raw(b"\x92\x03" + b"\xc1"), "malformed"


def generated():
    """Messages too long to be written out: name, prefix, pieces and their count, status.

    A piece is `head`, the piece's number in `digits` decimal digits, `tail`; {} ends the message.
    """
    # The envelope, its type, its id, the array itself and meta are five elements more.
    for count, status in ((1_000_000, "ok"), (1_000_001, "too_large")):
        length = (count - 5).to_bytes(4, "big").hex()
        yield f"{count:,} elements", f"940401dd{length}", ("c0", 0, "", count - 5), status
    for count, status in ((8192, "ok"), (8193, "too_large")):
        piece = ("a5", 5, "c0", count)
        yield f"{count:,} keys in a map", f"940401de{count:04x}", piece, status
        inner = ("a5", 5, "c0", count - 1)
        prefix = f"94040181a161de{count - 1:04x}"
        yield f"{count:,} keys in a map and the one around it", prefix, inner, status


def expand(prefix, piece, suffix):
    head, digits, tail, count = piece
    number = (lambda i: f"{i:0{digits}}".encode()) if digits else (lambda i: b"")
    pieces = (bytes.fromhex(head) + number(i) + bytes.fromhex(tail) for i in range(count))
    return bytes.fromhex(prefix) + b"".join(pieces) + bytes.fromhex(suffix)


def fields(data):
    type_, elements = parse(data)
    row = {"type": type_, "known": type_ in NAMES, "trailing": 0}
    layout = LAYOUTS.get(type_, [])
    if layout:
        row["trailing"] = len(elements) - len(layout)
    slots = {"id": [], "name": [], "text": [], "map": [], "value": []}
    for kind, element in zip(layout, elements):
        slots[kind].append(element)
    if slots["id"]:
        row["id"] = slots["id"][0]
    for key, element in zip(("name_field", "class"), slots["name"]):
        row[key] = element
    for element in slots["text"]:
        row["text"] = element
    bodies = slots["value"] + slots["map"]
    for key, element in zip(("body", "extra"), bodies):
        row[key] = encode(element)
    return row


def refusal(data):
    try:
        parse(data)
    except Malformed:
        return "malformed"
    except TooLarge:
        return "too_large"
    return "ok"


def build():
    accepted, refused, long = [], [], []
    for name, message in good():
        data = encode(message)
        assert refusal(data) == "ok", name
        accepted.append({"name": name, "bytes": data, **fields(data)})
    for group in (bad_envelope, bad_elements, bad_encoding, bad_bounds):
        for name, message, status in group():
            data = encode(message)
            assert refusal(data) == status, (name, refusal(data), data.hex())
            refused.append({"name": name, "bytes": data, "status": status})
    for name, prefix, piece, status in generated():
        assert refusal(expand(prefix, piece, "80")) == status, name
        head, digits, tail, count = piece
        long.append({"name": name, "prefix": prefix, "head": head, "digits": digits, "tail": tail,
                     "count": count, "suffix": "80", "status": status})  # fmt: skip
    return {"accepted": accepted, "refused": refused, "generated": long}
