# SPDX-License-Identifier: MIT
"""The command line of brig-conformance. Each role adds its options and gives its target."""

import argparse
import sys
import time
from pathlib import Path

from suite import (case_files, client_role, codec_role, outcome, proxy_command, selection,
                   server_role, vector_cases, worker_role)
from suite.progress import Progress
from suite.runner import run_all

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
JOBS = 8


def _server_options(parser):
    parser.add_argument("--to", required=True, metavar="unix:PATH", help="where the server listens")
    parser.add_argument("--key", type=Path, help="key file of suite local")
    parser.add_argument("--secret", type=Path, help="suite keyed: our static secret key")
    parser.add_argument("--server-public", type=Path, help="suite keyed: the server's public key")
    parser.add_argument("--suite", choices=("local", "keyed"),
                        help="of connections that do not depend on it; default: local, if there is its key")
    parser.add_argument("--profile", help="profile of sessions; default: what the server has by default")
    parser.add_argument("--exec-profile", help="one whose code may start programs, for cases that need it")


def _server_target(options):
    keys = server_role.read_keys(options.key, options.secret, options.server_public)
    if not keys.suites() or (options.suite or keys.suites()[0]) not in keys.suites():
        raise ValueError("a key is needed: --key, or --secret and --server-public")
    target = server_role.ServerTarget(options.to, keys, options.profile, options.suite)
    target.exec_profile = options.exec_profile
    return target


def _server_cases():
    return case_files.load({"server": server_role.SERVER}) + vector_cases.server_cases()


# role: (help, options, target, cases)
ROLES = {
    "server": ("tests a server", _server_options, _server_target, _server_cases),
    "client": ("tests a client: a command that does the tasks of README.md", client_role.options,
               client_role.target, client_role.cases),
    "codec": ("tests a library without sockets: a command that answers requests", codec_role.options,
              codec_role.target, codec_role.cases),
    "worker": ("tests an engine: a command that speaks the worker profile on descriptor 3",
               worker_role.options, worker_role.target, worker_role.cases),
}


def _run_options(parser):
    parser.add_argument("--only", action="append", default=[], metavar="SELECTOR",
                        help="cases (channel/*), a section, a requirement or its prefix; may be repeated")
    parser.add_argument("--expected-failures", type=Path, metavar="FILE",
                        help="cases that are known to fail, one a line; one that passes is a failure")
    parser.add_argument("--reports", type=Path, metavar="DIR",
                        help="write conformance-ROLE.{html,xml,json} there")
    parser.add_argument("--jobs", type=int, default=JOBS, help="cases at once (default %(default)s)")


def parser():
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="brig-conformance", description=(
        "Exit status: 0 all is well, 1 a case failed or an expected failure passed, 2 wrong usage."))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (text, add_options, _, _) in ROLES.items():
        role = commands.add_parser(name, help=text)
        add_options(role)
        _run_options(role)
    listing = commands.add_parser("list", help="cases, their requirements and titles")
    listing.add_argument("--only", action="append", default=[], metavar="SELECTOR")
    export = commands.add_parser("copy", help="cases, vectors and the runner into a new directory")
    export.add_argument("directory", type=Path)
    proxy_command.proxy_options(commands.add_parser(
        "proxy", help="between a client and a server: delays, cuts, records"))
    proxy_command.judge_options(commands.add_parser("judge", help="judges what a proxy has recorded"))
    return top


def _copy(options):
    from suite import export
    print(f"{export.copy(options.directory)} files in {options.directory}")
    return EXIT_OK


def _run(options):
    _, _, make_target, load_cases = ROLES[options.command]
    cases = [case for case in load_cases() if selection.is_wanted(case, options.only)]
    if not [case for case in cases if not case.is_sanity]:
        raise ValueError("no such case")
    target = make_target(options)
    expected = selection.read_expected(options.expected_failures) if options.expected_failures else []
    started = time.monotonic()
    target.measure()
    progress = Progress(len(cases) + sum(case.is_sanity for case in cases), expected)
    outcomes = run_all(target, cases, progress.say, options.jobs)
    target.facts["seconds"] = round(time.monotonic() - started, 1)
    stale = selection.mark_expected(outcomes, expected)
    if options.reports:
        from suite import reports
        reports.write(options.reports, options.command, target, outcomes)
    progress.summary(outcomes, stale, target.facts["seconds"])
    bad = [one for one in outcomes if one.is_bad and not one.expected]
    return EXIT_FAILED if bad or stale else EXIT_OK


def _list(options):
    for load_cases in (role[3] for role in ROLES.values()):
        for case in load_cases():
            if selection.is_wanted(case, options.only):
                print(f"{case.role}\t{case.name}\t{' '.join(case.requirements)}\t{case.title}")
    return EXIT_OK


COMMANDS = {"list": _list, "copy": _copy, "proxy": proxy_command.run_proxy,
            "judge": proxy_command.run_judge}


def main(arguments):
    """Runs one command; its exit status."""
    options = parser().parse_args(arguments)
    try:
        return COMMANDS.get(options.command, _run)(options)
    except (ValueError, OSError, case_files.CaseError) as error:
        print(f"brig-conformance: {error}", file=sys.stderr)
        return EXIT_USAGE


__all__ = ["main", "outcome"]
