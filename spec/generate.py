#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write every file that is derived from protocol.toml, or --check that they are fresh.

Standard library only (Python 3.11+). The outputs are committed, so that building needs no Python.
"""
import pathlib
import sys
import tomllib

import registry

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEAD = "/* Generated from spec/protocol.toml by spec/generate.py. Do not edit. */\n"

PUBLIC = "libproto/include/brig/generated/"
PRIVATE = "libproto/src/generated/"


def upper(name):
    return name.removeprefix("brig.").replace(".", "_").replace("-", "_").upper()


def header(guard, body):
    return f"{HEAD}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


def x_macro(name, rows):
    return " \\\n    ".join([f"#define {name}(X)"] + [f"X({', '.join(row)})" for row in rows]) + "\n"


def enum(name, prefix, entries, count=False):
    """entries: (constant without prefix, number or None, comment or None)."""
    lines = []
    for constant, number, text in entries:
        value = f" = {number}" if number is not None else ""
        comment = f" /* {text} */" if text else ""
        lines.append(f"    {prefix}{constant}{value},{comment}")
    if count:
        lines.append(f"    {prefix}COUNT,")
    body = "\n".join(lines)
    return f"typedef enum {name} {{\n{body}\n}} {name};\n"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def statuses(spec):
    rows = [(upper(s["name"]), quoted(s["class"]), quoted(s["text"])) for s in spec["status"]]
    return header("BRIG_GENERATED_STATUSES_H", x_macro("BRIG_STATUS_MAP", rows))


def numbered(rows, number="id"):
    return [(upper(row["name"]), row.get(number), row.get("text")) for row in rows]


def listed(rows):
    return [(upper(row["name"]), None, row.get("text")) for row in rows]


def least(spec, name):
    """The keys of a record that have a least value."""
    record = next(record for record in spec["record"] if record["name"] == name)
    return [(key["key"], str(key["min"])) for key in record["keys"] if "min" in key]


def constants(spec):
    limits = [(upper(row["name"]), row["value"], row["text"]) for row in spec["limit"]]
    limit_lines = "".join(
        f"#define BRIG_LIMIT_{name} {value}{'' if value < 2**31 else 'LL'} /* {text} */\n"
        for name, value, text in limits
    )
    sides = [("CLIENT", 0, None), ("SERVER", 1, None), ("WORKER", 2, None)]
    states = [(upper(row["name"]), None, row["text"]) for row in spec["state"]]
    parts = [
        f"#define BRIG_PROTOCOL_NAME {quoted(spec['protocol']['name'])}\n"
        f"#define BRIG_PROTOCOL_VERSION {spec['protocol']['version']}\n"
        f"#define BRIG_PROTOCOL_MAGIC {quoted(spec['protocol']['magic'])}\n",
        limit_lines,
        enum("brig_side", "BRIG_SIDE_", sides),
        enum("brig_suite", "BRIG_SUITE_", numbered(spec["suite"])),
        enum("brig_refusal", "BRIG_REFUSAL_", numbered(spec["refusal"])),
        enum("brig_message_type", "BRIG_MESSAGE_", numbered(spec["message"])),
        enum("brig_state", "BRIG_STATE_", states, count=True),
        enum("brig_procedure", "BRIG_PROCEDURE_", listed(spec["procedure"]), count=True),
        enum("brig_record", "BRIG_RECORD_", listed(spec["record"]), count=True),
        enum("brig_error_code", "BRIG_ERROR_", listed(spec["error"]), count=True),
        enum("brig_close_code", "BRIG_CLOSE_", listed(spec["close_code"]), count=True),
        enum("brig_event_kind", "BRIG_EVENT_KIND_", listed(spec["event"]), count=True),
        enum("brig_ext", "BRIG_EXT_", numbered(spec["ext"])),
        enum("brig_vector_type", "BRIG_VECTOR_", numbered(spec["vector_type"])),
        enum("brig_annotation", "BRIG_ANNOTATION_", listed(spec["annotation"]), count=True),
        enum("brig_effect", "BRIG_EFFECT_", listed(spec["effect"]), count=True),
        x_macro("BRIG_EVENT_KIND_MAP", [(upper(e["name"]), quoted(e["name"])) for e in spec["event"]]),
        x_macro("BRIG_LEAST_LIMITS", least(spec, "limits")),
    ]
    return header("BRIG_GENERATED_PROTOCOL_H", "\n".join(parts))


def sides(names):
    return " | ".join(f"FROM({upper(name)})" for name in names) or "0"


def tables(spec):
    link = spec["worker_link"]
    errors = [
        (upper(e["name"]), quoted(e["name"]), quoted(e["class"]), sides(e["from"]),
         "true" if e["name"] in link["errors"] else "false")
        for e in spec["error"]
    ]
    events = [
        (upper(e["name"]), quoted(e["name"]), upper(e["payload"]),
         "true" if e["name"] in link["events"] else "false")
        for e in spec["event"]
    ]
    closes = [(upper(c["name"]), quoted(c["name"])) for c in spec["close_code"]]
    suites = [
        (upper(s["name"]), quoted(s["noise"]), *map(str, s["message_bytes"])) for s in spec["suite"]
    ]
    vectors = [(upper(v["name"]), str(v["bytes"])) for v in spec["vector_type"]]
    annotations = [(upper(a["name"]), quoted(a["name"])) for a in spec["annotation"]]
    types = [(upper(t["name"]), quoted(t["name"])) for t in spec["schema_type"]]
    state_rows = []
    for state in spec["state"]:
        receives = " | ".join(f"MESSAGE({upper(m)})" for m in state["receives"]) or "0"
        moves = [m["to"] for m in spec["move"] if m["from"] == state["name"]]
        targets = " | ".join(f"STATE({upper(t)})" for t in (moves[0] if moves else [])) or "0"
        state_rows.append((upper(state["name"]), receives, targets))
    layouts = []
    for message in spec["message"]:
        elements = [f"ELEMENT_{element.split(':')[1].upper()}" for element in message["layout"]]
        layouts.append((upper(message["name"]), str(len(elements)), "ELEMENTS(" + ", ".join(elements) + ")"))
    body = "\n".join([
        x_macro("BRIG_ERROR_MAP", errors),
        x_macro("BRIG_EVENT_MAP", events),
        x_macro("BRIG_CLOSE_MAP", closes),
        x_macro("BRIG_SUITE_MAP", suites),
        x_macro("BRIG_VECTOR_MAP", vectors),
        x_macro("BRIG_ANNOTATION_MAP", annotations),
        x_macro("BRIG_SCHEMA_TYPE_MAP", types),
        x_macro("BRIG_STATE_MAP", state_rows),
        x_macro("BRIG_LAYOUT_MAP", layouts),
    ])
    return header("BRIG_GENERATED_TABLES_H", body)


def key_row(spec, row):
    records = {record["name"] for record in spec["record"]}
    of = row.get("of")
    if of is None:
        of_type, of_record = "ANY", "COUNT"
    elif of in records:
        of_type, of_record = "RECORD", upper(of)
    else:
        of_type, of_record = upper(of), "COUNT"
    fields = [
        f".key = {quoted(row['key'])}",
        f".type = TYPE_{upper(row['type'])}",
        f".of = TYPE_{of_type}",
        f".of_record = BRIG_RECORD_{of_record}",
        f".required = {'true' if row.get('required') else 'false'}",
    ]
    if "min" in row:
        fields.append(f".minimum = {row['min']}")
    if "enum" in row:
        fields.append(f".values = {quoted('|'.join(row['enum']))}")
    return "    {" + ", ".join(fields) + "},\n"


def records(spec):
    """Key tables of every record, for procedure.c and schema.c, which define the types."""
    out = []
    for record in spec["record"]:
        rows = "".join(key_row(spec, row) for row in record["keys"])
        if rows:
            out.append(f"static const struct key_rule keys_{record['name']}[] = {{\n{rows}}};\n")
    lines = []
    for record in spec["record"]:
        name = record["name"]
        keys = f"keys_{name}, sizeof(keys_{name}) / sizeof(keys_{name}[0])" if record["keys"] else "NULL, 0"
        is_open = "true" if record.get("open") else "false"
        lines.append(f"    [BRIG_RECORD_{upper(name)}] = {{{keys}, {is_open}}},\n")
    out.append("static const struct record_rule record_rules[BRIG_RECORD_COUNT] = {\n" + "".join(lines) + "};\n")
    lines = []
    for procedure in spec["procedure"]:
        options = upper(procedure.get("options", "nothing"))
        lines.append(
            f"    [BRIG_PROCEDURE_{upper(procedure['name'])}] = {{\n"
            f"        {quoted(procedure['name'])}, BRIG_RECORD_{upper(procedure['args'])}, BRIG_RECORD_{options},\n"
            f"        {sides(procedure['from'])}, {'true' if procedure.get('code') else 'false'}, "
            f"{'true' if procedure.get('control') else 'false'}}},\n"
        )
    out.append("static const struct procedure_rule procedure_rules[BRIG_PROCEDURE_COUNT] = {\n" + "".join(lines) + "};\n")
    lines = []
    for effect in spec["effect"]:
        order = "|".join(str(value).lower() for value in effect["order"])
        lines.append(f"    [BRIG_EFFECT_{upper(effect['name'])}] = {{{quoted(effect['name'])}, {quoted(order)}}},\n")
    out.append(
        "/* Values from the strictest to the weakest. */\n"
        "static const struct effect_rule effect_rules[BRIG_EFFECT_COUNT] = {\n" + "".join(lines) + "};\n"
    )
    return header("BRIG_GENERATED_RECORDS_H", "\n".join(out))


OUTPUTS = {
    PUBLIC + "statuses.h": statuses,
    PUBLIC + "protocol.h": constants,
    PRIVATE + "tables.h": tables,
    PRIVATE + "records.h": records,
    "spec/registry.md": registry.render,
}


def main(check):
    spec = tomllib.loads((ROOT / "spec/protocol.toml").read_text())
    stale = []
    for name, render in OUTPUTS.items():
        path, text = ROOT / name, render(spec)
        if check:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if stale:
        sys.exit("stale, run spec/generate.py: " + ", ".join(stale))


if __name__ == "__main__":
    main(check="--check" in sys.argv)
