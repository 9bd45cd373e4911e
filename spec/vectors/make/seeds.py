# SPDX-License-Identifier: MIT
"""Raw bytes for fuzzers: seeds/{handshake,records,message,value,schema,link}/NAME.bin."""
import re

LARGEST_SEED_BYTES = 4096


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80]


def stream(row):
    return row["received"]


def link(row):
    return len(row["bytes"]).to_bytes(4, "big") + row["bytes"]


def schema_pair(row):
    """A tool's declaration, then the arguments it gets."""
    return row["tool"] + row["args"]


def whole_session(rows):
    """What the client of the example session says on a link without encryption."""
    messages = (row["plaintext"][1:] for row in rows if row["from"] == "client")
    return b"".join(len(m).to_bytes(4, "big") + m for m in messages)


def every(rows, step):
    return [row for i, row in enumerate(rows) if i % step == 0]


def add(files, folder, rows, data):
    for row in rows:
        seed = data(row)
        if 0 < len(seed) <= LARGEST_SEED_BYTES:
            files[f"{folder}/{slug(row['name'])}.bin"] = seed


def build(handshakes, records, messages, values, schemas, example_rows):
    """Path below seeds/ to contents; every accepted kind, and every third of what is refused."""
    files = {}
    add(files, "handshake", every(handshakes["received"], 2), stream)
    add(files, "records", every(records["received"], 3), stream)
    add(files, "message", messages["accepted"] + every(messages["refused"], 3), lambda r: r["bytes"])
    add(files, "value", values["accepted"] + every(values["refused"], 3), lambda r: r["bytes"])
    add(files, "schema", every(schemas["tools"], 2), lambda r: r["tool"])
    add(files, "schema", every(schemas["arguments"], 6), schema_pair)
    add(files, "link", every(messages["accepted"], 6), link)
    files["link/example-session.bin"] = whole_session(example_rows)
    return files
