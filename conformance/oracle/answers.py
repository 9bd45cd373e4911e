# SPDX-License-Identifier: MIT
"""How a server ends the calls of a client (spec 7.1 to 7.3, 8)."""
from . import code, errors
from .faults import Broken
from .registry import REGISTRY, check_tools

# Which requirement asks for the record that a procedure answers.
RECORDS = {
    "brig.open": "PRC-005", "brig.define": "PRC-013", "brig.reset": "PRC-015", "brig.cancel": "PRC-018",
    "brig.put": "PRC-025", "brig.get": "PRC-025", "brig.list": "7.3", "brig.info": "7.3", "brig.ping": "PRC-026",
}  # fmt: skip


def judge(session, call, message, at):
    if message.type == "error":
        yield from errors.judge("server", message)
        session.failed_resets += call.procedure == "brig.reset"
    refusal = call.notes["refusal"]
    if refusal:
        yield from judge_refused(refusal, message)
    elif REGISTRY.is_code(call.procedure):
        yield from code.judge(session, call, message, at)
    if message.type == "result" and not refusal:
        yield from judge_result(session, call, message)


def judge_refused(refusal, message):
    if message.type == "result":
        yield Broken(refusal.requirement, f"RESULT, although {refusal.why}")
    elif message["code"] not in refusal.codes:
        yield Broken(refusal.requirement, f"ERROR {message['code']}, although {refusal.why}", message.place("code"))
    elif message["code"] == "unsupported" and not isinstance(message["data"].get("path"), str):
        yield Broken("MSG-008", "no path", message.place("data"))
    elif message["code"] == "unsupported" and refusal.path and message["data"]["path"] != refusal.path:
        yield Broken(refusal.requirement, f"the path is not {refusal.path}", message.place("data"))


def judge_result(session, call, message):
    place = message.place("value")
    name = REGISTRY.procedures[call.procedure].get("result")
    try:
        if name:
            REGISTRY.check(name, message["value"], place)
    except check_tools.Problem as problem:
        yield Broken(RECORDS[call.procedure], str(problem), problem.path)
        return
    if not session.opened and call.procedure not in ("brig.open", "brig.cancel", "brig.ping"):
        yield Broken("SES-016", "RESULT without a session")
    if call.procedure in RESULTS:
        yield from RESULTS[call.procedure](session, call, message["value"], place)


def judge_opened(session, call, value, place):
    args = call.message["args"]
    if session.opened:
        yield Broken("SES-017", "a second brig.open succeeds")
        return
    session.opened, session.open_args, session.generation = value, args, value["generation"]
    if value["generation"] != 1:
        yield Broken("PRC-015", "the first generation is 1", place + "/generation")
    yield from judge_limits(args.get("limits", {}), value["limits"], place + "/limits")
    yield from judge_sandbox(args.get("require", {}), value["sandbox"], place + "/sandbox")
    settle_tools(session, args.get("tools", []))


def judge_limits(asked, in_force, place):
    missing = [name for name in REGISTRY.keys_of("limits") if name not in in_force]
    if missing:
        yield Broken("PRC-005", f"limits are missing: {', '.join(missing)}", place)
    for name in in_force.keys() & asked.keys():
        if in_force[name] > asked[name]:
            yield Broken("PRC-003", f"{name} is above what the client asked for", f"{place}/{name}")


def judge_sandbox(required, statement, place):
    """spec 7.5"""
    for name, order in REGISTRY.effects.items():
        if statement[name] not in order:
            yield Broken("SBX-002", f"no value of {name}", f"{place}/{name}")
        elif name in required and order.index(statement[name]) > order.index(required[name]):
            yield Broken("PRC-004", f"{name} is weaker than required", f"{place}/{name}")
    if statement["level"] in ("minimal", "none") and required.get("level") != statement["level"]:
        yield Broken("SBX-004", "a level that the client did not name", place + "/level")


def settle_tools(session, tools):
    for tool in tools:
        session.tools[tool["name"]] = [tool]


def judge_defined(session, call, value, place):
    settle_tools(session, call.message["args"]["tools"])
    missing = {tool["name"] for tool in call.message["args"]["tools"]} - set(value["tools"])
    if missing:
        yield Broken("7.3", f"{sorted(missing)[0]} is not listed", place + "/tools")


def judge_reset(session, call, value, place):
    raised = value["generation"] - 1
    if not session.is_generation(raised, session.failed_resets):
        why = f"generation {value['generation']} after {session.generation}"
        yield Broken("PRC-015", why, place + "/generation")
    for other in session.open_code_calls():
        if other.id < call.id:
            yield Broken("PRC-014", f"the code call {other.id} is still open")
    required = (session.open_args or {}).get("require", {})
    yield from judge_sandbox(required, value["sandbox"], place + "/sandbox")
    session.generation, session.failed_resets, session.is_lost = value["generation"], 0, False


def judge_cancelled(session, call, value, place):
    """What the client itself knew when it asked, and what the server has not yet said."""
    wanted = call.message["args"]["id"]
    expected = None
    if wanted in call.notes["finished"]:
        expected = "finished"
    elif wanted not in session.client.calls:
        expected = "unknown"
    elif wanted in session.client.open and wanted < call.id:
        expected = "interrupting"
    if expected and value["outcome"] != expected:
        yield Broken("PRC-018", f"the outcome is {expected}", place + "/outcome")


def judge_got(_session, call, value, place):
    asked = call.message["args"]
    if len(value["data"]) > asked["length"]:
        yield Broken("PRC-025", "more than was asked for", place + "/data")
    elif asked["offset"] + len(value["data"]) > value["size"] and value["data"]:
        yield Broken("PRC-025", "octets behind the end of the file", place + "/data")
    elif value["last"] != (asked["offset"] + len(value["data"]) >= value["size"]):
        yield Broken("7.3", "`last` is not whether the end is reached", place + "/last")


def judge_listed(_session, _call, value, place):
    paths = [file["path"].encode() for file in value["files"]]
    if paths != sorted(set(paths)):
        yield Broken("7.3", "not sorted by the octets of the paths", place + "/files")


def judge_info(session, _call, value, place):
    if not session.is_generation(value["generation"], session.failed_resets):
        yield Broken("PRC-015", f"the generation is {session.generation}", place + "/generation")
    if session.is_lost and value["state"] != "stale":
        yield Broken("COD-013", "the session is stale", place + "/state")
    running = value.get("running")
    if running is not None and running not in {c.id for c in session.open_code_calls()}:
        yield Broken("7.3", f"{running} is no open code call", place + "/running")


RESULTS = {
    "brig.open": judge_opened,
    "brig.define": judge_defined,
    "brig.reset": judge_reset,
    "brig.cancel": judge_cancelled,
    "brig.get": judge_got,
    "brig.list": judge_listed,
    "brig.info": judge_info,
}
