#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every case of role worker fails with some engine that breaks a rule, and passes with one that does not.

The arguments are engines that pass: conf's, and R's for the cases that only it has code for.
"""

import concurrent.futures
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import runner, worker_role  # noqa: E402
from suite.outcome import ERROR, PASS, UNSUPPORTED  # noqa: E402
from tests.engine_faults import FAULTY, Honest  # noqa: E402

# What an engine is given that has to be waited for; the honest one gets the suite's own time.
IMPATIENCE_SECONDS = 3.0
AT_ONCE = 4
PAIRS = [(kind, name) for kind, names in FAULTY for name in names]


class WorkerCasesCanFail(unittest.TestCase):
    """The suite against engines that are right, but for one rule."""

    engines = {}

    @classmethod
    def setUpClass(cls):
        cls.cases = {case.name: case for case in worker_role.cases()}

    def outcomes(self, pairs, seconds=None):
        """(kind, name, outcome) of each pair."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda pair: self.outcome(*pair, seconds), pairs)
            return [(*pair, outcome) for pair, outcome in zip(pairs, found)]

    def outcome(self, kind, name, seconds):
        """One case against one engine, in the first language that the case has code for."""
        for engine, program in self.engines.items():
            with tempfile.TemporaryDirectory() as directory:
                command = [sys.executable, "-B", str(HERE / "fake_engine.py"), kind.__name__, program]
                target = worker_role.WorkerTarget(command, engine, pathlib.Path(directory))
                target.seconds = seconds or target.seconds
                outcome = runner.run_case(target, self.cases[name], {})
                self.assertEqual(list(pathlib.Path(directory).iterdir()), [], "files are left")
            if outcome.verdict != UNSUPPORTED:
                break
        return outcome

    def test_every_case_has_an_engine_that_fails_it(self):
        self.assertEqual(set(self.cases) - {name for _, name in PAIRS}, set())

    def test_the_honest_engine_passes(self):
        for _, name, outcome in self.outcomes([(Honest, name) for name in self.cases]):
            with self.subTest(name):
                self.assertEqual((outcome.verdict, outcome.reasons, outcome.ending_reasons), (PASS, [], []))

    def test_a_fault_is_found(self):
        for kind, name, outcome in self.outcomes(PAIRS, IMPATIENCE_SECONDS):
            with self.subTest(kind.__doc__, case=name):
                self.assertTrue(outcome.is_bad, f"{outcome.verdict}: {outcome.reasons}")
                self.assertNotEqual(outcome.verdict, ERROR, outcome.reasons)


if __name__ == "__main__":
    WorkerCasesCanFail.engines = {
        engine: str(pathlib.Path(sys.argv.pop(1)).resolve()) for engine in ("conf", "r")}
    unittest.main()
