# SPDX-License-Identifier: MIT
"""Octets, messages and patterns as YAML: the reader of case files (README.md, "Notation")."""

import re

import yaml

from make.pack import Ext, Raw, encode

HEX = re.compile(r"(?:[0-9a-fA-F]{2}\s*)*\Z")


class NotationError(Exception):
    """YAML that says nothing, or two things."""


def octets_of(text):
    """Octets in hexadecimal; blanks are for readers."""
    if not isinstance(text, str):
        # YAML has read 0010 as the number 10: whoever meant octets would never know.
        raise NotationError(f"octets that look like a number have to be quoted: {text!r}")
    text = text.strip()
    if not HEX.match(text):
        raise NotationError(f"not octets in hexadecimal: {text[:40]!r}")
    return bytes.fromhex(text)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2's core: true and false are the only bools, no dates, and no key stands twice."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ("null", r"(?:null|~|)\Z", "n~"), ("bool", r"(?:true|false)\Z", "tf"),
        ("int", r"[-+]?[0-9]+\Z|0x[0-9a-fA-F]+\Z", "-+0123456789"),
        ("float", r"[-+]?(?:[0-9]+\.[0-9]*(?:e[-+]?[0-9]+)?|[0-9]+e[-+]?[0-9]+|\.inf|\.nan)\Z",
         "-+0123456789.")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])


def _map(loader, node):
    loader.flatten_mapping(node)
    entries = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in entries:
            raise NotationError(f"{node.start_mark}: the key {key!r} stands twice")
        entries[key] = loader.construct_object(value_node, deep=True)
    return entries


def _int(loader, node):
    # YAML 1.1 would read 010 as 8.
    return int(node.value, 16 if node.value.startswith("0x") else 10)


def _float(loader, node):
    return float(node.value.replace(".inf", "inf").replace(".nan", "nan"))


Loader.add_constructor("tag:yaml.org,2002:map", _map)
Loader.add_constructor("tag:yaml.org,2002:int", _int)
Loader.add_constructor("tag:yaml.org,2002:float", _float)


# What is sent


def _parts(loader, node):
    """!octets: pieces in a row, each hexadecimal, {repeat: HEX, times: N} or {count: …}."""
    if isinstance(node, yaml.ScalarNode):
        return Raw(octets_of(node.value))
    joined = b""
    for piece in loader.construct_sequence(node, deep=True):
        joined += _piece(piece)
    return Raw(joined)


def _piece(piece):
    if isinstance(piece, Raw):
        return piece.data
    if not isinstance(piece, dict):
        return octets_of(piece)
    if set(piece) == {"repeat", "times"}:
        return octets_of(piece["repeat"]) * piece["times"]
    if set(piece) == {"head", "digits", "tail", "times"}:
        head, tail = octets_of(piece["head"]), octets_of(piece["tail"])
        return b"".join(head + f"{i:0{piece['digits']}}".encode() + tail
                        for i in range(piece["times"]))
    if set(piece) == {"packed"}:
        return encode(piece["packed"])
    raise NotationError(f"not a piece of octets: {piece!r}")


def _repeat(loader, node):
    """!repeat [what, times]: a text, octets or the elements of an array, so many times."""
    what, times = loader.construct_sequence(node, deep=True)
    return what * times


def _ext(loader, node):
    type_, data = loader.construct_sequence(node, deep=True)
    return Ext(type_, octets_of(data))


def _nested(loader, node):
    """!nested [levels, what]: so many arrays around one object."""
    levels, what = loader.construct_sequence(node, deep=True)
    return Raw(b"\x91" * levels + encode(what))


class CallId:
    """!call NAME: the id of a call of the peer's, which is known when the step is taken (role client)."""

    def __init__(self, name):
        self.name = name


class ByEngine:
    """!for {NAME: …}: what stands here for the engine of this name (role worker)."""

    def __init__(self, choices):
        self.choices = choices


Loader.add_constructor("!for", lambda loader, node: ByEngine(_map(loader, node)))
Loader.add_constructor("!call", lambda loader, node: CallId(loader.construct_scalar(node)))
Loader.add_constructor("!octets", _parts)
Loader.add_constructor("!bin", lambda loader, node: octets_of(loader.construct_scalar(node)))
Loader.add_constructor("!repeat", _repeat)
Loader.add_constructor("!ext", _ext)
Loader.add_constructor("!nested", _nested)


def load(text, name):
    """One document."""
    try:
        return yaml.load(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise NotationError(f"{name}: {error}") from error
    except NotationError as error:
        raise NotationError(f"{name}: {error}") from error
