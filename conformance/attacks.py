#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the catalogue of attacks against a brigd and says which held. README.md beside this file."""

import argparse
import concurrent.futures
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # a run leaves nothing beside its sources

from suite.attack import cases, page, report
from suite.attack.bait import Bait
from suite.attack.client import Client
from suite.attack.run import Run
from suite.attack.server import Server

SUITE = "attacks"
CATALOGUE = Path(__file__).parent / "attacks"
IN_FLIGHT = 4
NOT_APPLICABLE_AT_MOST = 0.05


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, text in (("brig", "the client"), ("brigd", "the server"), ("actor", "brig_actor"),
                       ("native", "directory of attacks.so"), ("work", "a directory for the run"),
                       ("reports", "directory for attacks.{xml,json,html}")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)
    parser.add_argument("--only", action="append", default=[], metavar="ID",
                        help="only cases whose id begins so, or of this group; may be repeated")
    return parser.parse_args()


def _is_wanted(case, only):
    return not only or any(case.group == one or case.id == one or case.id.startswith(one + ".")
                           for one in only)


@contextlib.contextmanager
def _place(parent):
    """A directory of this run that everybody can reach: only walls may hide what lies there."""
    is_open = all(one.stat().st_mode & 0o005 == 0o005 for one in (parent, *parent.parents))
    place = Path(tempfile.mkdtemp(prefix="brig-attacks-", dir=parent if is_open else None))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _stage(native, place):
    """What the profiles grant to read: native code and a file of data."""
    staged = place / "native"
    shutil.copytree(native, staged)
    (staged / "data.csv").write_text("a,b\n1,2\n")
    for path in (staged, *staged.iterdir()):
        path.chmod(0o755)
    return staged


def _run_all(run, todo, progress):
    """Group by group: a group's end is when nothing of it may be left."""
    outcomes = []
    for group in dict.fromkeys(case.group for case in todo):
        members = [case for case in todo if case.group == group]
        with concurrent.futures.ThreadPoolExecutor(IN_FLIGHT) as pool:
            together = [case for case in members if not case.alone]
            for outcome in pool.map(run.attack, together):
                progress.say(outcome)
                outcomes.append(outcome)
        for case in (case for case in members if case.alone):
            outcomes.append(run.attack(case))
            progress.say(outcomes[-1])
        outcomes.append(run.aftermath(group))
        progress.say(outcomes[-1])
    return outcomes


def _summary(outcomes, seconds, reports):
    counts = report.count(outcomes)
    print(f"\n{counts[report.HELD]} held, {counts[report.FAILED]} failed, "
          f"{counts[report.NOT_APPLICABLE]} not applicable, in {seconds:.0f} s")
    for one in outcomes:
        if one.verdict == report.NOT_APPLICABLE:
            print(f"  n/a     {one.name}: {one.title}: {one.reasons[0]}")
    for one in outcomes:
        if one.verdict == report.FAILED:
            print(f"  FAILED  {one.name}: {one.title}")
            print("".join(f"          {reason}\n" for reason in one.reasons), end="")
    print(f"reports: {reports}/attacks.html, attacks.xml, attacks.json; the server's log: "
          "attacks-brigd.log")
    return counts


def _attack_server(run, todo):
    """All cases, and what the server leaves when it ends."""
    # One more for each group's aftermath, one for the server's end.
    progress = report.Progress(len(todo) + len({case.group for case in todo}) + 1)
    outcomes = _run_all(run, todo, progress)
    run.end()
    left = run.server.stop()
    outcomes.append(report.Outcome(
        "end", "end", "the server ends at SIGTERM and leaves no process, no group and no socket",
        report.FAILED if left else report.HELD, left))
    progress.say(outcomes[-1])
    return outcomes


def _execute(options, todo, place):
    directory = place / "server"
    (directory / "files").mkdir(parents=True)
    (directory / "files" / "notes.txt").write_text("a note\n")
    native = _stage(options.native, place)
    with Bait(place) as bait, Server(options.brig, options.brigd, directory, [native],
                                     bait.secret) as server:
        places = bait.places() | {"PROBES": str(native), "SERVER_SOCKET": str(directory / "socket"),
                                  "LONG": "x" * 5000}
        try:
            run = Run(Client(options.brig, options.actor, directory), server, bait, places,
                      CATALOGUE)
            return run.facts, _attack_server(run, todo)
        finally:
            shutil.copy(server.log_path, options.reports / "attacks-brigd.log")


def main():
    """Exit status 0 if every attack was stopped."""
    options = _options()
    for name in ("brig", "brigd", "actor", "native", "work", "reports"):
        setattr(options, name, getattr(options, name).resolve())
    titles, catalogue = cases.load(CATALOGUE)
    todo = [case for case in catalogue if _is_wanted(case, options.only)]
    skipped = sum(bool(case.not_applicable) for case in catalogue)
    if skipped > NOT_APPLICABLE_AT_MOST * len(catalogue):
        sys.exit(f"{skipped} of {len(catalogue)} cases do not apply: that is too many")
    if not todo:
        sys.exit("no such case")
    started = time.monotonic()
    with _place(options.work) as place:
        facts, outcomes = _execute(options, todo, place)
    facts["seconds"] = round(time.monotonic() - started, 1)
    report.write_junit(options.reports / "attacks.xml", SUITE, outcomes)
    report.write_json(options.reports / "attacks.json", SUITE, facts, outcomes)
    page.write(options.reports / "attacks.html", facts, titles, outcomes)
    counts = _summary(outcomes, facts["seconds"], options.reports)
    return 1 if counts[report.FAILED] else 0


if __name__ == "__main__":
    sys.exit(main())
