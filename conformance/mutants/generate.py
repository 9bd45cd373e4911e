#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write generated/mutants.h from mutants.toml, or --check that it is fresh and that table and code agree.

Every name of the table has to stand in the code as MUTANT(name), and every MUTANT(name) in the table;
every requirement has to be one of the specification. Standard library only (Python 3.11+).
"""
import pathlib
import re
import sys

import table

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = HERE / "generated" / "mutants.h"
CODE = ("libproto/src", "reference-server", "reference-client/src", "conformance/engine")
USE = re.compile(r"\bMUTANT\((\w+)\)")
REQUIREMENT = re.compile(r"^\* \[([A-Z]{3}-\d{3})\] ", re.MULTILINE)


def header(mutants):
    enum = "\n".join(f"    BRIG_MUTANT_{mutant.name}," for mutant in mutants)
    names = " \\\n    ".join(f"X({mutant.name})" for mutant in mutants)
    return f"""\
/* Generated from conformance/mutants/mutants.toml by generate.py. Do not edit. */
#ifndef BRIG_GENERATED_MUTANTS_H
#define BRIG_GENERATED_MUTANTS_H

typedef enum brig_mutant_name {{
    BRIG_MUTANT_none,
{enum}
}} brig_mutant_name;

#define BRIG_MUTANT_MAP(X) \\
    {names}

/* The environment variable that names the fault; read once, before main(). */
#define BRIG_MUTANT_VARIABLE "BRIG_MUTANT"

extern brig_mutant_name brig_mutant;

/* The name of brig_mutant, or "none". */
const char *brig_mutant_text(void);

#endif
"""


def used_names(root):
    names = set()
    for folder in CODE:
        for path in (root / folder).rglob("*.[ch]"):
            names.update(USE.findall(path.read_text()))
    return names


def find_faults(mutants, used, requirements):
    """Sentences about where table, code and specification do not agree."""
    named = {mutant.name for mutant in mutants}
    yield from (f"{name} is in the code but not in mutants.toml" for name in sorted(used - named))
    yield from (f"{name} is in mutants.toml but not in the code" for name in sorted(named - used))
    for mutant in mutants:
        unknown = [id_ for id_ in mutant.requirements if id_ not in requirements]
        yield from (f"{mutant.name}: the specification has no {id_}" for id_ in unknown)


def main(arguments):
    mutants = table.load(HERE / "mutants.toml")
    requirements = set(REQUIREMENT.findall((ROOT / "spec/protocol.md").read_text()))
    faults = list(find_faults(mutants, used_names(ROOT), requirements))
    text = header(mutants)
    if arguments == ["--check"]:
        if not OUTPUT.exists() or OUTPUT.read_text() != text:
            faults.append(f"{OUTPUT.relative_to(ROOT)} is stale: run conformance/mutants/generate.py")
    else:
        OUTPUT.parent.mkdir(exist_ok=True)
        OUTPUT.write_text(text)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
