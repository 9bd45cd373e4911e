#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What passes through the proxy is the same on both sides, cut where it has to be, and recorded.

With --client and --brigd, a session of these two is led through it, and judged.
"""

import argparse
import asyncio
import contextlib
import io
import pathlib
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import proxy, proxy_command, transport  # noqa: E402
from suite.brigd import Brigd  # noqa: E402
from suite.driver import Driver  # noqa: E402
from suite.party import Fault, Keys, Party  # noqa: E402
from suite.recording import Recording  # noqa: E402
from tests.fake_server import PSK, Connection, FakeServer  # noqa: E402

PATIENCE_SECONDS = 60
HANDSHAKE_BYTES = 8 + 2 + 48
CONFIG = """listen:
  - unix: socket
    key_file: key
profiles:
  - name: standard
    engine: conf
"""


class Running:
    """A proxy in a thread of its own."""

    def __init__(self, listen, to, plan):
        self.loop = asyncio.new_event_loop()
        self.proxy = proxy.Proxy(listen, to, plan)
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self):
        self.thread.start()
        self._do(self.proxy.start())
        return self

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    def __exit__(self, *_):
        self._do(self.proxy.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class WrongClass(Connection):
    """an ERROR of another class than its code's"""

    def answer(self, number, procedure, args, options, *further):
        self.say([6, number, "unsupported", "lost", "", {}])


class ProxyTest(unittest.TestCase):
    """Each with a server, a proxy before it, and a client."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.things = contextlib.ExitStack()
        self.addCleanup(self.things.close)
        (self.directory / "server").mkdir()
        self.things.enter_context(contextlib.redirect_stderr(io.StringIO()))

    def begin(self, kind=Connection, record=False, **plan):
        """A party that is connected through a proxy with this plan."""
        server = FakeServer(self.directory / "server", kind)
        self.things.callback(server.stop)
        if record:
            file = self.things.enter_context(open(self.directory / "tape", "w", encoding="ascii"))
            plan["recording"] = proxy.Tape(file)
        listen = str(self.directory / "proxy")
        self.things.enter_context(
            Running(listen, str(self.directory / "server/socket"), proxy.Plan(**plan)))
        sock = transport.connect(f"unix:{listen}", PATIENCE_SECONDS)
        line = transport.Transport(sock, transport.WHOLE, PATIENCE_SECONDS)
        self.things.callback(line.close)
        return Party(line, Recording(), Keys(psk=PSK))

    def greet(self, party):
        party.send_preamble()
        party.begin()
        party.send_handshake("message 1", party.handshake.write())
        party.read_message_2()
        party.send_message([0, {"software": "a test"}])
        self.assertEqual(party.receive_message().type, 0)

    def lead_session(self, party):
        """A ping, and leave."""
        self.greet(party)
        party.send_message([2, 1, "brig.ping", {}, {}])
        self.assertEqual(party.receive_message().elements[:2], [1, {}])
        party.send_message([8, "done", ""])
        self.assertEqual(party.receive_message().type, 8)
        party.transport.shut()
        self.assertEqual(party.transport.rest(), (b"", "end"))

    def judged(self):
        """What is wrong with what was recorded."""
        return [str(fault) for judge in proxy_command.judged(self.directory / "tape").values()
                for fault in judge.faults]

    def test_a_session_passes_as_it_is(self):
        self.lead_session(self.begin())

    def test_a_session_passes_through_two_channels(self):
        self.lead_session(self.begin(key=PSK))

    def test_a_session_passes_late(self):
        self.lead_session(self.begin(key=PSK, delay_seconds=0.01))

    def test_a_recording_is_judged(self):
        self.lead_session(self.begin(key=PSK, record=True))
        self.things.close()
        judge = proxy_command.judged(self.directory / "tape")[1]
        self.assertEqual((judge.faults, judge.steps), ([], 6))

    def test_a_fault_is_found_in_a_recording(self):
        party = self.begin(WrongClass, record=True, key=PSK)
        self.greet(party)
        party.send_message([2, 1, "brig.ping", {}, {}])
        party.receive_message()
        self.things.close()
        self.assertIn("ERR-001", " ".join(self.judged()))

    def test_a_recording_without_the_key_shows_nothing(self):
        self.lead_session(self.begin(record=True))
        self.things.close()
        self.assertEqual(proxy_command.judged(self.directory / "tape"), {})

    def test_a_refusal_passes(self):
        party = self.begin(key=PSK)
        party.send_preamble(version=9, highest=9)
        party.begin()
        party.send_handshake("message 1", party.handshake.write())
        self.assertEqual(party.read_refusal()["reason"], "version")

    def test_a_damaged_record_is_damaged_on_the_other_side(self):
        party = self.begin(key=PSK)
        self.greet(party)
        party.send_message([2, 1, "brig.ping", {}, {}], flip=0)
        self.assertEqual(party.transport.rest(), (b"", "end"))

    def test_another_key_opens_nothing(self):
        party = self.begin(key=bytes(32))
        with self.assertRaises(Fault):
            self.greet(party)

    def look_at_a_cut(self, key):
        """Within the server's first record."""
        party = self.begin(key=key, cut={("server", "octets"): 2 + 48 + 5})
        with self.assertRaises(Fault) as fault:
            self.greet(party)
        self.assertIn("within a record", str(fault.exception))

    def test_a_cut_after_octets(self):
        self.look_at_a_cut(b"")

    def test_a_cut_after_octets_of_two_channels(self):
        self.look_at_a_cut(PSK)

    def test_a_cut_after_records(self):
        party = self.begin(key=PSK, cut={("server", "records"): 1})
        self.greet(party)
        party.send_message([2, 1, "brig.ping", {}, {}])
        with self.assertRaises(transport.Ended):
            party.receive_message()

    def test_a_cut_of_what_the_client_says(self):
        party = self.begin(key=PSK, cut={("client", "octets"): HANDSHAKE_BYTES + 1})
        with self.assertRaises((Fault, transport.Ended)):
            self.greet(party)

    def test_places_to_cut(self):
        self.assertEqual(proxy_command.cuts_of(["client:7", "server:2records"], True),
                         {("client", "octets"): 7, ("server", "records"): 2})
        for text, has_key in (("client", True), ("worker:1", True), ("server:2records", False)):
            with self.subTest(text), self.assertRaises(ValueError):
                proxy_command.cuts_of([text], has_key)


class BetweenTwoTest(unittest.TestCase):
    """A client and a server that know nothing of each other's maker, nor of the proxy."""

    programs = None

    def test_a_session_of_ours_keeps_every_rule(self):
        if self.programs.client is None:
            self.skipTest("no --client and --brigd")
        with tempfile.TemporaryDirectory(dir=self.programs.work) as name:
            place = pathlib.Path(name).resolve()
            (place / "key").write_text(PSK.hex() + "\n")
            (place / "key").chmod(0o600)
            with Brigd(self.programs.brigd, place, CONFIG) as brigd:
                for task in ("eval", "twice", "back", "large"):
                    with open(place / f"{task}.tape", "w", encoding="ascii") as tape:
                        self.lead(place, task, proxy.Plan(key=PSK, recording=proxy.Tape(tape)))
                self.assertEqual(brigd.stop(), [])
            for task in ("eval", "twice", "back", "large"):
                with self.subTest(task):
                    judge = proxy_command.judged(place / f"{task}.tape")[1]
                    self.assertEqual(list(map(str, judge.faults)), [])
                    self.assertGreater(judge.steps, 6)

    def lead(self, place, task, plan):
        """The client does a task; its socket is the proxy's."""
        driver = Driver([str(self.programs.client)], place / task)
        driver.listener.close()
        (driver.directory / "socket").unlink()
        try:
            with Running(str(driver.directory / "socket"), str(place / "socket"), plan):
                driver.start(task, {"KEY_FILE": driver.write_key("key", PSK.hex().encode() + b"\n")})
                self.assertEqual(driver.status(PATIENCE_SECONDS), 0, driver.complaints())
        finally:
            driver.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", type=pathlib.Path)
    parser.add_argument("--brigd", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path)
    BetweenTwoTest.programs, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
