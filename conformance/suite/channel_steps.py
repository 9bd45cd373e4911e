# SPDX-License-Identifier: MIT
"""Steps below the messages: octets, preamble, handshake, HELLO, records, ends (README.md, "Steps")."""

import contextlib
import copy
import os
import resource
import select

from suite import transport
from suite.notation import octets_of
from suite.party import Fault
from suite.pattern import mismatch
from suite.play import Unsupported, Verbs
from suite.recording import RECEIVED, SENT
from make import noise
from make.pack import Raw, encode
from make.parties import FRAGMENT_BYTES, fixed

CHANNEL = Verbs()
SOFTWARE = "brig-conformance"
CLOSE_MS = 2000
DEFAULT_MAX_MESSAGE = 16777216
SPARE_DESCRIPTORS = 64


def hello_message(changes):
    """A HELLO; a key that is null is left out, a list is the whole message."""
    if isinstance(changes, (list, Raw)):
        return changes
    about = {"software": SOFTWARE, **(changes or {})}
    return [0, {key: value for key, value in about.items() if value is not None}]


@CHANNEL.verb("octets")
def octets(play, value):
    """Octets as they are, at any moment."""
    data = value.data if isinstance(value, Raw) else octets_of(value)
    play.party.transport.send(data)
    play.recording.add(SENT, "octets", data, connection=play.current, broken=True)


@CHANNEL.verb("preamble")
def preamble(play, value):
    """The first 8 octets; by default the right ones for the suite that the target offers."""
    changes = dict(value or {})
    if "text" in changes:
        changes["text"] = octets_of(changes["text"])
    changes.setdefault("suite", play.target.suite)
    play.party.send_preamble(**changes)


def _attack(handshake, point):
    """As somebody who sends a point of low order: what is mixed from it is zeros."""
    def mix_dh(token):
        handshake.mix_key(bytes(32) if "e" in token[0] else
                          noise.dh(handshake.keys["s"], handshake.rs))
    handshake.mix_dh = mix_dh
    return handshake.write(ephemeral=point)


@CHANNEL.verb("message_1")
def message_1(play, value, flip=(), length=None, keep=None, again=None):
    """The client's handshake message. `psk`, `secret`, `public: other` take keys that nobody knows."""
    party, changes = play.party, dict(value or {})
    if again is not None:
        # Whoever has recorded a message 1 can send it again; we alone can go on from there.
        wire = play.parties[again].last_sent
        party.handshake = copy.deepcopy(play.parties[again].handshake)
        party.transport.send(wire)
        play.recording.add(SENT, "message 1", wire, connection=play.current, broken=True)
        return
    point = changes.pop("ephemeral", None)
    keys = {"psk": "psk", "secret": "s"}
    chosen = {keys[key]: fixed(f"conformance {key}") for key in changes if key in keys}
    if "public" in changes:
        chosen["rs"] = noise.public(fixed("conformance public"))
    if "prologue" in changes:
        chosen["prologue"] = octets_of(changes["prologue"])
    unknown = set(changes) - {"psk", "secret", "public", "prologue"}
    if unknown:
        raise ValueError(f"message_1: unknown keys {unknown}")
    party.begin(**chosen)
    body = (party.handshake.write() if point is None else
            _attack(party.handshake, octets_of(point)))
    party.send_handshake("message 1", body, length, flip, keep)


@CHANNEL.verb("message_2", "bind")
def message_2(play, value, bind=None):
    """The server's handshake message; `differs_from` names a connection whose key it must not repeat."""
    play.party.read_message_2()
    other = (value or {}).get("differs_from")
    if other and play.party.ephemeral == play.parties[other].ephemeral:
        raise Fault("the same ephemeral key on two connections", ["CHN-019"])


CHANNEL.table["message_1"] = (message_1, {"flip", "length", "keep", "again"}, False)


@CHANNEL.verb("handshake")
def handshake(play, value):
    """Preamble and both handshake messages; the value is the suite, by default one that is offered."""
    preamble(play, {"suite": value} if value else {})
    message_1(play, {})
    message_2(play, {})


@CHANNEL.verb("hello", "fragments", "flags", "nonce", "flip")
def hello(play, value, **damage):
    """Our HELLO."""
    play.party.send_message(hello_message(value), **damage)


@CHANNEL.expectation("hello_back")
def hello_back(play, value):
    """The peer's HELLO."""
    def look(message):
        if message.type != 0:
            return f"message type {message.type} in place of HELLO"
        play.party.peer_hello = message.elements[0]
        play.party.transport.take_time()
        return mismatch(value or {}, message.elements[0], "HELLO", play.bound)
    return look


@CHANNEL.verb("start")
def start(play, value):
    """Handshake and both HELLOs: {suite, hello}."""
    value = value or {}
    handshake(play, value.get("suite"))
    hello(play, value.get("hello"))
    play.take("hello_back", None, {"at": play.current})


@CHANNEL.verb("send", "fragments", "flags", "nonce", "flip", "length", "keep", "key", "part")
def send(play, value, **how):
    """A message: an array, or !octets."""
    play.party.send_message(encode(value), **how)


@CHANNEL.verb("rest")
def rest(play, _value):
    """What `part` has left of the last record."""
    play.party.send_rest()
    play.recording.note("the rest of the last record", play.current)


@CHANNEL.verb("record", "nonce", "flip", "length", "keep", "key", "extra", "part")
def record(play, value, **how):
    """One record: {flags, fragment}. `again: last` sends the last record once more."""
    party = play.party
    if value == "again":
        party.transport.send(party.last_sent)
        play.recording.add(SENT, "record", party.last_sent, connection=play.current, broken=True)
        return
    if value == "lost":
        party.sent_records += 1  # sealed, and lost on its way
        party.has_lost = True
        play.recording.note("a record that is left out", play.current)
        return
    if "extra" in how:
        how["extra"] = octets_of(how["extra"])
    content = value.get("fragment", Raw(b""))
    fragment = content.data if isinstance(content, Raw) else encode(content)
    flags = value.get("flags", 1)
    party.send_record(bytes([flags]) + fragment, broken=flags not in (0, 1), **how)


def _most(play):
    """The largest message that the peer accepts, as its HELLO says."""
    return play.party.peer_hello.get("max_message", DEFAULT_MAX_MESSAGE)


@CHANNEL.verb("largest")
def largest(play, value):
    """A CALL of brig.ping as large as the peer accepts, and so many octets more."""
    number = play.new_id()
    size = _most(play) + (value or 0)
    frame = len(encode([2, number, "brig.ping", {"v": bytes(65536)}, {}])) - 65536
    play.party.send_message([2, number, "brig.ping", {"v": bytes(size - frame)}, {}])


@CHANNEL.verb("endless")
def endless(play, _value):
    """Fragments of a message that never ends, until it is above what the peer accepts."""
    head = encode([2, play.new_id(), "brig.ping"])  # no matter what: it is too large
    sent = 0
    while sent <= _most(play):
        play.party.send_record(b"\0" + head + bytes(FRAGMENT_BYTES - len(head)))
        sent += FRAGMENT_BYTES


def another_client(play):
    """Comes, pings and goes: the server has had its turn with whatever was there before."""
    at = play.current
    name = f"{at} (a second client)"
    for verb, value in (("start", None), ("barrier", None), ("close", None),
                        ("end", {"close": "done"})):
        play.take(verb, value, {"at": name})
    play.current = at


@CHANNEL.verb("quiet")
def quiet(play, _value):
    """Nothing has come although the peer has had its turn: it has answered on a connection opened since."""
    line = play.party.transport
    line.flush()
    line.await_read()
    another_client(play)
    came = line.pending()
    if came:
        play.recording.add(RECEIVED, "octets", came, connection=play.current)
        raise Fault(f"{len(came)} octets came where nothing may: {came[:32].hex()}")


@CHANNEL.verb("strangers", "most")
def strangers(play, value, most=4096):
    """Connections with this preamble, until the first of them is closed or refused; `most` is too many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < most + SPARE_DESCRIPTORS:
        if hard < most + SPARE_DESCRIPTORS:
            raise Unsupported(f"needs {most} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        lines = []
        poll = select.poll()
        while len(lines) < most:
            line = stack.enter_context(transport.connect(play.target.address, play.target.seconds))
            line.sendall(octets_of(value))
            lines.append(line)
            poll.register(line, select.POLLIN)
            if poll.poll(0):
                break
        # Who came last is served: so all of them have been let in, or turned away.
        another_client(play)
        if not poll.poll(0):
            raise Fault(f"{most} strangers, and none has to go", ["CHN-039"])
        play.recording.note(f"one of {len(lines)} strangers was closed or refused", play.current)


@CHANNEL.verb("socket_mode")
def socket_mode(play, _value):
    """Only its owner may write to the socket's file, which is what connecting takes."""
    mode = os.stat(play.target.address.partition(":")[2]).st_mode
    if mode & 0o022:
        raise Fault(f"the socket's mode is {mode & 0o777:o}", ["TRN-001"])


@CHANNEL.verb("refusal")
def refusal(play, value):
    """The 5 octets of a refusal, and the end: {reason, lowest, highest} as patterns, or the reason."""
    wanted = value if isinstance(value, dict) else {"reason": value}
    try:
        got = play.party.read_refusal()
    except transport.Ended as ended:
        raise Fault(f"{ended} without a refusal", ["CHN-005"]) from ended
    reason = mismatch(wanted, got, "refusal", play.bound)
    if reason:
        raise Fault(reason, ["CHN-004"])
    silent_end(play, None)


def silent_end(play, within_ms):
    """Nothing more comes but the end of the stream."""
    seconds = play.target.seconds + (within_ms or 0) / 1000
    octets_left, how = play.party.transport.rest(seconds)
    if octets_left:
        play.recording.add(RECEIVED, "octets", octets_left, connection=play.current)
        raise Fault(f"{len(octets_left)} octets came where nothing may: {octets_left[:32].hex()}")
    play.recording.add(RECEIVED, "end", note=how, connection=play.current)
    play.endings[play.current] = "closed" if how == "end" else "reset"
    play.open_ends.add(play.current)


def match_close(message):
    """Is it a CLOSE?"""
    return None if message.type == 8 else f"message type {message.type} in place of CLOSE"


@CHANNEL.verb("end", "within_ms", "skip", "answered", "mute")
def end(play, value, within_ms=None, skip=(), answered=False, mute=False):
    """How the peer ends the connection: `silent`, or {close: CODE}, which we answer, and the stream's end.

    `any`: by a CLOSE or without, but by nothing else.
    `answered`: we have sent CLOSE before. `mute`: we neither answer nor end our half.
    """
    if value == "silent":
        silent_end(play, within_ms)
        return
    if value == "any":
        try:
            play.await_one([match_close], skip, within_ms)
        except transport.Ended:
            pass
        silent_end(play, CLOSE_MS)
        return
    wanted = value["close"]

    def look(message):
        if message.type != 8:
            return f"message type {message.type} in place of CLOSE"
        return mismatch(wanted, message.elements[0], "CLOSE", play.bound)
    play.await_one([look], skip, within_ms)
    if not play.party.closed and not answered and not mute:
        close(play, None)
    if not mute:
        play.party.transport.shut()
    silent_end(play, CLOSE_MS)


@CHANNEL.verb("close")
def close(play, value):
    """Our CLOSE: [code, message]."""
    code, text = value or ["done", ""]
    play.party.send_message([8, code, text])


@CHANNEL.verb("shut")
def shut(play, _value):
    """The end of our half of the stream."""
    play.party.transport.shut()
    play.recording.add(SENT, "end", connection=play.current)


@CHANNEL.verb("leave")
def leave(play, _value):
    """Drop the connection."""
    play.party.transport.flush()
    play.party.transport.close()
    play.recording.add(SENT, "end", note="dropped", connection=play.current)
    play.endings[play.current] = "left"
    play.open_ends.add(play.current)
