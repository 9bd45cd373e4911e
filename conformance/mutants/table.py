# SPDX-License-Identifier: MIT
"""mutants.toml as a list: names, requirements and roles, checked."""
import collections
import pathlib
import re
import tomllib

ROLES = ("server", "client", "codec", "worker")
KEYS = {"name", "text", "requirements", "roles"}
NAME = re.compile(r"[a-z][a-z0-9_]*")

Mutant = collections.namedtuple("Mutant", "name text requirements roles")


class TableError(Exception):
    """What is wrong with the table, as a sentence."""


def parse(document):
    mutants, seen = [], set()
    for row in document.get("mutant", []):
        name = row.get("name", "?")
        if set(row) != KEYS:
            raise TableError(f"{name}: a mutant has exactly the keys {', '.join(sorted(KEYS))}")
        if not NAME.fullmatch(name) or name == "none":
            raise TableError(f"{name}: not a name")
        if name in seen:
            raise TableError(f"{name}: two mutants have this name")
        if not row["requirements"] or not row["roles"] or not set(row["roles"]) <= set(ROLES):
            raise TableError(f"{name}: needs requirements, and roles of {', '.join(ROLES)}")
        seen.add(name)
        mutants.append(Mutant(name, row["text"], tuple(row["requirements"]), tuple(row["roles"])))
    if not mutants:
        raise TableError("the table has no mutants")
    return mutants


def load(path):
    return parse(tomllib.loads(pathlib.Path(path).read_text()))
