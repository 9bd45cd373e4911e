# SPDX-License-Identifier: MIT
"""The terminals of code calls (spec 7.2)."""
from . import values
from .faults import Broken
from .registry import REGISTRY, check_tools, pack

WITHOUT_WORKER = {"busy", "stale", "unavailable", "unsupported"}
BY_WORKER = {"parse", "runtime"}  # its own ERROR: the state is kept
LOST = {"memory", "crashed", "exited"}
ENDED = BY_WORKER | LOST | {"cpu"}  # only a worker that has the call comes to this end
KEYS = ("generation", "usage", "state")


def judge(session, call, message, at):
    yield from judge_time(session, call, message, at)
    yield from judge_tool_calls(session, call)
    if message.type == "result":
        yield from judge_result(session, call, message)
    else:
        yield from judge_error(session, call, message)


def deadline(session, call):
    """The time that a code call has, if it is known."""
    both = [call.message["options"].get("deadline_ms"), session.limit("deadline_ms")]
    return min((ms for ms in both if ms is not None), default=None)


def judge_time(session, call, message, at):
    """COD-004; whoever recorded the times says how much slack they have."""
    ms, grace = deadline(session, call), session.limit("grace_ms")
    if None in (at, call.at, ms, grace, session.slack_ms):
        return
    if at - call.at > ms + grace + session.slack_ms:
        yield Broken("COD-004", f"the terminal comes after {at - call.at:.0f} ms")


def judge_tool_calls(session, call):
    """COD-010: what is open at the client is cancelled first."""
    control = session.server.open_calls(is_control=True)
    if len(control) >= REGISTRY.limits["max_control_calls"]:
        return
    cancelled = [c.message["args"].get("id") for c in session.server.calls.values()
                 if c.procedure == "brig.cancel"]  # fmt: skip
    for tool_call in session.server.open_calls(is_control=False):
        if tool_call.notes.get("parent") == call.id and tool_call.id not in cancelled:
            yield Broken("COD-010", f"the tool call {tool_call.id} is not cancelled")


def judge_forwarded(session, call, told, place):
    """A terminal that tells of a worker: it had one, and no other code call had it."""
    for other in session.open_code_calls():
        if other.id < call.id and not other.notes["refusal"]:
            yield Broken("COD-001", f"the code call {other.id} is still open")
    if session.is_lost:
        yield Broken("COD-013", "the worker is lost, and no reset has succeeded")
    for waiting in session.client.open_calls():
        if waiting.procedure in ("brig.open", "brig.reset") and waiting.id < call.id:
            if not waiting.notes["refusal"]:
                yield Broken("SES-014", f"{waiting.procedure} {waiting.id} is still unanswered")
    if session.generation is not None and told.get("generation") != session.generation:
        yield Broken("COD-015", f"the generation is {session.generation}", place + "/generation")


def judge_result(session, call, message):
    meta, place = message["meta"], message.place("meta")
    try:
        REGISTRY.check("code_meta", meta, place)
    except check_tools.Problem as problem:
        yield Broken("COD-015", str(problem), problem.path)
        return
    yield from judge_forwarded(session, call, meta, place)
    yield from judge_value(call, message)
    yield from session.events.judge_dropped(call, meta, place)


def judge_value(call, message):
    args, value, place = call.message["args"], message["value"], message.place("value")
    is_omitted = message["meta"].get("value") == "omitted"
    if is_omitted and not isinstance(value, pack.Opaque):
        yield Broken("COD-018", "omitted, and not an ext 4", place)
    if is_omitted or call.procedure == "brig.define":
        return
    form = args.get("value", "full")
    if form == "none" and value is not None or form == "text" and not isinstance(value, str):
        yield Broken("7.2", f"not of the form {form}", place)
    if form == "plain" and next(values.exts_in(value), None) is not None:
        yield Broken("7.2", "an ext in the form plain", place)
    if "value_bytes" in args and len(pack.encode(value)) > args["value_bytes"]:
        yield Broken("COD-018", f"above {args['value_bytes']} octets", place)
    yield from values.judge(value, place)


def judge_error(session, call, message):
    data, code, place = message["data"], message["code"], message.place("data")
    told = [key for key in KEYS if key in data]
    if told and code in WITHOUT_WORKER:
        yield Broken("COD-016", f"{code} tells of a worker", place)
    if code == "busy" and not call.notes["beside"]:
        yield Broken("COD-001", "busy, and no other code call was open")
    if not told and code not in ENDED:
        return
    try:
        REGISTRY.check("code_meta", data, place)
    except check_tools.Problem as problem:
        yield Broken("COD-015", str(problem), problem.path)
        return
    if "state" not in data:
        yield Broken("COD-015", "no state", place)
    yield from judge_forwarded(session, call, data, place)
    yield from judge_state(code, data, place)
    yield from session.events.judge_dropped(call, data, place)
    session.is_lost = session.is_lost or data.get("state") == "lost"


def judge_state(code, data, place):
    if code in LOST and data.get("state") == "kept":
        yield Broken("COD-009", f"{code} keeps no state", place + "/state")
    if code in BY_WORKER and data.get("state") == "lost":
        yield Broken("COD-003", f"after {code} the state is kept", place + "/state")
