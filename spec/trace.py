#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trace every requirement of protocol.md to the tests that cite it.

A requirement is a list item "* [CHN-004] One sentence with one key word." A test, vector or conformance case cites it by
naming its id. What nothing cites has to have a written reason in uncovered.toml. Writes requirements.md and takes out of
uncovered.toml what is cited by now. With --check it writes nothing, and fails if that is due. Both fail if protocol.md
breaks the form, if a requirement has neither citation nor reason, if more than 15 % have only a reason, if one of
version 1.0 is gone or has another key word, or if code cites a section that does not exist ("spec 3.5"). Standard library only (Python 3.11+).
"""
import collections
import json
import pathlib
import re
import sys
import textwrap
import tomllib

SPEC = pathlib.Path(__file__).resolve().parent
ROOT = SPEC.parent
MATRIX = SPEC / "requirements.md"
FROZEN = ROOT / "conformance" / "requirements-1.0.txt"
REASONS = SPEC / "uncovered.toml"
REASONS_HEAD = """\
# Requirements of protocol.md that no test or vector cites yet: why, and which part will observe them.
# trace.py takes an id out as soon as something cites it.
"""

# Where a citation counts: what is run, not what is claimed. What judges others, such as the runner of the conformance
# suite and its oracle, names the faults that it can find; that tests none of them.
EVIDENCE = (
    "libproto/tests",
    "libproto/fuzz",
    "spec/vectors/*.json",
    "reference-server/tests",
    "reference-client/tests",
    "conformance/cases",
    "conformance/attacks",
    "conformance/suite/attack",
    "conformance/engine/tests",
    "bindings/*/tests",
    "bindings/*/test",
)
# What a file is evidence of, by where it lies; cases of the conformance suite say for which role they are.
CASES = "conformance/cases/"
KINDS = (
    ("libproto/", "unit"),
    ("spec/vectors/", "vectors"),
    ("reference-server/", "server"),
    ("reference-client/", "client"),
    ("bindings/", "bindings"),
    ("conformance/engine/", "engine"),
    (CASES, "suite"),
    ("conformance/", "attacks"),
)
MOST_EXCLUDED = 0.15
# Where sections are cited.
CODE = ("libproto", "reference-server", "reference-client", "conformance")
TEXT_SUFFIXES = {".c", ".h", ".py", ".R", ".js", ".mjs", ".json", ".toml", ".yaml", ".yml", ".sh"}

ID = re.compile(r"\b[A-Z]{3}-\d{3}\b")
ITEM = re.compile(r"^\* \[([A-Z]{3}-\d{3})\] (.*)$")
KEYWORD = re.compile(r"\b(MUST NOT|MUST|SHOULD NOT|SHOULD|MAY|SHALL|REQUIRED|RECOMMENDED|OPTIONAL)\b")
HEADING = re.compile(r"^#+ (\d+(?:\.\d+)*)")
SECTIONS = re.compile(r"\bspec ((?:\d+(?:\.\d+)*(?:, | and | to )?)+)")
CASE_REQUIREMENTS = re.compile(r"^ +requirements: \[([^\]]*)\]", re.MULTILINE)
CASE_ROLE = re.compile(r"^role: (\w+)", re.MULTILINE)
PREFIX_ROW = re.compile(r"^\| ([A-Z]{3}) \| ([\d.]+) \| .* \|$")
ALLOWED = {"MUST NOT", "MUST", "SHOULD NOT", "SHOULD", "MAY"}

Requirement = collections.namedtuple("Requirement", "id section text keyword")


def without_code(text):
    return re.sub(r"`[^`]*`", "", text)


def items(lines):
    """(section, id or None, text): list items with an id, and every other line."""
    section, current, fenced = "", None, False
    for line in lines:
        fenced ^= line.startswith("```")
        match = ITEM.match(line)
        if current and not match and line.startswith("  "):
            current[2] += " " + line.strip()
            continue
        if current:
            yield tuple(current)
            current = None
        if match:
            current = [section, match[1], match[2]]
            continue
        if heading := HEADING.match(line):
            section = heading[1]
        if not fenced:
            yield section, None, line
    if current:
        yield tuple(current)


def form_faults(requirement, keywords):
    """What is wrong with one requirement taken alone."""
    if len(keywords) != 1 or keywords[0] not in ALLOWED:
        yield f"{requirement.id}: {len(keywords)} key words, not one of {', '.join(sorted(ALLOWED))}"
    if not requirement.text.endswith(".") or re.search(r"\. [A-Z]", without_code(requirement.text)):
        yield f"{requirement.id}: not one sentence"


def read_requirements(text):
    """All requirements, and the faults of the document's form."""
    lines = text.splitlines()
    chapters = dict(match.groups() for line in lines if (match := PREFIX_ROW.match(line)))
    found, faults = {}, []
    for section, identifier, body in items(lines):
        keywords = KEYWORD.findall(without_code(body))
        if identifier is None:
            faults += [f"{section}: a key word outside a requirement: {body.strip()}"] if keywords else []
            continue
        requirement = Requirement(identifier, section, body, keywords[0] if keywords else "")
        faults += form_faults(requirement, keywords)
        if identifier in found:
            faults.append(f"{identifier}: used twice")
        chapter = chapters.get(identifier[:3])
        if chapter is None or not (section + ".").startswith(chapter + "."):
            faults.append(f"{identifier}: stands in {section}, its prefix belongs to {chapter}")
        found[identifier] = requirement
    return found, faults


def evidence_files():
    for pattern in EVIDENCE:
        for place in sorted(ROOT.glob(pattern)):
            files = sorted(place.rglob("*")) if place.is_dir() else [place]
            yield from (path for path in files if path.suffix in TEXT_SUFFIXES and path.is_file())


def cited_in(name, text):
    """The ids that a file gives evidence of. A case of the conformance suite lists them; nothing else there counts."""
    if name.startswith(CASES):
        text = " ".join(CASE_REQUIREMENTS.findall(text))
    return sorted(set(ID.findall(text)))


def kind_of(name, text):
    """What sort of evidence a file is."""
    kind = next(kind for start, kind in KINDS if name.startswith(start))
    role = CASE_ROLE.search(text) if kind == "suite" else None
    return f"suite: {role[1] if role else 'server'}" if kind == "suite" else kind


def read_citations():
    """id -> files that cite it, and file -> its kind."""
    citations, kinds = collections.defaultdict(list), {}
    for path in evidence_files():
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(errors="replace")
        kinds[name] = kind_of(name, text)
        for identifier in cited_in(name, text):
            citations[identifier].append(name)
    return citations, kinds


def read_frozen():
    """id -> key word of version 1.0."""
    lines = (line.split("#")[0].split(maxsplit=1) for line in FROZEN.read_text().splitlines())
    return {line[0]: line[1].strip() for line in lines if line}


def frozen_faults(requirements, frozen):
    """Later versions add requirements; those of a version that has been published stay as they are."""
    for identifier, keyword in frozen.items():
        if identifier not in requirements:
            yield f"{identifier}: belongs to version 1.0 and is gone"
        elif requirements[identifier].keyword != keyword:
            yield f"{identifier}: {keyword} in version 1.0, now {requirements[identifier].keyword}"


def read_entries():
    return tomllib.loads(REASONS.read_text())["uncovered"]


def reasons_of(entries):
    """id -> which part will observe it, and the faults of uncovered.toml."""
    reasons, faults = {}, []
    for entry in entries:
        for identifier in entry["ids"]:
            if identifier in reasons:
                faults.append(f"{identifier}: twice in uncovered.toml")
            if not entry["reason"].strip() or not entry["observed_by"].strip():
                faults.append(f"{identifier}: no reason in uncovered.toml")
            reasons[identifier] = entry["observed_by"]
    return reasons, faults


def without_cited(entries, citations):
    """The entries without what is cited by now."""
    left = [entry | {"ids": [name for name in entry["ids"] if name not in citations]} for entry in entries]
    return [entry for entry in left if entry["ids"]]


def reasons_text(entries):
    parts = [REASONS_HEAD] if entries else [REASONS_HEAD, "uncovered = []\n"]
    for entry in entries:
        ids = textwrap.indent(textwrap.fill(", ".join(map(json.dumps, entry["ids"])) + ",", 100), "  ")
        strings = [f"{key} = {json.dumps(entry[key], ensure_ascii=False)}" for key in ("observed_by", "reason")]
        parts.append("\n".join(["[[uncovered]]", *strings, "ids = [", ids, "]", ""]))
    return "\n".join(parts)


def coverage_faults(requirements, citations, reasons):
    prefixes = {identifier[:3] for identifier in requirements}
    for identifier, files in sorted(citations.items()):
        # Other ids of the same shape, such as those of a CVE list, are not ours.
        if identifier not in requirements and identifier[:3] in prefixes:
            yield f"{identifier}: cited in {files[0]}, not in protocol.md"
    for identifier in reasons:
        if identifier not in requirements:
            yield f"{identifier}: in uncovered.toml, not in protocol.md"
    for requirement in requirements.values():
        if requirement.keyword != "MAY" and requirement.id not in citations and requirement.id not in reasons:
            yield f"{requirement.id}: neither cited by a test nor in uncovered.toml"


def excluded_faults(requirements, reasons):
    """A written reason is an exception."""
    if len(reasons) > MOST_EXCLUDED * len(requirements):
        yield f"{len(reasons)} of {len(requirements)} requirements are excluded: at most {MOST_EXCLUDED:.0%} may be"


def totals(requirements, citations, reasons, kinds):
    """Sentences and a table: how much is tested, and by what."""
    tested = [name for name in requirements if name in citations]
    excluded = [name for name in requirements if name in reasons and name not in citations]
    optional = [name for name in requirements if requirements[name].keyword == "MAY" and name not in citations]
    untested = len(requirements) - len(tested) - len(excluded) - len(optional)
    rows = collections.Counter(kind for name in tested for kind in {kinds[file] for file in citations[name]})
    return [
        f"{len(requirements)} requirements: {len(tested)} tested, {len(excluded)} excluded with a written reason",
        f"([uncovered.toml](uncovered.toml)), {len(optional)} optional (MAY), {untested} untested.",
        "",
        "| kind of test | requirements |",
        "| --- | --- |",
        *(f"| {kind} | {rows[kind]} |" for kind in sorted(rows)),
    ]


def matrix(requirements, citations, reasons, kinds):
    lines = [
        "<!-- Generated by trace.py. Do not edit. -->",
        "",
        "# Requirements and where they are tested",
        "",
        "Kinds of test: unit tests of libproto, vectors, tests of the server, the client and the bindings, attacks, and",
        "cases of the [conformance suite](../conformance/README.md), which run against any implementation, by role.",
        "",
        *totals(requirements, citations, reasons, kinds),
        "",
        "| requirement | section | key word | kinds | tested in |",
        "| --- | --- | --- | --- | --- |",
    ]
    for requirement in requirements.values():
        files = ", ".join(f"[{pathlib.PurePath(name).name}](../{name})" for name in citations.get(requirement.id, []))
        reason = f"*excluded: {reasons[requirement.id]}*" if requirement.id in reasons else "–"
        sorts = ", ".join(sorted({kinds[name] for name in citations.get(requirement.id, [])})) or "–"
        lines.append(
            f"| {requirement.id} | {requirement.section} | {requirement.keyword} | {sorts} | {files or reason} |")
    return "\n".join(lines) + "\n"


def section_faults(lines, name, text):
    """Sections of the specification that this file cites and that do not exist."""
    sections = {match[1] for line in lines if (match := HEADING.match(line))}
    cited = {number for numbers in SECTIONS.findall(text) for number in re.findall(r"\d+(?:\.\d+)*", numbers)}
    return [f"{name}: cites section {number}, which does not exist" for number in sorted(cited - sections)]


def code_faults(lines):
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            yield from section_faults(lines, path.relative_to(ROOT), path.read_text(errors="replace"))


def write_or_compare(check, path, text):
    """Faults, if this file is stale and only a check was asked for."""
    if not check:
        path.write_text(text)
    elif not path.exists() or path.read_text() != text:
        return [f"{path.relative_to(ROOT)} is stale: run spec/trace.py"]
    return []


def main(check):
    text = (SPEC / "protocol.md").read_text()
    requirements, faults = read_requirements(text)
    faults += code_faults(text.splitlines())
    faults += frozen_faults(requirements, read_frozen())
    citations, kinds = read_citations()
    entries = without_cited(read_entries(), citations)
    reasons, reason_faults = reasons_of(entries)
    faults += reason_faults
    faults += coverage_faults(requirements, citations, reasons)
    faults += excluded_faults(requirements, reasons)
    faults += write_or_compare(check, REASONS, reasons_text(entries))
    faults += write_or_compare(check, MATRIX, matrix(requirements, citations, reasons, kinds))
    if faults:
        sys.exit("\n".join(faults))
    print(" ".join(totals(requirements, citations, reasons, kinds)[:2]))


if __name__ == "__main__":
    main(check="--check" in sys.argv)
