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
from tests import engine_faults as faults  # noqa: E402

# What an engine is given that has to be waited for; the honest one gets the suite's own time.
IMPATIENCE_SECONDS = 3.0
AT_ONCE = 4
# A fault, and cases that have to find it.
FAULTY = (
    (faults.LongHello, ["worker/hello"]),
    (faults.TalksBeforeHello, ["worker/hello"]),
    (faults.OutlivesItsLink, ["worker/link-ends-between-calls", "worker/link-ends-before-open",
                              "worker/link-ends-while-a-tool-is-awaited",
                              "worker/link-ends-while-code-computes", "worker/link-ends-while-code-sleeps"]),
    (faults.ChildrenOnTheLink, ["worker/child-without-the-link", "worker/program-without-the-link"]),
    (faults.AnswersTwice, ["worker/one-terminal"]),
    (faults.TalksAfterwards, ["worker/one-terminal"]),
    (faults.AnnouncesNothing, ["worker-sanity/eval"]),
    (faults.LongForms, ["worker-sanity/eval"]),
    (faults.AlwaysFive, ["worker/every-writing", "worker-code/state", "worker-code/empty-workspace", "worker-code/scalars",
                         "worker-code/broken-annotations-of-a-tool",
                         "worker-code/message-bytes-in-one-line",
                         "worker-code/missing-and-nan", "worker-code/classes-are-data", "worker-code/large-value",
                         "worker-code/values-come-back", "worker-code/form-plain-of-tables",
                         "worker-code/octets-of-missing-and-nan", "worker-code/unknown-kind"]),
    (faults.NeverFails, ["worker-code/open-fails", "worker-code/call-fails", "worker-code/broken-annotations",
                         "worker-code/args-that-cannot-be-held", "worker-code/parse-ends-too-early"]),
    (faults.ForgetsAfterErrors, ["worker/kept-after-error", "worker/kept-after-parse", "worker/interrupted-computing"]),
    (faults.IgnoresInterrupts, ["worker/interrupted-sleeping", "worker-code/input-interrupted"]),
    (faults.DiesOfInterrupts, ["worker/interrupted-sleeping", "worker/ended-before-the-interrupt"]),
    (faults.KeepsInterrupts, ["worker/ended-before-the-interrupt"]),
    (faults.CallsInterruptsErrors, ["worker/interrupted-computing"]),
    (faults.TakesLateAnswers, ["worker/late-answer-within-the-next-call"]),
    (faults.CallsAgainWithAnId, ["worker/interrupted-waiting"]),
    (faults.SwallowsToolErrors, ["worker/error-of-a-tool", "worker/error-of-a-tool-uncaught", "worker/arguments-refused"]),
    (faults.OneToolAtOnce, ["worker/tools-at-once"]),
    (faults.FloatArguments, ["worker/arguments-numbers"]),
    (faults.UnshapedArguments, ["worker/arguments-shaped"]),
    (faults.LeavesOutNil, ["worker/arguments-missing"]),
    (faults.NeverSimplifies, ["worker/simplify"]),
    (faults.RunsWhatDoesNotParse, ["worker-code/parse"]),
    (faults.MisplacesErrors, ["worker-code/parse", "worker-code/parse-ends-too-early"]),
    (faults.HidesClasses, ["worker-code/runtime"]),
    (faults.LongMessages, ["worker-code/message-bound", "worker-code/message-bound-in-text"]),
    (faults.PastesArgs, ["worker-code/args"]),
    (faults.IgnoresForm, ["worker-code/form-none", "worker-code/form-text", "worker-code/form-plain"]),
    (faults.IgnoresValueBytes, ["worker-code/value-bytes", "worker-code/value-bytes-of-the-session",
                                "worker-code/call-form"]),
    (faults.IgnoresMessageBytes, ["worker-code/message-bytes-of-values", "worker-code/message-bytes-of-arguments"]),
    (faults.JoinsOutput, ["worker-code/message-bytes-of-output"]),
    (faults.HidesOmission, ["worker-code/value-without-a-form", "worker-code/value-too-deep"]),
    (faults.SaysTheServersMeta, ["worker-code/visible"]),
    (faults.SortsMaps, ["worker-code/order-of-maps"]),
    (faults.RoundsIntegers, ["worker-code/large-integers"]),
    (faults.AnotherMissing, ["worker-code/form-full"]),
    (faults.HoldsOutput, ["worker-code/events"]),
    (faults.EventsOfItsOwn, ["worker-code/events"]),
    (faults.MarksDisplays, ["worker-code/display"]),
    (faults.ForgetsRawOutput, ["worker-code/raw-output"]),
    (faults.DefinesByHalves, ["worker-code/define-fails"]),
    (faults.ListsTools, ["worker-code/define"]),
    (faults.KnowsAnyTool, ["worker-code/call"]),
    (faults.SameSeed, ["worker-code/seed"]),
    (faults.IgnoresSeed, ["worker-code/seed"]),
    (faults.AlwaysAsks, ["worker-code/input-without-stdin"]),
    (faults.AsksWithoutPrompt, ["worker-code/input"]),
)
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
        for _, name, outcome in self.outcomes([(faults.Honest, name) for name in self.cases]):
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
