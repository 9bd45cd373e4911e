# SPDX-License-Identifier: MIT
"""The reports of a run: JUnit XML and JSON for machines, a page for people."""

import json

from suite import annotate, junit, page, requirements
from suite.outcome import ERROR, UNSUPPORTED, count
from suite.recording import SENT

ARROWS = {True: ">", False: "<"}


def log_lines(run):
    """The wire log as text, one line a unit."""
    lines = []
    for entry in run.recording.entries if run.recording else ():
        arrow = ARROWS[entry.direction == SENT]
        octets = annotate.short(entry.plaintext if entry.plaintext else entry.wire)
        lines.append(f"{entry.connection} {arrow} {entry.at * 1000:9.2f} ms  {entry.what:10} "
                     f"{entry.note or octets}")
    return "\n".join(lines)


def _junit_kind(one):
    if one.verdict == UNSUPPORTED:
        return junit.SKIPPED
    if one.verdict == ERROR:
        return junit.ERROR
    return junit.FAILED if one.is_bad else junit.PASSED


def write_junit(path, role, outcomes):
    """For continuous integration."""
    junit.write(path, f"conformance.{role}", [
        junit.Row(one.case.section, f"{one.case.id}: {one.case.title}", _junit_kind(one),
                  one.reasons + one.ending_reasons, one.seconds,
                  log_lines(one.runs[-1]) if one.is_bad else "") for one in outcomes])


def _case(one):
    return {"name": one.case.name, "title": one.case.title, "role": one.case.role,
            "requirements": one.case.requirements, "verdict": one.verdict, "reasons": one.reasons,
            "ending": one.ending_reasons, "expected": one.expected,
            "seconds": round(one.seconds, 3),
            "runs": [{"writing": run.writing, "verdict": run.verdict, "ending": run.ending,
                      "seconds": round(run.seconds, 3)} for run in one.runs]}


def write_json(path, role, facts, outcomes, keywords):
    """Everything but the octets, for other programs."""
    cited = requirements.by_requirement(outcomes)
    rows = {name: {"keyword": keyword, "cases": [one.case.name for one in cited.get(name, [])],
                   "verdict": requirements.verdict_of(cited[name]) if name in cited else None}
            for name, keyword in keywords.items()}
    path.write_text(json.dumps(
        {"suite": "brig-conformance", "set": "1.0", "role": role, "facts": facts,
         "counts": count(outcomes), "requirements": rows,
         "cases": [_case(one) for one in outcomes]}, indent=1, default=str) + "\n")


def write(directory, role, target, outcomes):
    """All of them."""
    directory.mkdir(parents=True, exist_ok=True)
    stem = directory / f"conformance-{role}"
    write_junit(stem.with_suffix(".xml"), role, outcomes)
    write_json(stem.with_suffix(".json"), role, target.facts, outcomes, target.requirements)
    stem.with_suffix(".html").write_text(
        page.render(role, target.facts, outcomes, target.requirements), encoding="utf-8")


