# SPDX-License-Identifier: MIT
"""The server's end of a worker link: messages with their length, and nothing around them (spec 11.1)."""

from suite import spec_python  # noqa: F401
from suite.party import Fault, Message
from suite.recording import RECEIVED, SENT
from suite.transport import Ended
from make.messages import parse
from make.pack import encode
from make.read import Malformed, TooLarge

LENGTH_BYTES = 4
MAX_MESSAGE_BYTES = 16777216
CALL = 2


class WorkerParty:
    """Sends and receives whole messages."""

    def __init__(self, transport, recording, name):
        self.transport, self.recording, self.name = transport, recording, name
        self.last_id = 0  # of our calls
        self.hello = None  # the engine's, once it has come
        self.message_bytes = MAX_MESSAGE_BYTES  # of its largest message; brig.open may lower it

    def send_message(self, message, fragments=None):
        """One message; on this link there are no fragments."""
        if fragments:
            raise ValueError("a worker link has no fragments")
        octets = encode(message)
        if message[0] == CALL:
            self.last_id = max(self.last_id, message[1])
        wire = len(octets).to_bytes(LENGTH_BYTES, "big") + octets
        self.transport.send(wire, cuts=(0, 1, LENGTH_BYTES - 1, LENGTH_BYTES))
        self.recording.add(SENT, "message", wire, message=octets, connection=self.name)

    def receive_message(self, seconds=None):
        """The engine's next message, read strictly. Ended, if the stream ends before it begins."""
        prefix = self.transport.receive(LENGTH_BYTES, seconds)
        length = int.from_bytes(prefix, "big")
        if length == 0:
            raise Fault("a message of 0 octets", ["WRK-002"])
        if length > self.message_bytes:
            raise Fault(f"a message of {length} octets, above {self.message_bytes}", ["WRK-017"])
        try:
            octets = self.transport.receive(length, seconds)
        except Ended as ended:
            raise Fault(f"{ended} within a message") from ended
        self.recording.add(RECEIVED, "message", prefix + octets, message=octets, connection=self.name)
        try:
            type_, elements = parse(octets)
        except (Malformed, TooLarge) as error:
            raise Fault(f"a message that breaks chapters 5 and 6: {error}: {octets[:40].hex()}",
                        ["ENC-012"]) from error
        return Message(octets, type_, elements)
