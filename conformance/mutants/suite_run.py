# SPDX-License-Identifier: MIT
"""Runs a role of the suite against the build with the faults, and says which case failed first."""
import os
import pathlib
import re
import subprocess
import tempfile

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"  # the suite's modules are Debian's
NO_CASES = 2  # exit status of the suite: nothing is selected, or it could not begin
PATIENCE_SECONDS = "5"
TIMEOUT_SECONDS = 300
PASSED = "ok {number} - {case}: "
FAILED = re.compile(r"^not ok \d+ - ([^:]+): (?!.* # TODO)", re.MULTILINE)


class SuiteError(Exception):
    """The suite itself did not do what it was asked for."""


def first_failed(tap):
    """The name of the first case that failed, or None."""
    found = FAILED.search(tap)
    return found[1] if found else None


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

    def first_failure(self, role, mutant, selectors):
        """The first case that fails with this fault, or None; SuiteError if nothing could be said."""
        with tempfile.TemporaryDirectory(prefix="mutant-", dir=self.build) as work:
            try:
                done = subprocess.run(
                    self.command(role, mutant, work, selectors), env={**os.environ, "BRIG_MUTANT": mutant},
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise SuiteError(f"role {role} did not end in {TIMEOUT_SECONDS} s") from error
        case = first_failed(done.stdout)
        if case is not None:
            return case
        if done.returncode == 0 or (done.returncode == NO_CASES and "no such case" in done.stderr):
            return None
        raise SuiteError(f"role {role}: status {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
