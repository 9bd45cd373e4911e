# SPDX-License-Identifier: MIT
"""What a client asks: a wrong request is no breach, but it decides what its answer has to be (spec 6.1, 7.1, 7.3)."""
from . import values
from .registry import REGISTRY, check_tools

REFUSED_FOR_STATE = {"busy", "stale", "unavailable", "denied"}
REFUSED_FOR_FORM = {"unsupported", "bad_arguments", "too_large"}
NEED_NO_SESSION = {"brig.open", "brig.ping", "brig.cancel"}
VALUES_IN = {"brig.eval", "brig.call"}
FILES = {"brig.put", "brig.get", "brig.list"}


class Refusal:
    """A call that has to end with ERROR, and the codes that are right: several, because no rule says what is looked at first."""

    def __init__(self, requirement, why, codes, path=None):
        self.requirement, self.why, self.codes, self.path = requirement, why, codes, path


def refusal_for_name(procedure):
    if procedure not in REGISTRY.procedures:
        return Refusal("SES-009", f"there is no {procedure}", {"unknown_procedure"})
    if not REGISTRY.may_call("client", procedure):
        return Refusal("SES-013", f"a client does not call {procedure}", {"unknown_procedure"})
    return None


def refusal_for_form(message):
    """Elements, keys, types and bounds."""
    codes = REFUSED_FOR_FORM | REFUSED_FOR_STATE
    if message.trailing:
        path = f"/{1 + len(message.fields)}"
        return Refusal("MSG-007", "elements behind the layout", codes, path)
    try:
        REGISTRY.check_procedure(message["procedure"], message["args"], message["options"])
    except check_tools.Problem as problem:
        return Refusal(problem.requirement, f"{problem.path}: {problem}", codes)
    if {"keep_ms", "ticket"} & message["args"].keys():
        return Refusal("PRC-006", "a key of the capability resume", codes)
    return refusal_for_require(message["args"].get("require", {}), codes) or refusal_for_file(message)


def refusal_for_require(required, codes):
    for name, value in required.items():
        if value not in REGISTRY.effects[name]:
            return Refusal("SBX-003", f"{name} has no such value", codes)
    return None


def is_path(path):
    """spec 7.3"""
    octets = path.encode()
    return (1 <= len(octets) <= REGISTRY.limits["path_bytes"] and not any(b < 0x20 or b == 0x7F for b in octets)
            and not any(part in ("", ".", "..") for part in path.split("/")))  # fmt: skip


def refusal_for_file(message):
    if message["procedure"] not in FILES:
        return None
    args, most = message["args"], REGISTRY.limits["chunk_bytes"]
    if "path" in args and not is_path(args["path"]):
        return Refusal("PRC-021", "no path", {"bad_arguments"} | REFUSED_FOR_STATE)
    if max(len(args.get("data", b"")), args.get("length", 0)) > most:
        return Refusal("PRC-024", f"a piece above {most} octets", {"too_large"} | REFUSED_FOR_STATE)
    return None


def refusal_for_state(session, call):
    """Only what the order of the recording proves."""
    if call.procedure == "brig.open":
        if session.opened:
            return Refusal("SES-017", "the session is open", REFUSED_FOR_FORM | {"denied"})
        return None
    is_pending = any(c.procedure == "brig.open" for c in session.client.open_calls())
    if not session.opened and not is_pending and call.procedure not in NEED_NO_SESSION:
        return Refusal("SES-016", "no session is open", REFUSED_FOR_FORM | {"unavailable"})
    most = session.limit("code_bytes")
    code = call.message["args"].get("code")
    if call.procedure == "brig.eval" and most is not None and len(code.encode()) > most:
        return Refusal("PRC-011", f"code above {most} octets", {"too_large"} | REFUSED_FOR_STATE)
    return None


def declare(session, tools):
    """Tools that the code may have from now on; which declaration holds is known when the call has ended."""
    for tool in tools:
        session.tools.setdefault(tool["name"], []).append(tool)


def judge(session, call):
    message = call.message
    refusal = refusal_for_name(call.procedure) or refusal_for_form(message)
    refusal = refusal or refusal_for_state(session, call)
    call.notes["refusal"] = refusal
    call.notes["beside"] = any(c is not call for c in session.open_code_calls())
    if call.procedure == "brig.cancel":
        call.notes["finished"] = {c.id for c in session.client.calls.values() if not c.is_open}
    if refusal:
        return
    if call.procedure in ("brig.open", "brig.define"):
        declare(session, message["args"].get("tools", []))
    if call.procedure in VALUES_IN:
        yield from values.judge(message["args"].get("args"), message.place("args") + "/args")
