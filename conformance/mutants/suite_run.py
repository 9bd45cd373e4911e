# SPDX-License-Identifier: MIT
"""Runs a role of the suite against the build with the faults, and says which case failed first."""
import os
import pathlib
import re
import subprocess
import tempfile

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"  # the suite's modules are Debian's
NO_MUTANT = "none"
OK, FAILED, NO_CASES = 0, 1, 2  # exit status of the suite; the last one is that of any wrong usage, too
NO_CASES_TEXT = "no such case"
PATIENCE_SECONDS = "5"
TIMEOUT_SECONDS = 300
LINE = re.compile(r"^(ok|not ok) \d+ - ([^:]+): ", re.MULTILINE)


class SuiteError(Exception):
    """The suite itself did not do what it was asked for."""


def cases_of(tap):
    """[(whether it is well, name)], in the order in which the cases ended."""
    return [(match[1] == "ok", match[2]) for match in LINE.finditer(tap)]


class Suite:
    """The suite's command line, with programs of one build."""

    def __init__(self, build):
        self.build = build

    def command(self, role, mutant, work, selectors):
        """What runs one role; each starts what it tests, and ends it."""
        options = ["--first-failure", "--patience", PATIENCE_SECONDS]
        for selector in selectors:
            options += ["--only", selector]
        if role == "server":
            return [PYTHON, CONFORMANCE / "test-brigd.py", "--brigd", self.build / "bin/brigd",
                    "--work", work, "--env", f"BRIG_MUTANT={mutant}", "--", *options]
        adapter = self.build / "conformance" / f"brig_conformance_{role}"
        return [PYTHON, CONFORMANCE / "brig-conformance", role, *options, "--", adapter]

    def _run(self, role, mutant, selectors):
        with tempfile.TemporaryDirectory(prefix="mutant-", dir=self.build) as work:
            try:
                return subprocess.run(
                    self.command(role, mutant, work, selectors),
                    env={**os.environ, "BRIG_MUTANT": mutant, "TMPDIR": work},
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise SuiteError(f"role {role} did not end in {TIMEOUT_SECONDS} s") from error

    def first_failure(self, role, mutant, selectors):
        """The first case that fails with this fault, or None; SuiteError if nothing could be said."""
        done = self._run(role, mutant, selectors)
        for is_well, case in cases_of(done.stdout):
            if not is_well:
                return case
        if done.returncode == OK or (done.returncode == NO_CASES and NO_CASES_TEXT in done.stderr):
            return None
        raise SuiteError(f"role {role}: status {done.returncode}: {(done.stderr or done.stdout)[-300:]}")

    def passes_without_fault(self, role, case, selectors):
        """Whether this case is run, and is well, when there is no fault. Sanity cases are run with any
        others, never alone: those of `selectors`."""
        for chosen in ([case], selectors):
            done = self._run(role, NO_MUTANT, chosen)
            if NO_CASES_TEXT not in done.stderr:
                break
        return done.returncode == OK and (True, case) in cases_of(done.stdout)
