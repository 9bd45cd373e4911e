#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trace every requirement of protocol.md to the tests that cite it.

A requirement is a list item "* [CHN-004] One sentence with one key word." A test, vector or conformance case cites it by
naming its id. What nothing cites has to have a written reason in uncovered.toml. Writes requirements.md and takes out of
uncovered.toml what is cited by now. With --check it writes nothing, and fails if that is due. Both fail if protocol.md
breaks the form, if a requirement has neither citation nor reason, or if code cites a section that does not exist
("spec 3.5"). Standard library only (Python 3.11+).
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
REASONS = SPEC / "uncovered.toml"
REASONS_HEAD = """\
# Requirements of protocol.md that no test or vector cites yet: why, and which part will observe them.
# trace.py takes an id out as soon as something cites it.
"""

# Where a citation counts: what is run, not what is claimed.
EVIDENCE = (
    "libproto/tests",
    "libproto/fuzz",
    "spec/vectors/*.json",
    "reference-server/tests",
    "reference-client/tests",
    "conformance",
    "bindings/*/tests",
    "bindings/*/test",
)
# The oracle names the id of every fault that it can find in others: that tests none of them.
NO_EVIDENCE = ROOT / "conformance/oracle"
# Where sections are cited.
CODE = ("libproto", "reference-server", "reference-client", "conformance")
TEXT_SUFFIXES = {".c", ".h", ".py", ".R", ".js", ".mjs", ".json", ".toml", ".yaml", ".yml", ".sh"}

ID = re.compile(r"\b[A-Z]{3}-\d{3}\b")
ITEM = re.compile(r"^\* \[([A-Z]{3}-\d{3})\] (.*)$")
KEYWORD = re.compile(r"\b(MUST NOT|MUST|SHOULD NOT|SHOULD|MAY|SHALL|REQUIRED|RECOMMENDED|OPTIONAL)\b")
HEADING = re.compile(r"^#+ (\d+(?:\.\d+)*)")
SECTIONS = re.compile(r"\bspec ((?:\d+(?:\.\d+)*(?:, | and | to )?)+)")
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
            yield from (path for path in files if path.suffix in TEXT_SUFFIXES and path.is_file()
                        and NO_EVIDENCE not in path.parents)


def read_citations():
    """id -> files that cite it."""
    citations = collections.defaultdict(list)
    for path in evidence_files():
        for identifier in sorted(set(ID.findall(path.read_text(errors="replace")))):
            citations[identifier].append(path.relative_to(ROOT).as_posix())
    return citations


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


def matrix(requirements, citations, reasons):
    tested = sum(1 for identifier in requirements if identifier in citations)
    lines = [
        "<!-- Generated by trace.py. Do not edit. -->",
        "",
        "# Requirements and where they are tested",
        "",
        f"{len(requirements)} requirements, {tested} cited by tests or vectors, {len(reasons)} with a written reason",
        "why not yet ([uncovered.toml](uncovered.toml)).",
        "",
        "| requirement | section | key word | tested in |",
        "| --- | --- | --- | --- |",
    ]
    for requirement in requirements.values():
        files = ", ".join(f"[{pathlib.PurePath(name).name}](../{name})" for name in citations.get(requirement.id, []))
        reason = f"*not yet: {reasons[requirement.id]}*" if requirement.id in reasons else "–"
        lines.append(f"| {requirement.id} | {requirement.section} | {requirement.keyword} | {files or reason} |")
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
    citations = read_citations()
    entries = without_cited(read_entries(), citations)
    reasons, reason_faults = reasons_of(entries)
    faults += reason_faults
    faults += coverage_faults(requirements, citations, reasons)
    faults += write_or_compare(check, REASONS, reasons_text(entries))
    faults += write_or_compare(check, MATRIX, matrix(requirements, citations, reasons))
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main(check="--check" in sys.argv)
