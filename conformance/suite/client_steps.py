# SPDX-License-Identifier: MIT
"""Steps in which the suite is the server of a client under test (README.md, "A client")."""

import select
import time

from oracle.registry import REGISTRY
from suite import channel_steps, session_steps
from suite.channel_steps import CHANNEL, hello_message, silent_end
from suite.notation import CallId, octets_of
from suite.party import Fault
from suite.pattern import Anything, mismatch
from suite.play import Verbs
from suite.recording import RECEIVED
from suite.session_steps import SESSION
from make.parties import fixed

CLIENT = Verbs(CHANNEL, SESSION)
# What a client says is read, not sent; and a server begins no session.
for name in ("preamble", "message_1", "session"):
    del CLIENT.table[name]
REASONS = {"version": 1, "suite": 2, "busy": 3, "downgrade": 4}
QUIET_SECONDS = 0.25
MAX_CALLS, MAX_MESSAGE = 64, 16777216
OPENED = {
    "session": "conformance", "generation": 1, "engine": {"name": "none", "version": "1"},
    "sandbox": {"level": "full", "fs_read": "listed", "fs_write": "workspace", "network": "none",
                "exec": False, "processes": "own", "memory": "group", "uid": "own",
                "mechanisms": {}},
    "limits": {"deadline_ms": 60000, "grace_ms": 2000, "idle_ms": 1800000, "cpu_ms": 60000,
               "memory_bytes": 536870912, "processes": 16, "open_files": 64,
               "file_bytes": 67108864, "workspace_bytes": 67108864, "workspace_files": 4096,
               "output_bytes": 1048576, "code_bytes": 1048576, "value_bytes": 8388608,
               "message_bytes": 16777216, "displays": 20, "display_bytes": 4194304, "display_pixels": 4000000,
               "tool_calls": 1000, "tool_calls_open": 16}}
# Code calls that end so never reached a worker, and have nothing to tell (spec 7.2).
NOT_RUN = {"busy", "stale", "unavailable", "unsupported", "bad_arguments", "too_large"}
META = {"generation": 1, "usage": {"wall_ms": 1, "cpu_ms": 1, "memory_bytes": 1, "tool_calls": 0}}


# The client under test


@CLIENT.verb("run", "key_mode", "key_text", "suite")
def run(play, value, key_mode=600, key_text=None, suite="local"):
    """Starts the client with a task. `key_mode` and `key_text` spoil its key file."""
    play.start_driver(value or "eval", suite, int(str(key_mode), 8),
                      None if key_text is None else octets_of(key_text))


def _told(play, within_ms=None):
    if play.current in play.parties:
        play.party.transport.flush()
    told = play.driver.line(play.target.seconds + (within_ms or 0) / 1000)
    if told is not None:
        play.recording.note(f"the client tells: {told}", play.current)
        if "end" in told:
            play.told_ends.add(play.current)
    return told


@CLIENT.verb("tells", "within_ms")
def tells(play, value, within_ms=None):
    """The next line of the client's output; a list stands for so many lines in any order."""
    left = list(value) if isinstance(value, list) else [value]
    while left:
        told = _told(play, within_ms)
        if told is None:
            raise Fault(f"the client's output ends before it has told {left}")
        reasons = [mismatch(one, told, "told", play.bound) for one in left]
        if None not in reasons:
            raise Fault("; ".join(reasons))
        left.pop(reasons.index(None))


@CLIENT.verb("tells_end", "reason")
def tells_end(play, value, reason=None):
    """How the connection ended, whatever the client tells of its calls before."""
    told = {}
    while "end" not in told:
        told = _told(play)
        if told is None:
            raise Fault("the client has not told how the connection ended", ["CHN-031"])
    wrong = mismatch({"end": value, "reason": Anything() if reason is None else reason}, told, "told",
                     play.bound)
    if wrong:
        raise Fault(wrong)


@CLIENT.verb("no_connection")
def no_connection(play, _value):
    """The client ends without having connected."""
    connection = play.driver.accept(play.target.seconds)
    if connection is not None:
        connection.close()
        raise Fault("the client has connected")
    play.open_ends.add(play.current)


# The channel


@CLIENT.verb("preamble_back")
def preamble_back(play, value):
    """The client's preamble: {version, suite, highest} as patterns."""
    wanted = {"version": 1, "suite": play.driver.suite, "highest": 1, **(value or {})}
    reason = mismatch(wanted, play.party.read_preamble(), "preamble", play.bound)
    if reason:
        raise Fault(reason, ["VER-001"])


@CLIENT.verb("message_1_back")
def message_1_back(play, value):
    """The client's handshake message; `differs_from` names a connection whose key it must not repeat."""
    play.party.read_message_1()
    other = (value or {}).get("differs_from")
    if other and play.party.ephemeral == play.parties[other].ephemeral:
        raise Fault("the same ephemeral key on two connections", ["CHN-019"])


@CLIENT.verb("message_2", "flip", "length", "keep")
def message_2(play, value, flip=(), length=None, keep=None):
    """Our handshake message: `psk: other` takes a key that nobody knows, `ephemeral` is a point."""
    changes = dict(value or {})
    point = changes.pop("ephemeral", None)
    psk = fixed("conformance psk") if changes.pop("psk", None) else None
    if changes:
        raise ValueError(f"message_2: unknown keys {sorted(changes)}")
    play.party.send_message_2(None if point is None else octets_of(point), length, flip, keep, psk)


@CLIENT.verb("handshake")
def handshake(play, _value):
    """The client's preamble and both handshake messages."""
    preamble_back(play, None)
    message_1_back(play, None)
    message_2(play, None)


@CLIENT.verb("refusal", "keep")
def refusal(play, value, keep=None):
    """A refusal in place of message 2: a reason's name or number, or {reason, lowest, highest}."""
    parts = value if isinstance(value, dict) else {"reason": value}
    reason = REASONS.get(parts["reason"], parts["reason"])
    play.party.send_refusal(reason, parts.get("lowest", 1), parts.get("highest", 1), keep)


@CLIENT.verb("hello", "fragments", "flags", "nonce", "flip")
def hello(play, value, **damage):
    """Our HELLO; the client has to keep to its `max_message`."""
    play.party.has_greeted = True
    if isinstance(value, dict) and isinstance(value.get("max_message"), int):
        play.party.max_message = value["max_message"]
    play.party.send_message(hello_message(value), **damage)


@CLIENT.expectation("hello_back")
def hello_back(play, value):
    """The client's HELLO."""
    looks = channel_steps.hello_back(play, value)

    def look(message):
        if message.type == 0:
            play.hello = message.elements[0]
        return looks(message)
    return look


@CLIENT.verb("early")
def early(play, _value):
    """Waits a moment for whatever the client sends before it has read our HELLO. A client that keeps the
    rule passes however long that is; one that does not is found out if it is faster."""
    play.party.take_early(QUIET_SECONDS)


@CLIENT.verb("start", "suite")
def start(play, value, suite="local"):
    """Starts the client unless it runs; handshake and both HELLOs. The value is a task, or {task, hello}."""
    value = value if isinstance(value, dict) else {"task": value}
    if play.current not in play.drivers:
        run(play, value.get("task"), suite=suite)
    handshake(play, None)
    play.take("hello_back", None, {"at": play.current})
    hello(play, value.get("hello"))


@CLIENT.verb("opening", "suite", "opened")
def opening(play, value, suite="local", opened=None):
    """`start`, and the client's brig.open with its four tools, answered."""
    start(play, value, suite)
    tools = {"tools": _Names({"echo", "fail", "slow", "big"})}
    play.take("called", "brig.open", {"args": tools, "at": play.current, "as": "open"})
    play.take("opened", opened, {"at": play.current})


@CLIENT.verb("evaluating", "suite", "code")
def evaluating(play, value, suite="local", code=None):
    """`opening`, and the client's code call, which is named `eval`."""
    opening(play, value, suite)
    args = {"code": Anything() if code is None else code}
    play.take("called", "brig.eval", {"args": args, "at": play.current, "as": "eval"})


@CLIENT.verb("tool", "args", "as", "id", "parent", "options")
def tool(play, value, args=None, id=None, parent=None, options=None, **more):
    """A CALL of one of the client's tools, for its code call `eval` or the one named by `parent`."""
    number = play.new_id(id)
    if "as" in more:
        play.calls[more["as"]] = number
    told = {"parent": play.incoming_id(parent or "eval"), "deadline_ms": 60000}
    play.party.send_message([2, number, value, args or {}, {**told, **(options or {})}])


class _Names(Anything):
    """An array of maps with these names, in any order."""

    def __init__(self, names):
        self.names = names

    def mismatch(self, value, path, bound):
        found = {one.get("name") for one in value if isinstance(one, dict)} if isinstance(
            value, list) else None
        return None if found == self.names else f"{path}: {found} in place of {self.names}"


def _with_ids(play, value):
    if isinstance(value, CallId):
        return play.incoming_id(value.name)
    if isinstance(value, list):
        return [_with_ids(play, one) for one in value]
    if isinstance(value, dict):
        return {key: _with_ids(play, one) for key, one in value.items()}
    return value


@CLIENT.verb("send", "fragments", "flags", "nonce", "flip", "length", "keep", "key")
def send(play, value, **how):
    """A message, in which !call NAME stands for the id of a call of the client's."""
    channel_steps.send(play, _with_ids(play, value), **how)


@CLIENT.expectation("called", "args", "options", "as")
def called(play, value, args=None, **more):
    """A CALL of the client's, in whose args !call NAME stands for the id of an earlier one."""
    looks = session_steps.called(play, value, _with_ids(play, args), **more)

    def look(message):
        reason = looks(message)
        if reason is None:
            play.procedures[message.elements[0]] = value
        return reason
    return look


def _is_code(play, number):
    return REGISTRY.is_code(play.procedures.get(number, ""))


@CLIENT.verb("answer", "of", "meta", "trailing")
def answer(play, value, of=None, meta=None, trailing=()):
    """Our RESULT for a call of the client's, with the meta that its procedure demands."""
    number = play.incoming_id(of)
    told = {**(META if _is_code(play, number) else {}), **(meta or {})}
    play.party.send_message([4, number, value, told, *trailing])


@CLIENT.verb("opened", "of", "meta", "trailing")
def opened(play, value, **keys):
    """The RESULT of a brig.open: every key that it needs, and those given."""
    answer(play, {**OPENED, **(value or {})}, **keys)


@CLIENT.verb("fail", "of", "class", "message", "data", "trailing")
def fail(play, value, of=None, message="", data=None, trailing=(), **more):
    """Our ERROR for a call of the client's; class and data are what the registry says unless given."""
    number = play.incoming_id(of)
    known = REGISTRY.errors.get(value, {})
    class_ = more.get("class", known.get("class", "fix"))
    state = "lost" if class_ == "lost" else "kept"
    has_run = _is_code(play, number) and value not in NOT_RUN
    told = {**({**META, "state": state} if has_run else {}), **(data or {})}
    play.party.send_message([6, number, value, class_, message, told, *trailing])


@CLIENT.expectation("returned")
def returned(play, value):
    """The client's code call whose arg `x` has these very octets."""
    wanted = b"\x81\xa1x" + octets_of(value)
    looks = called(play, "brig.eval", {"args": {"x": Anything()}}, **{"as": "second"})

    def look(message):
        reason = looks(message)
        if reason is None and wanted not in message.octets:
            return f"x is not {octets_of(value).hex()}: {session_steps.told(message)}"
        return reason
    return look


@CLIENT.verb("pings")
def pings(play, value):
    """So many pings at once; each is answered, and nothing else comes."""
    numbers = []
    for _ in range(value):
        numbers.append(play.new_id())
        play.party.send_message([2, numbers[-1], "brig.ping", {}, {}])
    for number in numbers:
        play.take("result", {}, {"of": number, "at": play.current})


@CLIENT.verb("flood")
def flood(play, value):
    """One call of this tool more than the client's HELLO allows to be open."""
    allowed = min(play.hello.get("max_calls", MAX_CALLS), MAX_CALLS)
    for _ in range(allowed + 1):
        tool(play, value)


@CLIENT.verb("too_large")
def too_large(play, _value):
    """A RESULT of the code call above the client's `max_message`, as far as the client takes it."""
    largest = play.hello.get("max_message", MAX_MESSAGE)
    play.party.send_message([4, play.incoming_id("eval"), bytes(largest), {}])


# Ends


@CLIENT.verb("end", "within_ms")
def end(play, value, within_ms=None):
    """`silent`: the client drops the connection, both halves of it, and says nothing more. {close: CODE}:
    its CLOSE, answered by ours, and nothing behind it; what it has called before it could know may
    precede."""
    if value == "silent":
        _until_hung_up(play, within_ms)
        silent_end(play, within_ms)
        return
    wanted = value["close"]

    def look(message):
        if message.type != 8:
            return f"message type {message.type} in place of CLOSE"
        return mismatch(wanted, message.elements[0], "CLOSE", play.bound)

    def is_early(message):
        is_call = message.type == 2 and message.elements[1] in ("brig.open", "brig.eval")
        return None if is_call and wanted != "done" else "not a call on its way"
    while play.await_one([look, is_early], within_ms=within_ms) is not look:
        pass
    if not play.party.closed:
        channel_steps.close(play, None)
    play.party.transport.shut()
    silent_end(play, channel_steps.CLOSE_MS)


def _until_hung_up(play, within_ms):
    play.party.transport.flush()
    poll = select.poll()
    poll.register(play.party.transport.sock, select.POLLHUP)
    seconds = play.target.seconds + (within_ms or 0) / 1000
    deadline = time.monotonic() + seconds
    while not any(event & select.POLLHUP
                  for _, event in poll.poll(max(0, deadline - time.monotonic()) * 1000)):
        if time.monotonic() >= deadline:
            raise Fault(f"the connection is still open after {seconds:.0f} s", ["CHN-033"])


@CLIENT.verb("takes_leave")
def takes_leave(play, _value):
    """CLOSE `done`, and nothing behind it; we keep silent and leave our half open."""
    party = play.party
    message = party.receive_message()
    reason = f"message type {message.type} in place of CLOSE" if message.type != 8 else mismatch(
        "done", message.elements[0], "CLOSE", play.bound)
    if reason:
        raise Fault(reason)
    rest, _ = party.transport.rest(play.target.seconds + channel_steps.CLOSE_MS / 1000)
    if rest:
        play.recording.add(RECEIVED, "octets", rest, connection=play.current)
        raise Fault(f"{len(rest)} octets behind CLOSE", ["CHN-029"])
