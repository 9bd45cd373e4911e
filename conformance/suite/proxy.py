# SPDX-License-Identifier: MIT
"""Between a client and a server, neither of them the suite: delays, cuts, records (README.md, "A proxy").

Octets pass as they are, unless the local key is given: then the proxy is a server to the client and a
client to the server, since nobody between them could read records otherwise (forward secrecy). Every holder
of a local key can do that (spec 3.2).
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field

from suite import spec_python  # noqa: F401
from make import noise
from make.parties import MAGIC, SUITE_IDS, framed

CLIENT, SERVER = "client", "server"
PREAMBLE_BYTES, MESSAGE_BYTES, REFUSAL_BYTES, TAG_BYTES = 8, 48, 5, 16
PIECE_BYTES = 65536


class CutOff(Exception):
    """The place is reached where the connection is to be cut."""


class Strange(Exception):
    """Something that is no Brig/1 in suite local."""


@dataclass
class Plan:
    """What the proxy does to every connection."""

    key: bytes = b""
    delay_seconds: float = 0.0
    cut: dict = field(default_factory=dict)  # (side, "octets" or "records") -> after how many
    recording: object = None  # a Tape


class Tape:
    """The recording of a run: a line of JSON for each unit."""

    def __init__(self, file):
        self.file, self.started = file, time.monotonic()

    def write(self, connection, sender, what, octets=b""):
        """octets None is a record that does not decrypt."""
        entry = {"connection": connection, "at": round((time.monotonic() - self.started) * 1000, 3),
                 "sender": sender, "what": what, "octets": None if octets is None else octets.hex()}
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()


class Way:
    """One direction of a connection: what `sender` says, on its way to the other side."""

    def __init__(self, plan, number, sender, reader, writer):
        self.plan, self.number, self.sender = plan, number, sender
        self.reader, self.writer = reader, writer
        self.octets, self.records = 0, 0
        self.opening, self.sealing = b"", b""  # keys of records, if both channels end here

    async def send(self, octets):
        """Passes octets on, late or not, as far as the cut."""
        if self.plan.delay_seconds:
            await asyncio.sleep(self.plan.delay_seconds)
        left = self.plan.cut.get((self.sender, "octets"), self.octets + len(octets)) - self.octets
        self.writer.write(octets[:left])
        self.octets += len(octets)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()
        if left < len(octets):
            raise CutOff

    def note(self, what, octets=b""):
        if self.plan.recording:
            self.plan.recording.write(self.number, self.sender, what, octets)

    async def exactly(self, count):
        """So many octets; EOFError if the stream ends before."""
        return await self.reader.readexactly(count)

    async def end(self):
        """The sender's half is over, and so is what the other side hears."""
        self.note("end")
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.write_eof()

    async def pass_octets(self):
        """Until the end of the stream, whatever it is."""
        while octets := await self.reader.read(PIECE_BYTES):
            self.note("octets", octets)
            await self.send(octets)
        await self.end()

    async def pass_records(self):
        """Until the end of the stream; what is damaged here stays so."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                body = await self.exactly(int.from_bytes(await self.exactly(2), "big"))
                await self.send(framed(self._again(body)))
                self.records += 1
                if self.records == self.plan.cut.get((self.sender, "records")):
                    raise CutOff
        await self.end()

    def _again(self, body):
        """The record as the other side has to see it."""
        try:
            plaintext = noise.unseal(self.opening, self.records, b"", body)
        except noise.HandshakeError:
            self.note("record", b"" if len(body) <= TAG_BYTES else None)
            return body  # sealed with another key, so it does not decrypt there either
        self.note("record", plaintext)
        return noise.seal(self.sealing, self.records, b"", plaintext)


class Relay:
    """One connection through the proxy."""

    def __init__(self, plan, number, client, server):
        self.plan = plan
        self.up = Way(plan, number, CLIENT, client[0], server[1])
        self.down = Way(plan, number, SERVER, server[0], client[1])

    async def run(self):
        """Until both halves are over, or it is cut."""
        passes = "pass_records" if self.plan.key else "pass_octets"
        if not self.plan.key or await self.shake_hands():
            await self._both(getattr(self.up, passes)(), getattr(self.down, passes)())

    async def _both(self, *ways):
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def shake_hands(self):
        """Both handshakes, the client's with us and ours with the server; false after a refusal."""
        preamble = await self.up.exactly(PREAMBLE_BYTES)
        if preamble[:4] != MAGIC or preamble[5] != SUITE_IDS["local"]:
            raise Strange(f"the preamble {preamble.hex(' ')}: only suite local can be read with a key")
        message_1 = await self._handshake_message(self.up)
        ours = {"psk": self.plan.key, "e": os.urandom(32)}
        as_server = noise.Handshake("local", preamble, False, **ours)
        as_client = noise.Handshake("local", preamble, True, psk=self.plan.key, e=os.urandom(32))
        as_server.read(message_1)
        self.up.note("preamble", preamble)
        self.up.note("message 1", message_1)
        await self.up.send(preamble + framed(as_client.write()))
        start = await self.down.exactly(2)
        if start == bytes(2):
            refusal = start + await self.down.exactly(REFUSAL_BYTES - 2)
            self.down.note("refusal", refusal)
            await self.down.send(refusal)
            await self.down.end()
            return False
        message_2 = await self._body(self.down, start)
        as_client.read(message_2)
        self.down.note("message 2", message_2)
        await self.down.send(framed(as_server.write()))
        self.up.opening, self.down.sealing = as_server.split()
        self.up.sealing, self.down.opening = as_client.split()
        return True

    async def _handshake_message(self, way):
        return await self._body(way, await way.exactly(2))

    async def _body(self, way, start):
        length = int.from_bytes(start, "big")
        if length != MESSAGE_BYTES:
            raise Strange(f"a handshake message of {length} octets")
        return await way.exactly(length)


class Proxy:
    """Listens, and makes a connection to the server for each that comes."""

    def __init__(self, listen, to, plan):
        self.listen, self.to, self.plan = listen, to, plan
        self.count, self.listener, self.tasks = 0, None, set()

    async def start(self):
        """From now on connections are taken."""
        self.listener = await asyncio.start_unix_server(self._accepted, self.listen)
        os.chmod(self.listen, 0o600)

    async def stop(self):
        """No connection and no socket is left."""
        self.listener.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.listen)

    async def _accepted(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.count += 1
        number, server = self.count, None
        try:
            server = await asyncio.open_unix_connection(self.to)
            await Relay(self.plan, number, (reader, writer), server).run()
        except CutOff:
            self._say(number, "cut")
        except (Strange, noise.HandshakeError, EOFError, OSError) as error:
            self._say(number, f"ended: {error}")
        except asyncio.CancelledError:
            pass  # the proxy is stopped
        finally:
            for end in (writer, *([server[1]] if server else [])):
                end.close()
            self.tasks.discard(asyncio.current_task())

    def _say(self, number, text):
        print(f"brig-conformance: connection {number} {text}", file=sys.stderr, flush=True)


async def _serve(proxy):
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await proxy.start()
    print(f"listening on unix:{proxy.listen}", flush=True)
    await stopped.wait()
    await proxy.stop()


def run(listen, to, plan):
    """Until SIGINT or SIGTERM."""
    asyncio.run(_serve(Proxy(listen, to, plan)))
