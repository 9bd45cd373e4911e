#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tests of the table, of its check and of the driver: each complaint can be made."""
import contextlib
import io
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True

import generate  # noqa: E402
import run  # noqa: E402
import table  # noqa: E402


def mutant(name="forgets", requirements=("SES-004",), roles=("server",)):
    return table.Mutant(name, "It forgets.", tuple(requirements), tuple(roles))


def document(**changes):
    row = {"name": "forgets", "text": "It forgets.", "requirements": ["SES-004"], "roles": ["server"]}
    return {"mutant": [{**row, **changes}]}


class FakeSuite:
    """Cases that fail, as {(role, mutant): {selectors: case}}; and those that pass without a fault."""

    def __init__(self, failures, passing=()):
        self.failures, self.passing, self.asked = failures, set(passing), []

    def first_failure(self, role, name, selectors, without=()):
        self.asked.append((role, tuple(selectors)))
        found = self.failures.get((role, name), {})
        if isinstance(found, Exception):
            raise found
        case = found.get(tuple(selectors))
        return None if case in without else case

    def fails_again(self, role, name, case):
        return not case.startswith("flaky/")

    def passes_without_fault(self, role, name):
        self.asked.append((role, name))
        return name in self.passing


class TableTest(unittest.TestCase):
    def test_a_row_with_all_keys_is_a_mutant(self):
        self.assertEqual(table.parse(document()), [mutant()])

    def test_rows_that_break_a_rule_are_refused(self):
        cases = {
            "an unknown key": document(why="?"),
            "no requirement": document(requirements=[]),
            "an unknown role": document(roles=["proxy"]),
            "a name that is no identifier": document(name="Forgets it"),
            "the name that means no fault": document(name="none"),
            "a name twice": {"mutant": document()["mutant"] * 2},
            "no mutants": {},
        }
        for name, bad in cases.items():
            with self.subTest(name), self.assertRaises(table.TableError):
                table.parse(bad)


class CheckTest(unittest.TestCase):
    def test_table_code_and_specification_have_to_agree(self):
        cases = {
            "all agree": ({"forgets"}, {"SES-004"}, 0),
            "a name that is only in the table": (set(), {"SES-004"}, 1),
            "a name that is only in the code": ({"forgets", "lies"}, {"SES-004"}, 1),
            "a requirement that does not exist": ({"forgets"}, {"SES-005"}, 1),
        }
        for name, (used, requirements, count) in cases.items():
            with self.subTest(name):
                faults = list(generate.find_faults([mutant()], used, requirements))
                self.assertEqual(len(faults), count, faults)

    def test_the_code_uses_what_the_table_names(self):
        mutants = table.load(pathlib.Path(generate.HERE) / "mutants.toml")
        self.assertEqual({one.name for one in mutants}, generate.used_names(generate.ROOT))


class DriverTest(unittest.TestCase):
    def try_one(self, suite, one=None):
        return run.try_mutant(one or mutant(), suite, run.Controls(suite))

    def test_a_case_of_the_requirement_kills(self):
        suite = FakeSuite({("server", "forgets"): {("SES-004",): "calls/one", (): "calls/other"}}, ["calls/one"])
        result = self.try_one(suite)
        self.assertEqual((result.kill, result.complaint), (("server", "calls/one"), ""))
        self.assertEqual(suite.asked, [("server", ("SES-004",)), ("server", "calls/one")])

    def test_every_role_is_tried_with_the_requirements_before_all_cases_are(self):
        suite = FakeSuite({("client", "forgets"): {(): "client/late"}}, ["client/late"])
        result = self.try_one(suite, mutant(roles=("server", "client")))
        self.assertEqual(result.kill, ("client", "client/late"))
        self.assertEqual(suite.asked[:4], [("server", ("SES-004",)), ("client", ("SES-004",)),
                                           ("server", ()), ("client", ())])

    def test_a_mutant_that_no_case_kills_has_survived(self):
        self.assertEqual(self.try_one(FakeSuite({})).complaint, "SURVIVED")

    def test_a_case_that_fails_without_the_fault_is_no_kill(self):
        suite = FakeSuite({("server", "forgets"): {("SES-004",): "calls/always", (): "calls/one"}}, ["calls/one"])
        result = self.try_one(suite)
        self.assertEqual((result.kill, result.doubtful), (("server", "calls/one"), ("calls/always",)))

    def test_a_case_that_fails_only_once_is_no_kill(self):
        suite = FakeSuite({("server", "forgets"): {("SES-004",): "flaky/one"}}, ["flaky/one"])
        result = self.try_one(suite)
        self.assertEqual((result.complaint, result.doubtful), ("SURVIVED", ("flaky/one",)))

    def test_a_defect_of_the_suite_is_no_kill(self):
        result = self.try_one(FakeSuite({("server", "forgets"): OSError("no brigd")}))
        self.assertIn("no brigd", result.complaint)

    def test_a_control_is_run_once(self):
        suite = FakeSuite({}, ["calls/one"])
        controls = run.Controls(suite)
        for _ in range(3):
            self.assertTrue(controls.passes(run.Kill("server", "calls/one")))
        self.assertEqual(len(suite.asked), 1)

    def test_a_survivor_makes_the_run_fail(self):
        killed = run.Result(mutant(), run.Kill("server", "calls/one"), 1.0, "", ())
        survived = run.Result(mutant(), None, 1.0, "SURVIVED", ())
        for results, status in (([killed], 0), ([killed, survived], 1), ([], 1)):
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(run.report(results, 1.0), status)

    def test_unknown_names_are_told(self):
        self.assertEqual(run.select([mutant()], ["forgets", "nobody"]), ([mutant()], ["nobody"]))
        with contextlib.redirect_stderr(io.StringIO()) as told:
            self.assertEqual(run.main(["--build", "/nowhere", "nobody"]), 1)
        self.assertIn("nobody", told.getvalue())

    def test_a_sample_is_spread_over_the_table(self):
        mutants = [mutant(f"m{i}") for i in range(10)]
        self.assertEqual([one.name for one in run.sample(mutants, 3)], ["m0", "m3", "m6"])
        self.assertEqual(run.sample(mutants, 0), mutants)
        self.assertEqual(run.sample(mutants, 99), mutants)


if __name__ == "__main__":
    unittest.main()
