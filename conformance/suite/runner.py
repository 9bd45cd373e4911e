# SPDX-License-Identifier: MIT
"""Runs cases: those that stand alone one by one, the others beside each other."""

import concurrent.futures
import time
import traceback

from suite import monitor, transport
from suite.outcome import (ERROR, FAIL, NON_STRICT, UNSUPPORTED, Outcome, Run)
from suite.party import Fault
from suite.play import Play, Unsupported

ADVICE = {"SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY", "OPTIONAL"}


def finish(play):
    """Connections that no step has ended: nothing more comes, and CLOSE is answered by CLOSE."""
    for name, party in play.parties.items():
        if name in play.open_ends:
            continue
        if not (party.received_records and party.sent_records) or party.closed:
            play.take("leave", None, {"at": name})
            continue
        play.take("barrier", None, {"at": name})
    for name in play.parties:
        if name not in play.open_ends:
            _take_leave(play, name)


def _take_leave(play, name):
    try:
        play.take("close", None, {"at": name})
        play.take("end", {"close": "done"}, {"at": name})
    except (Fault, transport.Ended, transport.Late) as fault:
        play.endings[name] = "not as it should be"
        raise WrongEnding(f"connection {name}: {fault}") from fault


class WrongEnding(Exception):
    """All went well until the end of the connection."""


def _is_advice(case, target):
    """Only what is advised, as against demanded, is looked at."""
    return all(target.requirements[one] in ADVICE for one in case.requirements)


def run_once(target, case, writing):
    """One run; the recording is judged as well, whatever the steps say."""
    started = time.monotonic()
    run = Run(writing)
    play = target.new_play(case, writing)
    run.recording = play.recording
    try:
        play.run(case.steps)
        finish(play)
    except WrongEnding as wrong:
        run.ending_reasons.append(str(wrong))
    except Unsupported as unsupported:
        run.verdict, run.reasons = UNSUPPORTED, [str(unsupported)]
    except Fault as fault:
        run.verdict = NON_STRICT if _is_advice(case, target) else FAIL
        cites = f" [{', '.join(fault.requirements)}]" if fault.requirements else ""
        run.reasons.append(f"{fault}{cites}")
    except (transport.Ended, transport.Late, ConnectionError, FileNotFoundError) as error:
        run.verdict, run.reasons = FAIL, [f"{type(error).__name__}: {error}"]
    except Exception:  # a defect of the suite must not look like one of the peer
        run.verdict, run.reasons = ERROR, [traceback.format_exc()]
    finally:
        play.close()
    run.ending = ", ".join(dict.fromkeys(play.endings.values()))
    monitor.judge(run, case)
    run.seconds = time.monotonic() - started
    return run


def run_case(target, case, outcomes):
    """All writings of a case, until one fails."""
    outcome = Outcome(case)
    missing = [need for need in case.needs if need not in target.offers]
    failed = [name for name in case.after if name in outcomes and outcomes[name].is_bad]
    if missing:
        outcome.runs.append(Run("none", UNSUPPORTED, [f"needs {', '.join(missing)}"]))
        return outcome
    if failed:
        outcome.runs.append(Run("none", FAIL, [f"what it builds on has failed: {', '.join(failed)}"]))
        return outcome
    for writing in case.writings:
        outcome.runs.append(run_once(target, case, writing))
        if outcome.is_bad:
            break
    return outcome


def _waves(cases):
    """Cases beside each other, each behind those that it builds on."""
    left = list(cases)
    while left:
        waiting = {case.name for case in left}
        wave = [case for case in left if not waiting & set(case.after)]
        if not wave:
            raise ValueError(f"cases build on each other: {', '.join(sorted(waiting))}")
        left = [case for case in left if case not in wave]
        yield wave


def run_all(target, cases, say, jobs):
    """Outcomes in the order of `cases`; `say` hears of each as soon as it is there."""
    outcomes = {}

    def done(outcome):
        outcomes[outcome.case.name] = outcome
        say(outcome)
    first = [case for case in cases if case.is_sanity]
    rest = [case for case in cases if not case.is_sanity]
    for case in first:
        done(run_case(target, case, outcomes))
    if any(outcomes[case.name].is_bad for case in first):
        return list(outcomes.values())
    for wave in _waves([case for case in rest if not case.alone]):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(run_case, target, case, outcomes) for case in wave]
            for future in concurrent.futures.as_completed(futures):
                done(future.result())
    for case in (case for case in rest if case.alone):
        done(run_case(target, case, outcomes))
    for case in first:
        again = run_case(target, case, {})
        outcomes[f"{case.name} again"] = again
        say(again)
    return [outcomes[case.name] for case in cases] + [
        outcomes[f"{case.name} again"] for case in first]
