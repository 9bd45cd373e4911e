#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Try every deliberate fault: does a case of the suite fail?

For each mutant the cases of its requirements are run first, then all others, in each of its roles, until one
fails. That case has to fail once more, and to pass without the fault, or it does not count. Exit status: 0 if
every mutant was killed, 1 if one survived or if a name is unknown.
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
MOST_DOUBTFUL = 8  # cases that fail by themselves; more, and the suite has to be looked at

Kill = collections.namedtuple("Kill", "role case")
Result = collections.namedtuple("Result", "mutant kill seconds complaint doubtful")


class Controls:
    """Cases without any fault: each that seems to kill is run once so."""

    def __init__(self, suite):
        self._suite = suite
        self._known = {}

    def passes(self, kill):
        if kill not in self._known:
            self._known[kill] = self._suite.passes_without_fault(*kill)
        return self._known[kill]


def find_kill(mutant, suite, controls):
    """The first case that fails, fails once more by itself, and passes without the fault; and those that
    failed and did not do so: they say nothing. The cases of the requirements in every role come first."""
    doubtful = []
    for selectors in (mutant.requirements, ()):
        for role in mutant.roles:
            while True:
                case = suite.first_failure(role, mutant.name, selectors, doubtful)
                if case is None:
                    break
                kill = Kill(role, case)
                if suite.fails_again(role, mutant.name, case) and controls.passes(kill):
                    return kill, doubtful
                doubtful.append(case)
                if len(doubtful) > MOST_DOUBTFUL:
                    return None, doubtful
    return None, doubtful


def try_mutant(mutant, suite, controls):
    started = time.monotonic()
    kill, doubtful, complaint = None, [], ""
    try:
        kill, doubtful = find_kill(mutant, suite, controls)
        if kill is None:
            complaint = "SURVIVED"
    except Exception as error:  # a defect of the suite is no kill
        complaint = f"{type(error).__name__}: {error}"
    return Result(mutant, kill, time.monotonic() - started, complaint, tuple(doubtful))


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
    doubtful = sorted({case for result in results for case in result.doubtful})
    for case in doubtful:
        print(f"  {case}: failed, but not because of a fault")
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
