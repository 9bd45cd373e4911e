# SPDX-License-Identifier: MIT
"""Steps of role worker: a server's calls, its interrupts, and the end of the link (README.md, "An engine")."""

from suite.notation import ByEngine, octets_of
from suite.party import Fault
from suite.pattern import mismatch
from suite.play import Unsupported, Verbs
from suite.recording import RECEIVED
from suite.session_steps import SESSION, call, match_message
from suite.transport import Late
from make.pack import encode

WORKER = Verbs()
for name in ("expect", "call", "result", "error", "answered", "event", "output", "called", "answer", "fail",
             "unordered"):
    WORKER.table[name] = SESSION.table[name]

HELLO_BYTES = 4096
HELLO = 0
# The record worker_open with all that it needs.
OPEN = {"tools": [], "stdin": False, "displays": 100, "display_bytes": 1048576,
        "display_pixels": 4000000, "value_bytes": 1048576}


def for_engine(value, engine):
    """The value with every !for in arrays and maps replaced by what stands there for this engine."""
    if isinstance(value, ByEngine):
        if engine not in value.choices:
            raise Unsupported(f"the case has no code for the engine {engine}")
        return for_engine(value.choices[engine], engine)
    if isinstance(value, dict):
        return {key: for_engine(inner, engine) for key, inner in value.items()}
    if isinstance(value, list):
        return [for_engine(inner, engine) for inner in value]
    return value


def _lines(value):
    """A program: a text, or a list of its lines."""
    return "\n".join(value) if isinstance(value, list) else value or ""


def _tool(tool):
    return {**tool, "code": _lines(tool["code"])} if "code" in tool else tool


@WORKER.expectation("result_octets", "of")
def result_octets(play, value, of=None):
    """The RESULT of a call of ours, whose value is these octets: a missing number has many patterns of bits
    that are one value."""
    number, wanted = play.id_of(of), octets_of(value)

    def look(message):
        head = b"\x94\x04" + encode(number)
        if message.octets.startswith(head + wanted):
            return None
        return f"{message.octets[:100].hex(' ')} in place of RESULT {number} with {wanted.hex(' ')}"
    return look


@WORKER.verb("hello_back")
def hello_back(play, value):
    """The engine's HELLO, before anything else."""
    message = play.party.receive_message()
    if message.type != HELLO:
        raise Fault(f"a message of type {message.type} in place of HELLO", ["WRK-001"])
    if len(message.octets) > HELLO_BYTES:
        raise Fault(f"a HELLO of {len(message.octets)} octets", ["WRK-001", "MSG-011"])
    play.party.hello = message.elements[0]
    play.party.transport.take_time()
    reason = mismatch(value or {}, play.party.hello, "HELLO", play.bound)
    if reason:
        raise Fault(reason)


@WORKER.verb("open", "as")
def open_(play, value, **named):
    """brig.open with these args, and the others that it needs."""
    args = {**OPEN, **(value or {})}
    play.party.message_bytes = args.get("message_bytes", play.party.message_bytes)
    call(play, ["brig.open", {**args, "tools": [_tool(tool) for tool in args["tools"]]}], **named)


@WORKER.verb("opened")
def opened(play, value):
    """The engine's HELLO, brig.open with these args, and its RESULT."""
    hello_back(play, None)
    open_(play, value)
    play.await_one([match_message(play, [4, play.id_of(None), {}, {}])])


@WORKER.verb("eval", "as", "args", "form", "value_bytes")
def eval_(play, value, args=None, value_bytes=None, **more):
    """brig.eval of a program, as text or as a list of lines; `form` is the arg `value`."""
    asked = {"args": args, "value": more.get("form"), "value_bytes": value_bytes}
    keys = {key: wanted for key, wanted in asked.items() if wanted is not None}
    named = {"as": more["as"]} if "as" in more else {}
    call(play, ["brig.eval", {"code": _lines(value), **keys}], **named)


@WORKER.verb("define", "as")
def define(play, value, **named):
    """brig.define of these tools."""
    call(play, ["brig.define", {"tools": [_tool(tool) for tool in value]}], **named)


@WORKER.verb("interrupt")
def interrupt(play, _value):
    """SIGINT; all that was to be sent has been sent before."""
    play.party.transport.flush()
    play.engine.interrupt()


@WORKER.verb("raw", "stream")
def raw(play, value, stream="stdout"):
    """Somebody writes this text straight to descriptor 1 or 2."""
    source = play.engine.raw[stream]
    if not source.await_octets(value.encode(), play.target.seconds):
        raise Fault(f"{stream}: {source.octets[:200]!r} in place of {value!r}")


@WORKER.verb("ends")
def ends(play, _value):
    """The link ends, and with it the process; all messages have been read before."""
    play.open_ends.add(play.current)
    play.party.transport.shut()
    try:
        octets, how = play.party.transport.rest()
        told = play.engine.ending(play.target.seconds)
    except Late as late:
        raise Fault(f"the link has ended: {late}", ["WRK-003"]) from late
    play.recording.add(RECEIVED, "end", octets, connection=play.current, note=f"{how}; {told}")
    play.endings[play.current] = f"the process ends {told}"
    if octets:
        raise Fault(f"more than was awaited: {octets[:80].hex(' ')}", ["WRK-010"])
