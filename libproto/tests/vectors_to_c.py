#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn a file of spec/vectors into C tables that the vector tests include.

usage: vectors_to_c.py OUTPUT NAME.json

Each list of the file becomes a table `NAME_LIST` of `struct NAME_LIST_row`; a key that a row lacks
is zero. Standard library only.
"""
import json
import sys
from pathlib import Path

# Per file and list: the keys of a row, and the form each takes in C.
TABLES = {
    "messages": {
        "accepted": {"name": "cstring", "bytes": "hex", "type": "number", "known": "flag",
                     "trailing": "number", "id": "number", "name_field": "text", "class": "text",
                     "text": "text", "body": "hex", "extra": "hex"},
        "refused": {"name": "cstring", "bytes": "hex", "status": "cstring"},
        "generated": {"name": "cstring", "prefix": "hex", "head": "hex", "digits": "number",
                      "tail": "hex", "count": "number", "suffix": "hex", "status": "cstring"},
    },
    "values": {
        "accepted": {"name": "cstring", "bytes": "hex", "notation": "text"},
        "refused": {"name": "cstring", "bytes": "hex", "layer": "cstring", "status": "cstring"},
    },
    "schema": {
        "tools": {"name": "cstring", "tool": "hex", "code": "cstring", "path": "cstring"},
        "arguments": {"name": "cstring", "tool": "hex", "args": "hex", "code": "cstring",
                      "path": "cstring"},
        "calls": {"name": "cstring", "procedure": "text", "args": "hex", "options": "hex",
                  "code": "cstring", "path": "cstring"},
    },
    "handshake": {
        "complete": {"name": "cstring", "suite": "cstring", "psk": "hex", "client_static": "hex",
                     "client_public": "hex", "server_static": "hex", "server_public": "hex",
                     "client_ephemeral": "hex", "server_ephemeral": "hex", "preamble": "hex",
                     "message_1": "hex", "message_2": "hex", "handshake_hash": "hex",
                     "client_records": "hexes", "server_records": "hexes",
                     "message_hashes": "hexes", "message_chaining_keys": "hexes"},
        "received": {"name": "cstring", "receiver": "cstring", "suite": "cstring", "psk": "hex",
                     "static_secret": "hex", "server_public": "hex", "client_publics": "hexes",
                     "ephemeral": "hex", "received": "hex", "sent": "hex", "outcome": "cstring",
                     "answer": "hex", "busy": "flag", "reason": "number",
                     "min_version": "number", "max_version": "number"},
    },
    "records": {
        "parties": {"name": "cstring", "receiver": "cstring", "suite": "cstring", "psk": "hex",
                    "ephemeral": "hex", "static_secret": "hex", "server_public": "hex",
                    "client_publics": "hexes", "handshake": "hex", "hello": "hex",
                    "sending_key": "hex"},
        "received": {"name": "cstring", "receiver": "cstring", "suite": "cstring",
                     "first_nonce": "number", "received": "hex", "received_file": "cstring",
                     "outcome": "cstring", "messages": "hexes", "message_bytes": "number",
                     "close_code": "cstring", "max_message": "number"},
    },
}  # fmt: skip

C_TYPES = {
    "cstring": "const char *{};",
    "number": "uint64_t {};",
    "flag": "bool {};",
    "hex": "brig_span {};",
    "text": "brig_span {};",
    "hexes": "struct vector_list {};",
}


def flatten(row):
    """Lists and maps inside a row, as columns of their own."""
    for sender in ("client", "server"):
        mine = [r["record"] for r in row.get("records", []) if r["from"] == sender]
        row[f"{sender}_records"] = mine
    whole = [s for s in row.get("client_steps", []) if s["step"].endswith("payload")]
    row["message_hashes"] = [step["h"] for step in whole]
    row["message_chaining_keys"] = [step["ck"] for step in whole]
    row.update(row.get("refusal", {}))
    return row


class Writer:
    """Lines of C; byte arrays get names of their own."""

    def __init__(self):
        self.lines, self.count = [], 0

    def array(self, data):
        if not data:
            return "{NULL, 0}"
        name = f"vector_bytes_{self.count}"
        self.count += 1
        self.lines.append(f"static const uint8_t {name}[] = {{")
        for i in range(0, len(data), 16):
            self.lines.append("    " + ", ".join(f"{b:#04x}" for b in data[i : i + 16]) + ",")
        self.lines.append("};")
        return f"{{{name}, sizeof({name})}}"

    def spans(self, items):
        if not items:
            return "{NULL, 0}"
        spans = [self.array(bytes.fromhex(item)) for item in items]
        name = f"vector_list_{self.count}"
        self.count += 1
        self.lines.append(f"static const brig_span {name}[] = {{{', '.join(spans)}}};")
        return f"{{{name}, {len(items)}}}"

    def field(self, form, value):
        if form == "cstring":
            return "NULL" if value is None else cstring(value)
        if form == "number":
            return f"UINT64_C({value or 0})"
        if form == "flag":
            return "true" if value else "false"
        if form == "hexes":
            return self.spans(value)
        return self.array(bytes.fromhex(value or "") if form == "hex" else (value or "").encode())


def cstring(text):
    """Octal escapes end after three digits, so that nothing that follows can join them."""
    return '"' + "".join(
        chr(b) if 0x20 <= b < 0x7F and b not in b'"\\?' else f"\\{b:03o}" for b in text.encode()
    ) + '"'  # fmt: skip


def table(writer, name, columns, rows):
    fields = "\n".join("    " + C_TYPES[form].format(f"{c}_") for c, form in columns.items())
    writer.lines.append(f"struct {name}_row {{\n{fields}\n}};")
    cells = []
    for row in map(flatten, rows):
        values = (f".{c}_ = {writer.field(form, row.get(c))}" for c, form in columns.items())
        cells.append(f"    {{{', '.join(values)}}},")
    writer.lines += [f"static const struct {name}_row {name}[] = {{", *cells, "};"]


def main(output, source):
    path = Path(source)
    document = json.loads(path.read_text(encoding="utf-8"))
    writer = Writer()
    writer.lines.append("/* Generated by libproto/tests/vectors_to_c.py. */")
    writer.lines.append("struct vector_list {\n    const brig_span *items;\n    size_t count;\n};")
    for name, columns in TABLES[path.stem].items():
        table(writer, f"{path.stem}_{name}", columns, document[name])
    Path(output).write_text("\n".join(writer.lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
