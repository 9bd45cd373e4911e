# SPDX-License-Identifier: MIT
"""Cases made of the test vectors in spec/vectors: what is there as data is not written twice.

Their keys are fixed and a server's are not, so what is taken from a vector is what does not depend on
keys: preambles, plaintexts of records, messages, values. Each is sealed anew for the server under test.
"""

import functools
import json
import re

from oracle.registry import REGISTRY
from suite.case_files import load_requirements, make_case
from suite.pattern import OneOf
from suite.server_role import SERVER
from suite.spec_python import VECTORS
from make import noise
from make.handshake import LOW_ORDER
from make.pack import Raw
from make.parties import framed
from make.read import read

BYTES_FIELDS = {"received", "preamble", "message_1", "answer", "bytes", "body"}
DOES_NOTHING = "return 1"  # in the language of the engine conf
REFUSAL_NAMES = {1: "version", 2: "suite"}


@functools.cache
def _vectors(stem):
    return json.loads((VECTORS / f"{stem}.json").read_text())


def _octets(row, key):
    return bytes.fromhex(row[key])


def _slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


class Section:
    """Collects the cases of one file of vectors."""

    def __init__(self, name):
        self.name, self.cases, self.ids = f"vectors-{name}", [], {}
        self.requirements = load_requirements()

    def add(self, row, steps, needs=(), further=(), title=None, **more):
        """A case out of a row; `further` are requirements that only a live peer shows."""
        slug = _slug(title or row["name"])
        self.ids[slug] = self.ids.get(slug, 0) + 1
        if self.ids[slug] > 1:
            slug += f"-{self.ids[slug]}"
        # CHN-020 is about what a program tells its user; on the wire the same rows show CHN-026.
        ids = ["CHN-026" if one == "CHN-020" else one for one in (*row["requirements"], *further)]
        raw = {"id": slug, "title": title or row["name"], "requirements": list(dict.fromkeys(ids)),
               "needs": list(needs), "steps": steps, **more}
        self.cases.append(make_case(self.name, {}, raw, SERVER, self.requirements))


# handshake.json


def _preamble_keys(start):
    return {"text": start[:4].hex(), "version": start[4], "suite": start[5], "highest": start[6],
            "last": start[7]}


def _message_1(row, good):
    """The step that sends what differs from a right message 1, and no more of it."""
    start, wire = _octets(row, "received")[:8], _octets(row, "received")[8:]
    length, body = int.from_bytes(wire[:2], "big"), wire[2:]
    changes, beside = {}, {}
    if start != _octets(good, "preamble") and row["outcome"] == "silent":
        changes["prologue"] = good["preamble"]
    point = next((point for point in LOW_ORDER.values() if body.hex().startswith(point)), None)
    if length != len(_octets(good, "message_1")):
        beside = {"length": length, "keep": 2}
    elif len(body) < length:
        beside = {"keep": len(wire)}
    elif point:
        changes["ephemeral"] = point
    elif row.get("psk", good.get("psk")) != good.get("psk"):
        changes["psk"] = "other"
    elif row.get("static_secret", good.get("server_static")) != good.get("server_static"):
        changes["public"] = "other"
    elif good.get("client_public") not in row.get("client_publics", [good.get("client_public")]):
        changes["secret"] = "other"
    else:
        places = [i for i, (one, right) in enumerate(zip(body, _octets(good, "message_1")))
                  if one != right]
        beside = {"flip": places} if len(places) == 1 else {}
    return {"message_1": changes, **beside}


def _handshake_steps(row, good):
    received = _octets(row, "received")
    if len(received) < 8:
        return [{"octets": received.hex()}, "shut", {"end": "silent"}]
    steps = [{"preamble": _preamble_keys(received[:8])}]
    if row["outcome"] == "refusal":
        answer = _octets(row, "answer")
        return [*steps, {"refusal": {"reason": REFUSAL_NAMES[answer[2]], "lowest": answer[3],
                                     "highest": answer[4]}}]
    if len(received) > 8:
        steps.append(_message_1(row, good))
    if row["outcome"] == "accepted":
        return [*steps, "message_2", "hello", "hello_back"]
    return [*steps, *(["shut"] if row["outcome"] == "truncated" else []), {"end": "silent"}]


def handshake_cases():
    """What a server hears before the first record."""
    vectors, section = _vectors("handshake"), Section("handshake")
    good = {row["suite"]: row for row in vectors["complete"]}
    for row in vectors["received"]:
        # Whether a server is busy, or lacks a suite, is not known of the one under test.
        if row["receiver"] == "server" and not row.get("busy") and "offers" not in row:
            section.add(row, _handshake_steps(row, good[row["suite"]]), [row["suite"]])
    return section.cases


# records.json


def _is_undamaged(row, party):
    """Are these the records of the plaintexts, all of them and no other octet?"""
    key, nonce = _octets(party, "receiving_key"), row["first_nonce"]
    sealed = [framed(noise.seal(key, nonce + i, b"", bytes.fromhex(plaintext)))
              for i, plaintext in enumerate(row["plaintexts"])]
    return b"".join(sealed) == _octets(row, "received")


def _answers(row):
    """What comes back for the messages that the vector's receiver gets, in any order."""
    return [{"answered": read(bytes.fromhex(octets))[1]} for octets in row["messages"]
            if read(bytes.fromhex(octets))[0] == 2]


def _record_steps(row, party):
    sent = [{"record": {"flags": int(p[:2], 16), "fragment": Raw(bytes.fromhex(p[2:]))}}
            for p in row["plaintexts"]] if _is_undamaged(row, party) else [{"octets": row["received"]}]
    start = [{"start": {"suite": row["suite"]}} if row["first_nonce"] else
             {"handshake": row["suite"]}]
    if row["plaintexts"] and row["plaintexts"][-1].startswith("00") and row["outcome"] == "open":
        # Whatever the rest of the message is, it comes some time.
        return [*start, *sent, {"record": {"flags": 1}}, {"answered": 1}]
    end = {"open": [] if row["first_nonce"] else ["hello_back"],
           "closed": [{"end": {"close": "done"}, "answered": True}],
           "announced": [{"end": {"close": row.get("close_code")}}],
           "silent": [{"end": "silent"}],
           "truncated": ["shut", {"end": {"close": "protocol"}}]}[row["outcome"]]
    return [*start, *sent, *_answers(row), *end]


def _is_for_any_server(row, party):
    if row["receiver"] != "server" or "received_file" in row or "too many" in row["name"]:
        return False  # a server answers calls, so that they do not pile up
    is_short = not row["plaintexts"] and row["outcome"] == "announced"
    return (is_short or _is_undamaged(row, party)) and row["outcome"] != "truncated"


def record_cases():
    """Records of one's own choice, sealed as they should be."""
    vectors, section = _vectors("records"), Section("records")
    parties = {(p["receiver"], p["suite"]): p for p in vectors["parties"]}
    for row in vectors["received"]:
        party = parties[row["receiver"], row["suite"]]
        if _is_for_any_server(row, party):
            section.add(row, _record_steps(row, party), [row["suite"]])
    return section.cases


# messages.json and values.json


def _carried(octets):
    """A value as an arg that brig.ping does not have: a server reads all of it, then names the key."""
    return ["start", {"call": ["brig.ping", {"v": Raw(octets)}, {}]},
            {"error": "unsupported", "data": {"path": "/v"}}]


def _accepted_steps(row):
    """How a live server shows that it has accepted a message."""
    message, type_ = Raw(_octets(row, "bytes")), row["type"]
    if type_ == 0:
        return ["handshake", {"send": message}, "hello_back"]
    if type_ == 2:
        # Behind the largest id no call can follow, so no ping either.
        last = ["close", {"end": {"close": "done"}, "answered": True}] if row["id"] > 2**52 else []
        return ["start", {"send": read(message.data)}, {"answered": row["id"]}, *last]
    if type_ == 8:
        return ["start", {"send": message}, {"end": {"close": "done"}, "answered": True}]
    if type_ == 4 and "depth" not in row["name"]:
        return _carried(_octets(row, "body"))
    if not row["known"]:
        return ["start", {"send": message}]
    # It belongs to no call. That is a fault of the protocol, seen only after chapter 5 was content.
    return ["start", {"send": message}, {"end": {"close": "protocol"}}]


def _fatal(octets, status):
    code = "too_large" if status == "too_large" else "protocol"
    return ["start", {"send": Raw(octets)}, {"end": {"close": code}}]


def _expanded(row):
    head, tail, digits = _octets(row, "head"), _octets(row, "tail"), row["digits"]
    if digits:
        pieces = b"".join(head + f"{i:0{digits}}".encode() + tail for i in range(row["count"]))
    else:
        pieces = (head + tail) * row["count"]
    return _octets(row, "prefix") + pieces + _octets(row, "suffix")


def message_cases():
    """Whole messages, right ones and such with one defect."""
    vectors, section = _vectors("messages"), Section("messages")
    fatal = ["ENC-011", "CHN-032"]
    for row in vectors["accepted"]:
        section.add(row, _accepted_steps(row))
    for row in vectors["refused"]:
        section.add(row, _fatal(_octets(row, "bytes"), row["status"]), further=fatal)
    for row in vectors["generated"]:
        section.add(row, _fatal(_expanded(row), row["status"]), further=fatal,
                    title=f"{row['name']} are {'accepted' if row['status'] == 'ok' else 'too many'}",
                    alone=True)
    return section.cases


def value_cases():
    """Values of chapter 9: a server checks what it does not have to understand."""
    vectors, section = _vectors("values"), Section("values")
    for row in vectors["accepted"]:
        section.add(row, _carried(_octets(row, "bytes")), further=["MSG-008"])
    for row in vectors["refused"]:
        if row["layer"] == "encoding":
            steps = _carried(_octets(row, "bytes"))[:-1] + [{"end": {"close": "protocol"}}]
            section.add(row, steps, further=["ENC-013", "CHN-032"])
    return section.cases


# schema.json


def _refused(row, prefix):
    if row["code"] == "too_large":
        return {"error": "too_large", "data": {"limit": OneOf(sorted(REGISTRY.limits))}}
    return {"error": row["code"], "data": {"path": prefix + row["path"]}}


def _tool_steps(row):
    """Declarations: a brig.open that opens nothing, or a session."""
    tool = Raw(_octets(row, "tool"))
    if row["code"] == "ok":
        return [{"session": {"tools": [tool]}}]
    return ["start", {"call": ["brig.open", {"tools": [tool]}]}, _refused(row, "/tools/0")]


def _call_steps(row):
    """Args and options of procedures; brig.open is refused before there is a session."""
    args, options = Raw(_octets(row, "args")), Raw(_octets(row, "options"))
    first = "start" if row["procedure"] == "brig.open" else {"session": {}}
    return [first, {"call": [row["procedure"], args, options]}, _refused(row, "")]


# One element and no attributes is the scalar's place, which is no matter to who only checks.
ONE_ELEMENT = re.compile(r"(?:logical|int32|int64|float64|complex|text)\[[^],]+\]")


def _argument_steps(row):
    """Arguments of a tool that runs in the sandbox and does nothing: what does not fit reaches no code."""
    tool = {**read(_octets(row, "tool")), "where": "sandbox", "code": DOES_NOTHING}
    end = {"result": 1} if row["code"] == "ok" else _refused(row, "/args")
    return [{"session": {"tools": [tool]}},
            {"call": ["brig.call", {"tool": tool["name"], "args": Raw(_octets(row, "args"))}]}, end]


def schema_cases():
    """Tools and their arguments. What the code of a tool is depends on the engine."""
    vectors, section = _vectors("schema"), Section("schema")
    for row in vectors["tools"]:
        if row["code"] != "ok" or "code" not in read(_octets(row, "tool")):
            section.add(row, _tool_steps(row), ["session"] if row["code"] == "ok" else [])
    for row in vectors["calls"]:
        if row["code"] != "ok":
            section.add(row, _call_steps(row), [] if row["procedure"] == "brig.open" else ["session"])
    for row in vectors["arguments"]:
        breaks = ["VAL-003"] if ONE_ELEMENT.search(row["notation"].split("←")[1]) else []
        section.add(row, _argument_steps(row), ["engine:conf"], ["PRC-012"], breaks=breaks)
    return section.cases


def server_cases():
    """All of them, for role server."""
    return handshake_cases() + record_cases() + message_cases() + value_cases() + schema_cases()
