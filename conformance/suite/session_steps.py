# SPDX-License-Identifier: MIT
"""Steps made of messages: calls of ours and of the peer's, answers, events (README.md, "Steps")."""

from suite.pattern import Anything, mismatch
from suite.play import Verbs
from make.pack import notation

SESSION = Verbs()
LAYOUT = {0: 1, 1: 4, 2: 4, 4: 3, 6: 5, 8: 2}  # elements behind the type
NAMES = {0: "HELLO", 1: "EVENT", 2: "CALL", 4: "RESULT", 6: "ERROR", 8: "CLOSE"}


def told(message):
    """A message in a few words, for a sentence."""
    name = NAMES.get(message.type, f"type {message.type}")
    text = notation(message.elements)
    return f"{name} {text if len(text) < 300 else text[:290] + '…'}"


def match_message(play, pattern):
    """A function that looks whether a message is like [type, elements…]; later elements are let alone."""
    type_, *wanted = pattern

    def look(message):
        if message.type != type_:
            return f"{told(message)} in place of {NAMES.get(type_, type_)}"
        elements = message.elements[:LAYOUT.get(type_, len(wanted))]
        reason = mismatch(wanted, elements, NAMES.get(type_, str(type_)), play.bound)
        return f"{reason} ({told(message)})" if reason else None
    return look


@SESSION.expectation("expect")
def expect(play, value):
    """The next message, as a pattern of its layout."""
    return match_message(play, value)


@SESSION.verb("call", "id", "as", "fragments", "trailing")
def call(play, value, id=None, fragments=None, trailing=(), **more):
    """A CALL of ours: [procedure, args, options]; `as` names it for later steps."""
    procedure, args, options = [*value, {}, {}][:3] if len(value) < 3 else value
    number = play.new_id(id)
    if "as" in more:
        play.calls[more["as"]] = number
    play.party.send_message([2, number, procedure, args, options, *trailing], fragments)


@SESSION.expectation("result", "of", "meta")
def result(play, value, of=None, meta=None):
    """The RESULT of a call of ours (`of`, by default the last one)."""
    return match_message(play, [4, play.id_of(of), value, meta or {}])


@SESSION.expectation("error", "of", "class", "message", "data")
def error(play, value, of=None, message=None, data=None, **more):
    """The ERROR of a call of ours, by its code."""
    return match_message(play, [6, play.id_of(of), value, more.get("class", Anything()),
                                message or Anything(), data or {}])


@SESSION.expectation("answered")
def answered(play, value):
    """RESULT or ERROR, whatever it says, of the call with this name or id."""
    number = play.id_of(value)

    def look(message):
        is_answer = message.type in (4, 6) and message.elements[0] == number
        return None if is_answer else f"{told(message)} in place of an answer to call {number}"
    return look


@SESSION.expectation("event", "of", "payload", "meta")
def event(play, value, of=None, payload=None, meta=None):
    """An EVENT of a call of ours, by its kind."""
    return match_message(play, [1, play.id_of(of), value,
                                Anything() if payload is None else payload, meta or {}])


@SESSION.verb("output", "of", "stream", "skip")
def output(play, value, of=None, stream="stdout", skip=()):
    """Output of a code call: events of one stream whose octets, joined, are this text."""
    wanted = value.encode() if isinstance(value, str) else value
    got = b""

    def look(message):
        nonlocal got
        reason = match_message(play, [1, play.id_of(of), stream, Anything(), {}])(message)
        if reason:
            return reason
        if not isinstance(message.elements[2], bytes):
            return f"output that is no bin: {told(message)}"
        got += message.elements[2]
        return None if wanted.startswith(got) else f"output {got!r} in place of {wanted!r}"
    while got != wanted:
        play.await_one([look], skip)


@SESSION.expectation("called", "args", "options", "as")
def called(play, value, args=None, options=None, **more):
    """A CALL of the peer's; `as` names it for the answer."""
    matches = match_message(play, [2, Anything(), value, args or {}, options or {}])

    def look(message):
        reason = matches(message)
        if reason is None:
            number = message.elements[0]
            play.incoming[f"{play.current} last"] = number
            play.incoming[more.get("as", f"{play.current} last")] = number
        return reason
    return look


@SESSION.verb("answer", "of", "meta", "trailing")
def answer(play, value, of=None, meta=None, trailing=()):
    """Our RESULT for a call of the peer's."""
    play.party.send_message([4, play.incoming_id(of), value, meta or {}, *trailing])


@SESSION.verb("fail", "of", "class", "message", "data", "trailing")
def fail(play, value, of=None, message="", data=None, trailing=(), **more):
    """Our ERROR for a call of the peer's, by its code."""
    play.party.send_message([6, play.incoming_id(of), value, more.get("class", "fix"), message,
                             data or {}, *trailing])


@SESSION.verb("cancel", "of", "as")
def cancel(play, value, of=None, **more):
    """brig.cancel of a call of ours."""
    call(play, ["brig.cancel", {"id": play.id_of(of)}], **more)


@SESSION.verb("unordered", "skip", "within_ms")
def unordered(play, value, skip=(), within_ms=None):
    """Expectations that are met in any order, each once."""
    verbs, left, at = play.target.verbs, [], play.current
    for step in value:
        verb, content, keys = verbs.parse(step)
        left.append(verbs.table[verb][0](play, content, **keys))
    while left:
        left.remove(play.await_one(left, skip, within_ms))
        play.current = at


@SESSION.verb("barrier", "skip")
def barrier(play, _value, skip=()):
    """Nothing more comes: brig.ping is answered, and by the very next message."""
    last = play.last_call.get(play.current)
    number = play.new_id()
    play.party.send_message([2, number, "brig.ping", {}, {}])
    play.await_one([match_message(play, [4, number, {}, {}])], skip)
    if last is not None:
        play.last_call[play.current] = last


@SESSION.verb("session", "opened")
def session(play, value, opened=None):
    """A connection with an open session: the value is args of brig.open beside the profile's name."""
    play.take("start", None, {"at": play.current})
    args = {**({"profile": play.target.profile} if play.target.profile else {}), **(value or {})}
    call(play, ["brig.open", args])
    number = play.last_call[play.current]
    look = match_message(play, [4, number, opened or {}, {}])
    play.await_one([look])
