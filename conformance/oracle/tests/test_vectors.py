# SPDX-License-Identifier: MIT
"""The test vectors of the specification, judged by the oracle: what they cite is what it finds."""
import json
import unittest

from oracle import Judge
from oracle import message as messages
from oracle.faults import Broken
from oracle.registry import REGISTRY, SPEC, check_tools, pack, read, validate

from make import example, noise  # the registry has made it importable

# What is as true of a case as the requirement that it cites.
ALSO = {"ENC-001": "ENC-002", "ENC-005": "ENC-004", "MSG-005": "MSG-004", "MSG-012": "MSG-004"}
CLOSE_CODES = {"malformed": ("protocol",), "too_large": ("too_large",)}


def vectors(name):
    return json.loads((SPEC / f"vectors/{name}.json").read_text())


def octets(text):
    return bytes.fromhex(text)


def plaintexts(case, party):
    """What the receiver opens, record by record: None does not decrypt, b"" is too short."""
    wire, nonce, key = octets(case["received"]), case["first_nonce"], octets(party["receiving_key"])
    if "received_file" in case:
        wire = (SPEC / "vectors" / case["received_file"]).read_bytes() + wire
    while len(wire) >= 2 and len(wire) - 2 >= (length := int.from_bytes(wire[:2], "big")):
        record, wire = wire[2 : 2 + length], wire[2 + length :]
        try:
            yield b"" if length < REGISTRY.limits["record_min_bytes"] else noise.unseal(key, nonce, b"", record)
        except noise.HandshakeError:
            yield None
        nonce += 1


class Vectors(unittest.TestCase):
    def judge_records(self, case, party):
        judge, peer = Judge(), "client" if case["receiver"] == "server" else "server"
        hellos = {"client": b"\1" + pack.encode([0, {"software": "c"}]), "server": b"\1" + pack.encode([0, {"software": "s"}])}
        if case["first_nonce"] == 1:
            for sender in ("client", "server"):
                judge.feed(sender, hellos[sender])
        elif peer == "server":
            judge.feed("client", hellos["client"])
        if "max_message" in case:
            judge.connection.ways[case["receiver"]].max_message = case["max_message"]
        for plaintext in plaintexts(case, party):
            judge.feed(peer, plaintext)
        return judge, peer

    def test_records(self):
        data = vectors("records")
        parties = {(p["receiver"], p["suite"]): p for p in data["parties"]}
        for case in data["received"]:
            with self.subTest(case["name"]):
                judge, peer = self.judge_records(case, parties[case["receiver"], case["suite"]])
                fatal = [fault for fault in judge.faults if fault.fatal]
                self.assertEqual(bool(fatal), case["outcome"] in ("announced", "silent"))
                for fault in fatal:
                    self.assertEqual(fault.by, peer)
                    self.assertIn(fault.requirement, with_others(case["requirements"]))
                    self.assertEqual(fault.close, (case["close_code"],) if "close_code" in case else ())
                self.assertEqual(judge.connection.ways[peer].has_close, case["outcome"] == "closed")

    def test_messages(self):
        data = vectors("messages")
        for case in data["accepted"]:
            with self.subTest(case["name"]):
                message = messages.parse(octets(case["bytes"]))
                self.assertEqual((message.number, bool(message.type), message.trailing),
                                 (case["type"], case["known"], case["trailing"]))  # fmt: skip
        for case in data["refused"]:
            with self.subTest(case["name"]), self.assertRaises(Broken) as caught:
                messages.parse(octets(case["bytes"]))
            self.assertEqual(caught.exception.close, CLOSE_CODES[case["status"]])
        for case in data["generated"]:
            with self.subTest(case["name"]):
                self.assertEqual(self.close_code(generated(case)), CLOSE_CODES.get(case["status"], ()))

    def close_code(self, data):
        try:
            messages.parse(data)
        except Broken as broken:
            return broken.close
        return ()

    def test_messages_name_the_requirement(self):
        """Where a vector shows one requirement of the encoding, the oracle names the same."""
        named = {"ENC-001", "ENC-003", "ENC-004", "ENC-005", "ENC-006", "ENC-008", "MSG-003", "MSG-005"}
        cases = [case for case in vectors("messages")["refused"] if named & set(case["requirements"])]
        self.assertGreater(len(cases), 50)
        for case in cases:
            with self.subTest(case["name"]), self.assertRaises(Broken) as caught:
                messages.parse(octets(case["bytes"]))
            self.assertIn(caught.exception.requirement, with_others(case["requirements"]))

    def test_values(self):
        data = vectors("values")
        for case in data["accepted"]:
            with self.subTest(case["name"]):
                validate.validate(read.read(octets(case["bytes"])))
        for case in data["refused"]:
            with self.subTest(case["name"]), self.assertRaises(read.Malformed) as caught:
                validate.validate(read.read(octets(case["bytes"])))
            self.assertRegex(caught.exception.requirement, r"^(VAL|ENC)-\d{3}$|^9\.5$")

    def test_schemas(self):
        data = vectors("schema")
        for case in data["tools"]:
            with self.subTest(case["name"]):
                problems = REGISTRY.record_problems("tool", read.read(octets(case["tool"])), "")
                self.assertEqual(first(problems), (case["code"], case["path"]))
        for case in data["arguments"]:
            with self.subTest(case["name"]):
                params = read.read(octets(case["tool"])).get("params")
                problems = check_tools.argument_problems(params, read.read(octets(case["args"])))
                self.assertEqual(first(problems), (case["code"], case["path"]))
        for case in data["calls"]:
            with self.subTest(case["name"]):
                args, options = (read.read(octets(case[key])) for key in ("args", "options"))
                problems = REGISTRY.call_problems(case["procedure"], args, options)
                self.assertEqual(first(problems), (case["code"], case["path"]))

    def test_the_example_session_is_right(self):
        judge = Judge(unit="message")
        for sender, title, message, _ in example.SCRIPT:
            with self.subTest(title):
                self.assertEqual([str(fault) for fault in judge.feed(sender, pack.encode(message))], [])
        self.assertEqual(judge.end("client") + judge.end("server"), [])


def with_others(requirements):
    return {*requirements, *(ALSO[name] for name in requirements if name in ALSO)}


def first(problems):
    for problem in problems:
        return problem.code, problem.path
    return "ok", ""


def generated(case):
    """A long message by its rule (spec/vectors/README.md)."""
    digits = case["digits"]
    pieces = (octets(case["head"]) + (b"%0*d" % (digits, i) if digits else b"") + octets(case["tail"])
              for i in range(case["count"]))  # fmt: skip
    return octets(case["prefix"]) + b"".join(pieces) + octets(case["suffix"])


if __name__ == "__main__":
    unittest.main()
