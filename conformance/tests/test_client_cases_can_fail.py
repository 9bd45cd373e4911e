#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every check of role client has to find the client that breaks its rule, and to pass the one that does not."""

import concurrent.futures
import dataclasses
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import client_role, runner  # noqa: E402
from suite.outcome import ERROR, NON_STRICT, PASS, UNSUPPORTED  # noqa: E402
from tests.client_faults import FAULTY, GoesOnAfterCancel, Honest  # noqa: E402

# What a client is given that has to be waited for; the honest one gets the suite's own time.
IMPATIENCE_SECONDS = 3.0
AT_ONCE = 4


class ClientCasesCanFail(unittest.TestCase):
    """The suite against clients made for the purpose."""

    @classmethod
    def setUpClass(cls):
        # Ways of writing are the transport's business, and tested with servers.
        cls.cases = {case.name: dataclasses.replace(case, writings=["whole"])
                     for case in client_role.cases()}

    def outcomes(self, pairs, seconds=None):
        """(kind, name, outcome) of each pair."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda pair: self.outcome(*pair, seconds), pairs)
            return [(*pair, outcome) for pair, outcome in zip(pairs, found)]

    def outcome(self, kind, name, seconds=None):
        """One case against one client."""
        with tempfile.TemporaryDirectory() as directory:
            command = [sys.executable, "-B", str(HERE / "fake_client.py"), kind.__name__]
            target = client_role.ClientTarget(command, pathlib.Path(directory))
            target.seconds = seconds or target.seconds
            outcome = runner.run_case(target, self.cases[name], {})
            self.assertEqual(list(pathlib.Path(directory).iterdir()), [], "files are left")
            return outcome

    def test_the_honest_client_passes(self):
        names = sorted({name for _, name in FAULTY} | {"client-session/cancel-a-tool"})
        for _, name, outcome in self.outcomes([(Honest, name) for name in names]):
            with self.subTest(name):
                self.assertIn(outcome.verdict, (PASS, UNSUPPORTED), outcome.reasons)
                self.assertEqual(outcome.ending_reasons, [])

    def test_a_fault_is_found(self):
        for kind, name, outcome in self.outcomes(FAULTY, IMPATIENCE_SECONDS):
            with self.subTest(kind.__doc__, case=name):
                self.assertTrue(outcome.is_bad or outcome.verdict == NON_STRICT,
                                f"{outcome.verdict}: {outcome.reasons}")
                self.assertNotEqual(outcome.verdict, ERROR, outcome.reasons)

    def test_advice_that_is_not_followed_is_no_failure(self):
        outcome = self.outcome(GoesOnAfterCancel, "client-session/cancel-a-tool")
        self.assertEqual(outcome.verdict, NON_STRICT, outcome.reasons)
        self.assertFalse(outcome.is_bad)


if __name__ == "__main__":
    unittest.main()
