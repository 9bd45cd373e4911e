# SPDX-License-Identifier: MIT
"""Roles of the suite, run against programs that have one deliberate fault, until a case fails."""
import concurrent.futures
import importlib.util
import os
import pathlib
import sys
import tempfile

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CONFORMANCE))

from suite import command, outcome, runner, selection  # noqa: E402
from suite.brigd import Brigd  # noqa: E402

VARIABLE = "BRIG_MUTANT"
NO_MUTANT = "none"
PATIENCE_SECONDS = 6  # for each step: a fault that makes a peer silent costs that much
JOBS = 4  # cases of one mutant at once


def _load_own_server():
    """What test-brigd.py, whose name is no module's, says about keys and configuration."""
    spec = importlib.util.spec_from_file_location("test_brigd", CONFORMANCE / "test-brigd.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class SuiteError(Exception):
    """The suite itself did not do what it was asked for."""


class Suite:
    """The roles of the suite with the programs of one build."""

    def __init__(self, build):
        self.build = build
        self.own_server = _load_own_server()
        self.cases = {}

    def load(self, roles):
        """The cases of these roles, before anything runs beside each other."""
        for role in roles:
            if role not in command.ROLES:
                raise SuiteError(f"the suite has no role {role}")
            self.cases[role] = command.ROLES[role][3]()

    def select(self, role, selectors):
        """The cases that are wanted, and those about sanity; none if there are only these."""
        chosen = [case for case in self.cases[role] if selection.is_wanted(case, selectors)]
        return chosen if any(not case.is_sanity for case in chosen) else []

    def first_failure(self, role, mutant, selectors, without=()):
        """The first case that fails with this fault, or None; some are left out."""
        cases = [case for case in self.select(role, list(selectors)) if case.name not in without]
        if not cases:
            return None
        failed = [one for one in self._run(role, mutant, cases) if one.is_bad]
        return failed[0].case.name if failed else None

    def fails_again(self, role, mutant, name):
        """Whether this case fails with the fault when nothing else is run beside it."""
        cases = [case for case in self.cases[role] if case.is_sanity or case.name == name]
        return any(one.is_bad for one in self._run(role, mutant, cases))

    def passes_without_fault(self, role, name):
        """Whether this case is run, and is well, when there is no fault."""
        cases = [case for case in self.cases[role] if case.is_sanity or case.name == name]
        outcomes = self._run(role, NO_MUTANT, cases)
        return (not any(one.is_bad for one in outcomes) and
                any(one.case.name == name and one.verdict == outcome.PASS for one in outcomes))

    def _run(self, role, mutant, cases):
        """Outcomes in the order in which they came, up to the first failure."""
        with tempfile.TemporaryDirectory(prefix="mutant-", dir=self.build) as work:
            if role == "server":
                return self._run_server(mutant, cases, pathlib.Path(work))
            adapter = self.build / "conformance" / f"brig_conformance_{role}"
            arguments = ["--", "/usr/bin/env", f"{VARIABLE}={mutant}", str(adapter)]
            if role == "client":
                arguments = ["--work", work, *arguments]
            return self._play(role, arguments, cases)

    def _run_server(self, mutant, cases, work):
        self.own_server.write_keys(work)
        # A socket's path has to fit 108 octets, and a build's may be longer.
        directory = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with Brigd(self.build / "bin/brigd", work, self.own_server.CONFIG, {VARIABLE: mutant}):
                return self._play("server", [
                    "--to", f"unix:/proc/self/fd/{directory}/socket", "--key", f"{work}/key", "--exec-profile", "tools",
                    "--secret", f"{work}/secret", "--server-public", f"{work}/server-public"], cases)
        finally:
            os.close(directory)

    @staticmethod
    def _play(role, arguments, cases):
        options = command.parser().parse_args([role, *arguments])
        target = command.ROLES[role][2](options)
        target.measure()
        target.seconds = PATIENCE_SECONDS
        return play(lambda case, known: runner.run_case(target, case, known), cases)


def play(run_case, cases):
    """Outcomes in the order in which they came; nothing is begun after a failure. Sanity first, alone last."""
    known = {}
    beside = [case for case in cases if not case.is_sanity and not case.alone]
    one_by_one = [case for case in cases if case.is_sanity], [case for case in cases if case.alone]

    def run_now(some):
        for case in some:
            known[case.name] = run_case(case, known)
            if known[case.name].is_bad:
                return False
        return True

    if run_now(one_by_one[0]) and _run_beside(run_case, beside, known):
        run_now(one_by_one[1])
    return list(known.values())


def _run_beside(run_case, cases, known):
    """Those that build on others come behind all others."""
    for wave in ([case for case in cases if not case.after], [case for case in cases if case.after]):
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            futures = [pool.submit(run_case, case, known) for case in wave]
            for future in concurrent.futures.as_completed(futures):
                ended = future.result()
                known[ended.case.name] = ended
                if ended.is_bad:
                    pool.shutdown(cancel_futures=True)
                    return False
    return True
