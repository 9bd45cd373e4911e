#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Try every deliberate fault: does a case of the suite fail?

For each mutant the cases of its requirements are run first, then all others, in each of its roles, until one
fails. That case has to pass without the fault. Exit status: 0 if every mutant was killed, 1 if one survived, if
a case that killed fails without the fault as well, or if a name is unknown.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import sys
import time

sys.dont_write_bytecode = True  # a run leaves nothing beside its sources

import suite_run  # noqa: E402
import table  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
JOBS = 4

Kill = collections.namedtuple("Kill", "role case")
Result = collections.namedtuple("Result", "mutant kill seconds complaint")


class Controls:
    """Cases without any fault: each that kills is run once so."""

    def __init__(self, suite):
        self._suite = suite
        self._known = {}

    def passes(self, kill):
        if kill not in self._known:
            self._known[kill] = self._suite.passes_without_fault(*kill)
        return self._known[kill]


def find_kill(mutant, suite):
    """The first case that fails: those of the requirements in every role, then all in every role."""
    for selectors in (mutant.requirements, ()):
        for role in mutant.roles:
            case = suite.first_failure(role, mutant.name, selectors)
            if case is not None:
                return Kill(role, case)
    return None


def try_mutant(mutant, suite, controls):
    started = time.monotonic()
    kill, complaint = None, ""
    try:
        kill = find_kill(mutant, suite)
        if kill is None:
            complaint = "SURVIVED"
        elif not controls.passes(kill):
            complaint = f"{kill.case} fails without the fault as well"
    except Exception as error:  # a defect of the suite is no kill
        complaint = f"{type(error).__name__}: {error}"
    return Result(mutant, kill, time.monotonic() - started, complaint)


def row(result):
    killer = result.complaint or f"{result.kill.role}: {result.kill.case}"
    requirements = " ".join(result.mutant.requirements)
    return f"{result.mutant.name:44} {requirements:24} {result.seconds:6.1f} s  {killer}"


def select(mutants, names):
    """The mutants of these names, all of them if there are none; names that no mutant has."""
    known = {mutant.name: mutant for mutant in mutants}
    unknown = [name for name in names if name not in known]
    return [known[name] for name in names if name in known] if names else mutants, unknown


def sample(mutants, count):
    """So many of them, evenly out of the whole table."""
    if count == 0 or count >= len(mutants):
        return mutants
    return [mutants[i * len(mutants) // count] for i in range(count)]


def report(results, seconds):
    bad = [result for result in results if result.complaint]
    print(f"\n{len(results) - len(bad)} of {len(results)} mutants were killed in {seconds:.0f} s")
    for result in bad:
        print(f"  {result.mutant.name}: {result.mutant.text} {result.complaint}")
    return 1 if bad or not results else 0


def parser():
    made = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    made.add_argument("names", nargs="*", metavar="MUTANT", help="only these")
    made.add_argument("--build", type=pathlib.Path, required=True, help="what the preset mutants builds")
    made.add_argument("--sample", type=int, default=0, metavar="N", help="only so many, out of the whole table")
    made.add_argument("--jobs", type=int, default=JOBS, help="mutants at once (default %(default)s)")
    return made


def main(arguments):
    options = parser().parse_args(arguments)
    mutants, unknown = select(table.load(HERE / "mutants.toml"), options.names)
    for name in unknown:
        print(f"there is no mutant {name}", file=sys.stderr)
    if unknown:
        return 1
    mutants = sample(mutants, options.sample)
    suite = suite_run.Suite(options.build.resolve())
    suite.load(sorted({role for mutant in mutants for role in mutant.roles}))
    controls = Controls(suite)
    started = time.monotonic()
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tries = [pool.submit(try_mutant, mutant, suite, controls) for mutant in mutants]
        for done in concurrent.futures.as_completed(tries):
            results.append(done.result())
            print(row(results[-1]), flush=True)
    return report(results, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
