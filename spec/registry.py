# SPDX-License-Identifier: MIT
"""The registry chapter: every table of protocol.toml as Markdown, for readers of the specification."""

HEAD = (
    "<!-- Generated from protocol.toml by generate.py. Do not edit. -->\n\n"
    "# Brig/1: registry\n\n"
    "Every number and every name of the protocol. This file is Appendix B of [protocol.md](protocol.md), which says\n"
    "what they mean; both are normative. Programs read [protocol.toml](protocol.toml), from which these tables are\n"
    "made.\n"
)


def code(text):
    return f"`{text}`"


def codes(names):
    return ", ".join(code(name) for name in names) or "–"


def literal(value):
    return code(str(value).lower() if isinstance(value, bool) else value)


def cell(value):
    return str(value).replace("|", "\\|")


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def named(rows, *extra):
    """Rows of name, further columns, text."""
    return [(code(row["name"]), *(column(row) for column in extra), row.get("text", "")) for row in rows]


def unit_of(limit):
    """Limits carry their unit at the end of their name."""
    return {"bytes": "bytes", "ms": "ms"}.get(limit["name"].rsplit("_", 1)[-1], "")


def protocol(spec):
    facts = spec["protocol"]
    return table(("name", "version", "magic"), [(facts["name"], facts["version"], code(facts["magic"]))])


def limits(spec):
    return table(
        ("limit", "value", "unit", "meaning"),
        [(code(row["name"]), f"{row['value']:,}", unit_of(row), row["text"]) for row in spec["limit"]],
    )


def suites(spec):
    rows = [
        (f"{row['id']:02x}", code(row["name"]), code(row["noise"]), row["message_bytes"][0], row["message_bytes"][1],
         row["text"])
        for row in spec["suite"]
    ]
    return table(("id", "suite", "Noise protocol", "message 1, bytes", "message 2, bytes", "meaning"), rows)


def refusals(spec):
    rows = [(f"{row['id']:02x}", code(row["name"]), row["text"]) for row in spec["refusal"]]
    return table(("reason", "name", "meaning"), rows)


def record_flags(spec):
    rows = [(row["bit"], code(row["name"]), row["text"]) for row in spec["record_flag"]]
    return table(("bit", "flag", "meaning"), rows)


def layout(message):
    elements = (element.split(":") for element in message["layout"])
    inside = ", ".join(f"{name}: {kind}" if name != kind else kind for name, kind in elements)
    return code(f"[{message['id']}, {inside}]")


def messages(spec):
    rows = [
        (row["id"], row["name"].upper(), layout(row), ", ".join(row["from"]), row["text"]) for row in spec["message"]
    ]
    return table(("type", "message", "layout", "senders", "meaning"), rows)


def states(spec):
    rows = [
        (code(row["name"]), row["side"], ", ".join(name.upper() for name in row["receives"]) or "no message",
         row["text"])
        for row in spec["state"]
    ]
    graph = ["```mermaid", "stateDiagram-v2", f"    [*] --> {spec['state'][0]['name']}"]
    for move in spec["move"]:
        graph += [f"    {move['from']} --> {target}" for target in move["to"]]
    moving = {move["from"] for move in spec["move"]}
    graph += [f"    {row['name']} --> [*]" for row in spec["state"] if row["name"] not in moving]
    graph += ["```", ""]
    return table(("state", "side", "may receive", "meaning"), rows) + "\n" + "\n".join(graph)


def capabilities(spec):
    return table(("capability", "meaning"), named(spec["capability"]))


def type_of(key):
    """`array of text`, `map of limits` …: a record's name is its heading."""
    kind, of = key["type"], key.get("of")
    return f"{kind} of {of}" if of else kind


def bounds(key):
    parts = ["required"] if key.get("required") else []
    parts += [f"at least {key['min']}"] if "min" in key else []
    parts += [key["unit"]] if "unit" in key else []
    parts += [" | ".join(code(value) for value in key["enum"])] if "enum" in key else []
    return ", ".join(parts)


def record_table(record):
    rows = [(code(key["key"]), type_of(key), bounds(key), key.get("text", "")) for key in record["keys"]]
    return table(("key", "type", "rules", "meaning"), rows)


def calls(spec):
    rows = []
    for row in spec["procedure"]:
        result = code(row["result"]) if "result" in row else row.get("result_type", "any value")
        kind = "code call" if row.get("code") else "control" if row.get("control") else ""
        options = code(row["options"]) if "options" in row else "none"
        rows.append((code(row["name"]), ", ".join(row["from"]), code(row["args"]), options, result, kind, row["text"]))
    return table(("procedure", "who calls", "args", "options", "result", "kind", "meaning"), rows)


RECORD_TYPES = (
    "Types of keys: `int` is an int from -2^63 to 2^63-1, `uint` one from 0 to 2^53-1, `id` one from 1, `number` any int\n"
    "or a float64, `any` and `value` are any value; `map of limits` is a map that is the record `limits`, `map of text` one\n"
    "whose values are texts.\n"
)


def records(spec):
    parts = [RECORD_TYPES]
    for record in spec["record"]:
        if record["name"] == "schema":
            continue
        rule = "Unknown keys are ignored." if record.get("open") else "An unknown key is refused."
        body = "\n" + record_table(record) if record["keys"] else ""
        heading = f"### Record `{record['name']}`\n\n"
        parts.append(heading + (rule if record["keys"] else f"It has no keys. {rule}") + "\n" + body)
    return "\n".join(parts)


def schema(spec):
    keys = next(record["keys"] for record in spec["record"] if record["name"] == "schema")
    checked = [(code(key["key"]), type_of(key), key["text"]) for key in keys if key.get("check")]
    carried = codes(key["key"] for key in keys if not key.get("check"))
    names = codes(row["name"] for row in spec["schema_type"])
    return (
        "Keywords that are checked:\n\n" + table(("keyword", "its type", "meaning"), checked)
        + f"\nKeywords that are carried without a check: {carried}.\n\nNames of `type`: {names}.\n"
    )


def effects(spec):
    rows = [
        (code(row["name"]), ", ".join(literal(value) for value in row["order"]), row["text"]) for row in spec["effect"]
    ]
    return table(("effect", "values, from the strictest to the weakest", "meaning"), rows)


def events(spec):
    return table(
        ("kind", "payload", "originates from", "meaning"),
        named(spec["event"], lambda row: row["payload"], lambda row: ", ".join(row["from"])),
    )


def errors(spec):
    return table(
        ("code", "class", "senders", "keys of data", "meaning"),
        named(
            spec["error"],
            lambda row: row["class"],
            lambda row: ", ".join(row["from"]) or "nobody",
            lambda row: codes(row.get("data", [])),
        ),
    )


def close_codes(spec):
    return table(("code", "meaning"), named(spec["close_code"]))


def exts(spec):
    return table(("ext type", "name", "content"), [(row["id"], code(row["name"]), row["text"]) for row in spec["ext"]])


def vector_types(spec):
    rows = [
        (f"{row['id']:02x}", code(row["name"]), row["bytes"] or "variable", row["missing"])
        for row in spec["vector_type"]
    ]
    return table(("type octet", "vector type", "bytes of an element", "missing element"), rows)


def annotations(spec):
    return table(("kind", "base and attributes"), named(spec["annotation"]))


def worker_link(spec):
    link = spec["worker_link"]
    rows = [
        ("procedures the server calls on a worker", codes(link["procedures"])),
        ("EVENT kinds accepted from a worker", codes(link["events"])),
        ("ERROR codes accepted from a worker for its one call", codes(link["errors"])),
    ]
    return table(("on the worker link", "names"), rows)


CHAPTERS = (
    ("Protocol", protocol),
    ("Limits", limits),
    ("Suites", suites),
    ("Refusals", refusals),
    ("Record flags", record_flags),
    ("Messages", messages),
    ("Connection states", states),
    ("Capabilities", capabilities),
    ("Procedures", calls),
    ("Records", records),
    ("Schema of a tool's parameters", schema),
    ("Effects of the sandbox", effects),
    ("Event kinds", events),
    ("Error codes", errors),
    ("Close codes", close_codes),
    ("Ext types", exts),
    ("Vector types", vector_types),
    ("Annotation kinds", annotations),
    ("Worker link", worker_link),
)


def render(spec):
    parts = [HEAD]
    for number, (title, chapter) in enumerate(CHAPTERS, start=1):
        parts.append(f"\n## B.{number} {title}\n\n{chapter(spec)}")
    return "".join(parts)
