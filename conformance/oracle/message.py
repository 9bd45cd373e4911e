# SPDX-License-Identifier: MIT
"""Octets to messages: chapter 5 for their encoding, 6.1 for their layout."""
from dataclasses import dataclass, field

from .faults import PROTOCOL, TOO_LARGE, Broken
from .registry import REGISTRY, read

NAME_BYTES = {"class": 64}  # 255 for all other names (6.1)
LARGEST_TYPE = 255


@dataclass
class Message:
    """`fields` by the names of the layout; `trailing`: how many elements stand behind it."""

    type: str
    number: int
    fields: dict = field(default_factory=dict)
    trailing: int = 0
    bytes: int = 0

    def __getitem__(self, name):
        return self.fields[name]

    def place(self, name):
        """Where a field stands in the message."""
        return f"/{1 + list(self.fields).index(name)}"


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def check_id(value, place):
    if not is_int(value):
        raise Broken("MSG-004", "an id is an int", place, PROTOCOL)
    if not 1 <= value <= REGISTRY.limits["max_id"]:
        raise Broken("MSG-005", "an id is from 1 to 2^53-1", place, PROTOCOL)


def check_name(name, value, place):
    most = NAME_BYTES.get(name, 255)
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
        raise Broken("MSG-004", f"`{name}` is a text of 1 to {most} octets", place, PROTOCOL)


def check_text(value, place):
    if not isinstance(value, str):
        raise Broken("MSG-004", "`message` is a text", place, PROTOCOL)
    if len(value.encode()) > REGISTRY.limits["error_message_bytes"]:
        raise Broken("MSG-010", "`message` is too long", place, PROTOCOL)


def check_element(name, kind, value, place):
    if kind == "id":
        check_id(value, place)
    elif kind == "name":
        check_name(name, value, place)
    elif kind == "text":
        check_text(value, place)
    elif kind == "map" and not isinstance(value, dict):
        raise Broken("MSG-004", f"`{name}` is a map", place, PROTOCOL)


def decode(octets):
    try:
        return read.read(octets)
    except read.TooLarge as refused:
        raise Broken(refused.requirement, str(refused), f"octet {refused.at}", TOO_LARGE) from refused
    except read.Malformed as refused:
        raise Broken(refused.requirement, str(refused), f"octet {refused.at}", PROTOCOL) from refused


def parse(octets):
    """The message, or Broken. Of an unknown odd type only the number is known."""
    if not octets:
        raise Broken("MSG-001", "a message without octets", close=PROTOCOL)
    elements = decode(octets)
    if not isinstance(elements, list) or not elements:
        raise Broken("MSG-001", "a message is an array that begins with its type", close=PROTOCOL)
    number = elements[0]
    if not is_int(number) or not 0 <= number <= LARGEST_TYPE:
        raise Broken("MSG-001", "a type is an int from 0 to 255", "/0", PROTOCOL)
    if number not in REGISTRY.messages:
        if number % 2 == 0:
            raise Broken("MSG-003", f"a message of the unknown type {number}", "/0", PROTOCOL)
        return Message("", number, bytes=len(octets))
    return lay_out(number, elements, len(octets))


def lay_out(number, elements, length):
    layout = REGISTRY.layouts[number]
    if len(elements) <= len(layout):
        raise Broken("MSG-004", "elements are missing", f"/{len(elements)}", PROTOCOL)
    for i, (name, kind) in enumerate(layout, 1):
        check_element(name, kind, elements[i], f"/{i}")
    fields = {name: elements[i] for i, (name, _) in enumerate(layout, 1)}
    return Message(REGISTRY.messages[number]["name"], number, fields,
                   len(elements) - 1 - len(layout), length)  # fmt: skip
