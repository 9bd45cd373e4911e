#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write the test vectors and the example session, or --check that the committed ones are fresh.

An implementation of Brig/1 of its own: Python's standard library and Debian's packages python3-nacl
and python3-msgpack, nothing of libproto. Before anything is written it replays the published Noise
vectors, and msgpack reads every message that shall be accepted.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
SPEC = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(SPEC / "vectors"))

import msgpack  # noqa: E402

from make import (check_tools, cites, example, handshake, messages, noise,  # noqa: E402
                  records, schema, seeds, values)  # fmt: skip


def as_json(value):
    """Bytes as hex; keys keep their order."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=bytes.hex) + "\n"


def file_of(stem, lists):
    for name, rows in lists.items():
        if name != "parties":
            cites.cite(f"{stem}/{name}", rows)
    about = f"Test vectors of Brig/1: {stem}. README.md tells their form."
    return as_json({"about": about, **lists}).encode()


def prove_noise():
    """The published vectors of both patterns, if they are in the tree."""
    count = 0
    for path in sorted((SPEC / "vectors/noise").glob("*.json")):
        published = json.loads(path.read_text())["vectors"]
        noise.prove(published)
        count += len(published)
    if not count:
        sys.exit("spec/vectors/noise holds no published vectors")


def prove_msgpack(rows):
    """An unrelated reader takes what we call accepted, and writes the same octets again."""
    for row in rows:
        value = msgpack.unpackb(row["bytes"], raw=False, strict_map_key=True)
        if msgpack.packb(value, use_bin_type=True) != row["bytes"]:
            sys.exit(f"msgpack writes {row['name']} in another way")


def outputs():
    """Path below spec/ to contents."""
    registry = check_tools.Registry(SPEC / "protocol.toml")
    shakes, (recs, largest) = handshake.build(), records.build()
    msgs, vals, schemas = messages.build(), values.build(), schema.build(registry)
    page, rows = example.build(registry)
    prove_noise()
    prove_msgpack(msgs["accepted"] + vals["accepted"])
    files = {
        "vectors/handshake.json": file_of("handshake", shakes),
        "vectors/records.json": file_of("records", recs),
        "vectors/messages.json": file_of("messages", msgs),
        "vectors/values.json": file_of("values", vals),
        "vectors/schema.json": file_of("schema", schemas),
        f"vectors/{records.LARGEST_FILE}": largest,
        "example-session.md": page.encode(),
    }
    for path, data in seeds.build(shakes, recs, msgs, vals, schemas, rows).items():
        files[f"vectors/seeds/{path}"] = data
    return files


def stale(files):
    """What differs, is missing, or is there without a reason."""
    kept = {str(p.relative_to(SPEC)) for p in (SPEC / "vectors/seeds").rglob("*") if p.is_file()}
    wrong = [name for name, data in files.items()
             if not (SPEC / name).is_file() or (SPEC / name).read_bytes() != data]  # fmt: skip
    return wrong, sorted(kept - set(files))


def main(check):
    files = outputs()
    wrong, extra = stale(files)
    if check:
        if wrong or extra:
            sys.exit("stale, run spec/make_vectors.py: " + ", ".join(wrong + extra))
        return
    for name in extra:
        (SPEC / name).unlink()
    for name in wrong:
        (SPEC / name).parent.mkdir(parents=True, exist_ok=True)
        (SPEC / name).write_bytes(files[name])


main(check="--check" in sys.argv)
