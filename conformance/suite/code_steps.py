# SPDX-License-Identifier: MIT
"""Steps for sessions whose engine is `conf`: code as lines, and files as signals (README.md, "Steps")."""

import time

from suite.party import Fault
from suite.pattern import Anything
from suite.play import Unsupported, Verbs
from suite.session_steps import call, match_message

CODE = Verbs()


def _lines(value):
    """A program: a text, or a list of its lines."""
    return "\n".join(value) if isinstance(value, list) else value or ""


@CODE.verb("eval", "as", "id", "args", "form", "value_bytes", "deadline_ms")
def eval_(play, value, args=None, deadline_ms=None, id=None, **more):
    """brig.eval of a program, as text or as a list of lines; `form` is the arg `value`."""
    asked = {"args": args, "value": more.get("form"), "value_bytes": more.get("value_bytes")}
    keys = {key: wanted for key, wanted in asked.items() if wanted is not None}
    named = {"as": more["as"]} if "as" in more else {}
    options = {} if deadline_ms is None else {"deadline_ms": deadline_ms}
    call(play, ["brig.eval", {"code": _lines(value), **keys}, options], id, **named)


@CODE.verb("open", "as", "exec")
def open_(play, value, exec=False, **more):
    """brig.open with the profile of the run, or with `exec: true` the one whose code may start programs."""
    profile = play.target.exec_profile if exec else play.target.profile
    if exec and not profile:
        raise Unsupported("--exec-profile is not given")
    named = {"as": more["as"]} if "as" in more else {}
    call(play, ["brig.open", {**({"profile": profile} if profile else {}), **(value or {})}], **named)


@CODE.verb("await_file")
def await_file(play, value):
    """Until the code has made this file of the workspace; asks by brig.get, and never waits for time."""
    last = play.last_call.get(play.current)
    end = time.monotonic() + play.target.seconds
    while True:
        number = play.new_id()
        play.party.send_message([2, number, "brig.get", {"path": value, "offset": 0, "length": 1}, {}])
        there = match_message(play, [4, number, {}, {}])
        if play.await_one([there, match_message(play, [6, number, "not_found", Anything(), Anything(), {}])], "events") is there:
            break
        if time.monotonic() > end:
            raise Fault(f"the code has not made the file {value}")
    if last is not None:
        play.last_call[play.current] = last


@CODE.verb("tell", "of", "payload")
def tell(play, value, of=None, payload=None):
    """An EVENT of ours for a call of the peer's, by its kind."""
    play.party.send_message([1, play.incoming_id(of), value, payload, {}])
