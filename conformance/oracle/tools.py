# SPDX-License-Identifier: MIT
"""What a server asks of its client, and the answers (spec 7.3 and 7.4)."""
from . import code, errors, values
from .faults import Broken
from .registry import REGISTRY, check_tools


def judge_call(session, call):
    """A CALL of the server. Notes the answer that it needs, if there is only one."""
    if call.procedure in REGISTRY.procedures or call.procedure.startswith("brig."):
        yield from judge_brig_call(session, call)
    else:
        yield from judge_tool_call(session, call)


def judge_brig_call(session, call):
    message = call.message
    if not REGISTRY.may_call("server", call.procedure):
        call.notes["answer"] = ("SES-013", "unknown_procedure")
        yield Broken("SES-013", f"a server does not call {call.procedure}", message.place("procedure"))
        return
    try:
        REGISTRY.check_procedure(call.procedure, message["args"], message["options"])
    except check_tools.Problem as problem:
        yield Broken("7.3", str(problem), message.place("args") + problem.path)
        return
    if call.procedure == "brig.input":
        yield from judge_input(session, call)


def judge_input(session, call):
    asked = [session.open_args] if session.opened else [
        c.message["args"] for c in session.client.calls.values() if c.procedure == "brig.open"]  # fmt: skip
    if not any(args.get("stdin") is True for args in asked):
        yield Broken("PRC-028", "brig.input in a session without stdin")
    if not session.open_code_calls():
        yield Broken("PRC-028", "brig.input without a code call")
    yield from judge_parent(session, call)


def judge_tool_call(session, call):
    message = call.message
    declared = [t for t in session.tools.get(call.procedure, []) if t.get("where", "client") == "client"]
    if not declared:
        call.notes["answer"] = ("TOL-010", "unknown_tool")
        yield Broken("TOL-008", "a tool that the client has not declared", message.place("procedure"))
        return
    yield from judge_fit(declared, message)
    try:
        REGISTRY.check("tool_options", message["options"], message.place("options"))
    except check_tools.Problem as problem:
        yield Broken("7.4", str(problem), problem.path)
        return
    yield from judge_parent(session, call)
    yield from judge_counts(session, call)


def judge_fit(declared, message):
    """TOL-007, TOL-006; if several declarations may hold, one that fits is enough."""
    problems = []
    for tool in declared:
        try:
            check_tools.check_arguments(tool.get("params"), message["args"])
            return
        except check_tools.Problem as problem:
            problems.append(problem)
    why = f"the args do not fit the tool: {problems[-1]}"
    yield Broken("TOL-007", why, message.place("args") + problems[-1].path)


def judge_parent(session, call):
    options = call.message["options"]
    parent = session.client.open.get(options["parent"])
    if parent is None or not REGISTRY.is_code(parent.procedure):
        if call.procedure not in REGISTRY.procedures:
            call.notes["answer"] = ("TOL-011", "stale")
        yield Broken("7.4", "the parent is no open code call", call.message.place("options") + "/parent")
        return
    call.notes["parent"] = parent.id
    left = code.deadline(session, parent)
    if left is not None and options["deadline_ms"] > left:
        yield Broken("COD-006", f"more than the {left} ms of the code call",
                     call.message.place("options") + "/deadline_ms")  # fmt: skip


def judge_counts(session, call):
    """The budgets of a code call."""
    parent = session.client.open.get(call.notes.get("parent"))
    if parent is None:
        return
    parent.notes["tool_calls"] = parent.notes.get("tool_calls", 0) + 1
    now = sum(1 for c in session.server.open_calls(is_control=False)
              if c.notes.get("parent") == parent.id and c.procedure != "brig.input")  # fmt: skip
    for limit, count in (("tool_calls", parent.notes["tool_calls"]), ("tool_calls_open", now)):
        most = session.limit(limit)
        if most is not None and count > most:
            yield Broken("TOL-015", f"more tool calls than {limit}, {most}")


def judge_answer(session, call, message):
    """A terminal of the client."""
    if message.type == "error":
        yield from errors.judge("client", message)
    if "answer" in call.notes:
        requirement, wanted = call.notes["answer"]
        if message.type == "result" or message["code"] != wanted:
            yield Broken(requirement, f"the answer is ERROR {wanted}")
        return
    if message.type == "error":
        return
    place = message.place("value")
    if call.procedure == "brig.cancel":
        yield from judge_record("cancelled", message["value"], place)
    elif call.procedure == "brig.input":
        if message["value"] is not None and not isinstance(message["value"], str):
            yield Broken("7.3", "an input is a text or nil", place)
    elif call.procedure != "brig.ping":
        yield from values.judge(message["value"], place)


def judge_record(name, value, place):
    try:
        REGISTRY.check(name, value, place)
    except check_tools.Problem as problem:
        yield Broken("7.3", str(problem), problem.path)
