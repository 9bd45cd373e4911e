# SPDX-License-Identifier: MIT
"""Every test vector as a question to a codec."""

from suite.case_files import load_requirements, make_case
from suite.codec_steps import CODEC
from suite.pattern import Anything, OneOf, Search
from suite.spec_python import VECTORS
from suite.vector_cases import _expanded, _octets, _slug, _vectors
from make.parties import framed

# How many octets of a stream come at a time; every stream is read in each of these ways.
PIECES = (None, 1, 7, 50)
KEYS = ("psk", "static_secret", "server_public", "client_publics", "ephemeral", "busy", "max_message")
HEAD = {"role": "codec"}
HELLO, CALL, CLOSE = 0, 2, 8


class _Section:
    def __init__(self, name):
        self.name, self.cases, self.seen = f"codec-{name}", [], {}
        self.requirements = load_requirements()

    def add(self, title, requirements, steps):
        slug = _slug(title)
        self.seen[slug] = self.seen.get(slug, 0) + 1
        if self.seen[slug] > 1:
            slug += f"-{self.seen[slug]}"
        raw = {"id": slug, "title": title, "requirements": list(dict.fromkeys(requirements)),
               "writings": ["whole"], "steps": steps}
        # CHN-020 is advice about what a program gives its user; the rows that cite it show CHN-026.
        raw["requirements"] = list(dict.fromkeys(
            "CHN-026" if one == "CHN-020" and "handshake" not in self.name else one
            for one in requirements))
        self.cases.append(make_case(self.name, HEAD, raw, CODEC, self.requirements))


def _stream(row, received, **more):
    """A request out of a row that says what a side holds."""
    keys = {key: row[key] for key in KEYS if key in row}
    return {"do": "stream", "receiver": row["receiver"], "suite": row["suite"], **keys,
            "received": received, **more}


def _in_pieces(request, *looks):
    """The same question for every size of pieces."""
    steps = []
    for piece in PIECES:
        steps += [{"ask": {**request, **({} if piece is None else {"piece": piece})}}, *looks]
    return steps


# handshake.json


def _complete_row(row, side):
    """What a side of a complete handshake holds."""
    held = {"receiver": side, "suite": row["suite"], "ephemeral": row[f"{side}_ephemeral"]}
    if row["suite"] == "local":
        return {**held, "psk": row["psk"]}
    other = {"server_public": row["server_public"]} if side == "client" else {
        "client_publics": [row["client_public"]]}
    return {**held, "static_secret": row[f"{side}_static"], **other}


def _messages(row, sender):
    """The messages between HELLO and CLOSE, in their encoding."""
    return [record["plaintext"][2:] for record in row["records"] if record["from"] == sender
            and int(record["plaintext"][4:6], 16) not in (HELLO, CLOSE)]


def _complete_steps(row, side):
    other = "server" if side == "client" else "client"
    start = row["preamble"] if other == "client" else ""
    message = framed(_octets(row, "message_1" if other == "client" else "message_2")).hex()
    records = "".join(record["record"] for record in row["records"] if record["from"] == other)
    ours = framed(_octets(row, "message_1" if side == "client" else "message_2")).hex()
    is_client = side == "client"
    # A client has called, so its call is between HELLO and CLOSE; a server's answer is its program's.
    said = [[HELLO], *([[CALL, 1]] if is_client else []), [CLOSE]]
    key = row["client_to_server_key" if is_client else "server_to_client_key"]
    request = _stream(_complete_row(row, side), [start + message + records],
                      **({"send": _messages(row, "client")} if is_client else {}))
    return _in_pieces(
        request, {"says": {"end": "closed", "ready": True, "handshake_hash": row["handshake_hash"],
                           "sent": [row["preamble"] + ours if is_client else "", Anything()],
                           "messages": _messages(row, other)}},
        {"sent": said, "key": key, "behind": "" if is_client else ours})


def _heard_steps(row):
    """One stream of handshake.json."""
    outcome = row["outcome"]
    if outcome in ("accepted", "truncated"):
        wanted = {"end": "truncated"}
    elif outcome in ("refusal", "refused"):
        wanted = {"end": "refused"}
    else:
        wanted = {"end": OneOf(["faulted", "not_authenticated"])}
    if outcome == "refused":
        refusal = row["refusal"]
        wanted["refusal"] = [refusal["reason"], refusal["min_version"], refusal["max_version"]]
    answer = row.get("answer", "")
    if row["receiver"] == "client" and outcome == "accepted":
        answer = Search("..")  # its HELLO
    wanted |= {"ready": False, "sent": [row.get("sent", ""), answer]}
    return _in_pieces(_stream(row, [row["received"]]), {"says": wanted})


def handshake_cases():
    """Both sides of both suites, step by step, and what must not pass."""
    vectors, section = _vectors("handshake"), _Section("handshake")
    for row in vectors["complete"]:
        for side in ("client", "server"):
            section.add(f"{row['name']}, {side}", row["requirements"], _complete_steps(row, side))
    for row in vectors["received"]:
        section.add(row["name"], row["requirements"], _heard_steps(row))
    return section.cases


# records.json


def _record_looks(row, party):
    outcome, first = row["outcome"], row["first_nonce"]
    sending = {"key": party["sending_key"], "nonce": 1 if outcome in ("closed", "announced") else 0}
    ends = {"open": "truncated", "truncated": "truncated", "closed": "closed", "announced": "faulted",
            "silent": "not_authenticated" if first else OneOf(["faulted", "not_authenticated"])}
    wanted = {"end": ends[outcome]}
    if "message_bytes" in row:
        wanted["messages"] = [Search(f"^.{{{2 * row['message_bytes']}}}$")]
    else:
        wanted["messages"] = row["messages"]
    looks = [{"says": wanted}]
    if outcome in ("closed", "announced"):
        code = row.get("close_code", Anything())
        looks.append({"sent": [[CLOSE, code]], **sending})
    elif outcome in ("open", "truncated") and not first:
        looks.append({"sent": [[HELLO]], **sending})
    else:
        looks.append({"says": {"sent": Last("")}})
    return looks


class Last(Anything):
    """An array whose last element is this."""

    def __init__(self, wanted):
        self.wanted = wanted

    def mismatch(self, value, path, bound):
        is_it = isinstance(value, list) and value and value[-1] == self.wanted
        return None if is_it else f"{path}: says {value[-1:]} in the end, not {self.wanted!r}"


def record_cases():
    """What a side makes of records."""
    vectors, section = _vectors("records"), _Section("records")
    parties = {(p["receiver"], p["suite"]): p for p in vectors["parties"]}
    for row in vectors["received"]:
        party = parties[row["receiver"], row["suite"]]
        before = [party["handshake"], *([party["hello"]] if row["first_nonce"] else [])]
        received = row["received"]
        if "received_file" in row:
            received = (VECTORS / row["received_file"]).read_bytes().hex() + received
        request = _stream({**party, **row}, [*before, received])
        section.add(row["name"], row["requirements"], _in_pieces(request, *_record_looks(row, party)))
    return section.cases


# messages.json


FIELDS = {"name": "name_field", "class": "class", "text": "text"}


def _message_answer(row):
    if not row["known"]:
        return {"status": "ok", "type": row["type"], "known": False}
    texts = {key: row.get(field, "").encode().hex() for key, field in FIELDS.items()}
    again = {} if row["trailing"] else {"again": row["bytes"]}
    return {"status": "ok", "type": row["type"], "known": True, "id": row.get("id", 0), **texts,
            "body": row.get("body", ""), "extra": row.get("extra", ""), "trailing": row["trailing"],
            **again}


def message_cases():
    """Whole messages: their parts, or why they are refused."""
    vectors, section = _vectors("messages"), _Section("messages")
    asked = [(row, row["bytes"], _message_answer(row)) for row in vectors["accepted"]]
    asked += [(row, row["bytes"], {"status": row["status"]}) for row in vectors["refused"]]
    asked += [(row, _expanded(row).hex(), {"status": row["status"]}) for row in vectors["generated"]]
    for row, octets, answer in asked:
        section.add(row["name"], row["requirements"], [{"ask": {"do": "message", "bytes": octets}},
                                                       {"says": answer}])
    return section.cases


# values.json and schema.json


def value_cases():
    """What a value means, and the same octets when it is sent on."""
    vectors, section = _vectors("values"), _Section("values")
    for row in vectors["accepted"]:
        section.add(row["name"], row["requirements"], [
            {"ask": {"do": "value", "bytes": row["bytes"]}},
            {"says": {"status": "ok", "notation": row["notation"], "again": row["bytes"]}}])
    for row in vectors["refused"]:
        section.add(row["name"], row["requirements"], [
            {"ask": {"do": "value", "bytes": row["bytes"]}},
            {"says": {"status": row["status"], "layer": row["layer"]}}])
    return section.cases


def schema_cases():
    """Declarations, arguments, calls: `ok`, or the code and the path of what is wrong."""
    vectors, section = _vectors("schema"), _Section("schema")
    for kind, keys in (("tools", ("tool",)), ("arguments", ("tool", "args")),
                       ("calls", ("procedure", "args", "options"))):
        for row in vectors[kind]:
            request = {"do": kind.removesuffix("s") if kind != "arguments" else kind,
                       **{key: row[key] for key in keys if key in row}}
            section.add(row["name"], row["requirements"], [
                {"ask": request}, {"says": {"code": row["code"], "path": row["path"]}}])
    return section.cases


def cases():
    """All of them."""
    return (handshake_cases() + record_cases() + message_cases() + value_cases() + schema_cases())
