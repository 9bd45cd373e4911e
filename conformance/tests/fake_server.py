# SPDX-License-Identifier: MIT
"""A small server without sessions that keeps the rules. Subclasses break one each, to see it found."""

import os
import socket
import threading

from oracle import Judge
from oracle.registry import REGISTRY, check_tools
from suite import transport
from suite.party import Fault, Keys, Party
from suite.recording import Recording
from suite.transport import Ended, Late
from make import noise
from make.handshake import LOW_ORDER
from make.messages import parse
from make.pack import encode
from make.parties import MAGIC, SUITE_IDS, framed

HANDSHAKE_SECONDS = 5
CLOSE_SECONDS = 2
PATIENCE_SECONDS = 60
MOST_STRANGERS = 32
REASONS = {"version": 1, "suite": 2}
PSK = bytes(range(32))


class Gone(Exception):
    """The connection is over."""


class Connection:
    """One client, from its preamble to its end."""

    def __init__(self, server, sock):
        self.server = server
        self.line = transport.Transport(sock, transport.WHOLE, PATIENCE_SECONDS)
        self.party = Party(self.line, Recording("server"), Keys(psk=PSK), is_client=False)
        self.judge = Judge()
        self.has_hello = False

    def serve(self):
        """Until it is over, however that comes about."""
        try:
            self.greet()
            while True:
                self.take_record()
        except (Gone, Ended, Late, Fault, OSError):
            pass
        finally:
            self.server.forget(self)
            self.line.close()

    # Handshake

    def greet(self):
        preamble = self.line.receive(8, HANDSHAKE_SECONDS)
        self.check_preamble(preamble)
        self.refuse_if(preamble)
        self.party.suite, self.party.prologue = "local", preamble
        self.party.begin(psk=PSK, e=self.ephemeral())
        length = int.from_bytes(self.line.receive(2, HANDSHAKE_SECONDS), "big")
        self.check_length(length)
        message = self.line.receive(length, HANDSHAKE_SECONDS)
        self.read_message_1(message)
        self.line.send(framed(self.party.handshake.write()))
        self.party.split()

    def check_preamble(self, preamble):
        if preamble[:4] != MAGIC or preamble[7] or preamble[6] < preamble[4]:
            raise Gone

    def reason(self, preamble):
        if preamble[4] != 1:
            return "version"
        return "suite" if preamble[5] != SUITE_IDS["local"] else None

    def refuse_if(self, preamble):
        reason = self.reason(preamble)
        if reason:
            self.line.send(self.refusal(reason))
            raise Gone

    def refusal(self, reason):
        return bytes([0, 0, REASONS[reason], 1, 1])

    def ephemeral(self):
        return os.urandom(32)

    def check_length(self, length):
        if length != 48:
            raise Gone

    def read_message_1(self, message):
        try:
            self.party.handshake.read(message)
        except noise.HandshakeError as error:
            raise Gone from error
        if message[:32].hex() in LOW_ORDER.values():
            raise Gone

    # Records

    def take_record(self):
        seconds = PATIENCE_SECONDS if self.has_hello else HANDSHAKE_SECONDS
        plaintext = self.open_record(seconds)
        before = len(self.judge.faults)
        self.judge.feed("client", plaintext)
        faults = [fault for fault in self.judge.faults[before:] if fault.by == "client" and fault.fatal]
        if faults:
            self.fail(faults[0])
        self.fragments = getattr(self, "fragments", b"") + plaintext[1:]
        if plaintext[0] & 1:
            octets, self.fragments = self.fragments, b""
            self.take_message(octets)

    def open_record(self, seconds):
        """The plaintext; b"" of a record that is too short, None of one that does not decrypt."""
        length = int.from_bytes(self.line.receive(2, seconds), "big")
        if length < 17:
            return b""
        body = self.line.receive(length, seconds)
        try:
            plaintext = noise.unseal(self.party.receiving_key, self.party.received_records, b"", body)
        except noise.HandshakeError:
            return self.undecipherable()
        self.party.received_records += 1
        return plaintext

    def undecipherable(self):
        return None

    def fail(self, fault):
        """A fatal fault: CLOSE with its code, or without a word."""
        if fault.close:
            self.close_with(self.close_code(fault))
        raise Gone

    def close_code(self, fault):
        return fault.close[0]

    def close_with(self, code):
        self.say([8, code, "a rule was broken"])
        self.line.shut()
        self.drain()

    def drain(self):
        """Read and drop, until the client's CLOSE or its end, or close_ms are over."""
        try:
            while True:
                plaintext = self.open_record(CLOSE_SECONDS)
                if not plaintext or plaintext[1:3] == b"\x93\x08":
                    return
        except (Ended, Late, OSError):
            pass

    def say(self, message):
        octets = message if isinstance(message, bytes) else encode(message)
        self.party.send_message(octets)

    # Messages

    def take_message(self, octets):
        type_, elements = parse(octets)
        if type_ == 0:
            self.has_hello = True
            self.server.introduce(self)
            self.say(self.hello())
        elif type_ == 2:
            self.answer(*elements)
        elif type_ == 8:
            self.leave()
        # Unknown odd types are ignored; answers belong to no call, which the judge has seen.

    def hello(self):
        return [0, {"software": "fake 1.0"}]

    def leave(self):
        self.say([8, "done", ""])
        raise Gone

    def answer(self, number, procedure, args, options, *further):
        if procedure not in REGISTRY.procedures or not REGISTRY.may_call("client", procedure):
            self.error(number, "unknown_procedure")
        elif further:
            self.error(number, "unsupported", "/5")
        elif problem := self.problem(procedure, args, options):
            self.error(number, problem.code, problem.path)
        elif procedure == "brig.ping":
            self.pong(number)
        elif procedure == "brig.cancel":
            self.say([4, number, {"outcome": "finished" if args["id"] < number else "unknown"}, {}])
        elif {"keep_ms", "ticket"} & args.keys():
            self.error(number, "unsupported", f"/{next(iter({'keep_ms', 'ticket'} & args.keys()))}")
        else:
            self.error(number, "unavailable")

    def problem(self, procedure, args, options):
        try:
            REGISTRY.check_procedure(procedure, args, options)
        except check_tools.Problem as problem:
            return problem
        return None

    def pong(self, number):
        self.say([4, number, {}, {}])

    def error(self, number, code, path=None):
        data = {} if path is None else {"path": path[:1000]}
        self.say([6, number, code, REGISTRY.errors[code]["class"], "a reason for people", data])


class FakeServer:
    """Listens in a directory; a thread for each connection."""

    mode = 0o600

    def __init__(self, directory, kind=Connection):
        self.address = f"unix:{directory}/socket"
        self.kind, self.strangers, self.threads = kind, [], []
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(f"{directory}/socket")
        os.chmod(f"{directory}/socket", self.mode)
        self.listener.listen(512)
        self.everybody = set()
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            connection = self.kind(self, sock)
            with self.lock:
                self.everybody.add(connection)
                self.strangers.append(connection)
                if len(self.strangers) > MOST_STRANGERS:
                    self.turn_away(self.strangers.pop(0))
            thread = threading.Thread(target=connection.serve)
            self.threads.append(thread)
            thread.start()

    def turn_away(self, connection):
        connection.line.sock.shutdown(socket.SHUT_RDWR)

    def introduce(self, connection):
        """It has said HELLO: no stranger any more."""
        with self.lock:
            if connection in self.strangers:
                self.strangers.remove(connection)

    def forget(self, connection):
        self.introduce(connection)
        with self.lock:
            self.everybody.discard(connection)

    def stop(self):
        """No thread and no socket stays."""
        self.stopped.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        with self.lock:
            for connection in self.everybody:
                try:
                    connection.line.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has just ended
        for thread in self.threads:
            thread.join()
